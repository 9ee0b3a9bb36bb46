"""The left pane: searching, beginning conversations, groups, and what one keeps for oneself."""

import re
import uuid

from playwright.sync_api import expect

from .test_loading import hold


def field(person):
    return person.page.get_by_role("combobox", name="Search people, groups and messages")


def results(person, section):
    return person.page.get_by_role("group", name=section, exact=True).get_by_role("option")


def does(person, conversation, action):
    """By the menu of a conversation in the list."""
    entry = person.page.locator(f"#conversations li:has(a[href='#c{conversation}'])")
    entry.hover()
    entry.get_by_role("button", name="What to do with").click()
    person.page.get_by_role("menuitem", name=action, exact=True).click()


def test_a_message_is_found_and_shown_in_its_conversation(alice, bob, pair):
    alice.say("The harvest is in", "and more")
    bob.sees_unread(pair["conversation"], 2)
    field(bob).fill("HARV")
    found = results(bob, "Messages")
    expect(found).to_have_count(1)
    expect(found.locator("mark")).to_have_text("harv")
    expect(found.locator(".last")).to_contain_text(re.compile(r"^Alice \d+: The harvest is in$"))
    expect(bob.conversation(pair["conversation"])).to_be_hidden()
    found.click()
    bob.sees("The harvest is in", "and more")
    expect(field(bob)).to_have_value("")
    expect(bob.conversation(pair["conversation"])).to_be_visible()


def test_who_has_no_conversation_yet_is_shown_how_to_begin_one(somebody, nodes):
    admin = somebody("admin", at=nodes[0].url).come_in()
    expect(admin.page.locator("#no-conversations")).to_contain_text("No conversations yet.")
    admin.page.get_by_role("button", name="Write to somebody").click()
    expect(admin.page.get_by_role("dialog", name="New conversation")).to_be_visible()


def test_a_message_far_up_is_shown_among_its_neighbours(somebody, people, nodes):
    pair = people["talkative"]
    alice = somebody(pair["alice"], at=nodes[1].url).come_in()
    field(alice).fill('"message 7"')
    results(alice, "Messages").click()
    for text in ("message 6", "message 7", "message 8"):
        expect(alice.message(text)).to_be_in_viewport()
    alice.page.go_back()
    alice.page.go_forward()
    expect(alice.message("message 7")).to_be_in_viewport()


def test_people_and_groups_are_found_by_the_keyboard(alice, bob, pair, people):
    group = alice.call("POST", "conversations", title="Orchard", members=[people["ids"][pair["bob"]]])["id"]
    expect(bob.conversation(group)).to_be_visible()
    bob.page.keyboard.press("Control+k")
    expect(field(bob)).to_be_focused()
    bob.page.keyboard.type("orch")
    expect(results(bob, "Conversations")).to_have_count(1)
    bob.page.keyboard.press("ArrowDown")
    expect(results(bob, "Conversations")).to_have_attribute("aria-selected", "true")
    active = field(bob).get_attribute("aria-activedescendant")
    assert active == results(bob, "Conversations").get_attribute("id")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#title")).to_have_text("Orchard")
    bob.page.keyboard.press("Control+k")
    bob.page.keyboard.type("charlie")
    expect(results(bob, "People").filter(has_text="@charlie")).to_be_visible()
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#title")).to_have_text("Charlie")
    expect(bob.words).to_be_focused()


def test_whom_one_points_at_is_chosen_though_others_are_found_meanwhile(alice, bob, pair, people):
    """The page finds conversations at once, the server people, who stand above them."""
    group = alice.call("POST", "conversations", title="Charlie's garden", members=[people["ids"][pair["bob"]]])["id"]
    expect(bob.conversation(group)).to_be_visible()
    release = hold(bob.page, "api/v1/users?*")
    with bob.page.expect_request("**/api/v1/users?*"):
        field(bob).fill("charlie")
    expect(results(bob, "Conversations")).to_have_count(1)
    field(bob).press("ArrowDown")
    expect(results(bob, "Conversations")).to_have_attribute("aria-selected", "true")
    release()
    expect(results(bob, "People").first).to_be_visible()
    expect(results(bob, "Conversations")).to_have_attribute("aria-selected", "true")
    expect(field(bob)).to_have_attribute("aria-activedescendant", f"result-conversation-{group}")
    field(bob).press("Enter")
    expect(bob.page.locator("#title")).to_have_text("Charlie's garden")


def test_escape_leaves_the_search_and_nothing_is_said_to_be_found(bob, pair):
    field(bob).fill("qqqqzzzz")
    expect(bob.page.locator("#search-note")).to_have_text("Nothing found.")
    bob.page.keyboard.press("Escape")
    expect(field(bob)).to_have_value("")
    expect(bob.page.locator("#search-note")).to_be_hidden()
    expect(bob.conversation(pair["conversation"])).to_be_visible()


def test_what_is_found_is_no_html(alice, bob, pair):
    alice.say("harmless <img src=x onerror='window.hurt=1'>")
    bob.sees_unread(pair["conversation"], 1)
    field(bob).fill("harmless")
    expect(results(bob, "Messages").locator(".last")).to_contain_text("<img src=x onerror=")
    assert bob.page.evaluate("window.hurt") is None


def test_a_search_without_the_server_says_so(alice, wire):
    wire.cut()
    field(alice).fill("anything")
    expect(alice.page.locator("#search-note")).to_have_text("The search did not reach the server. Try again.")


def picks(person, dialog, *names):
    for name in names:
        box = dialog.get_by_role("combobox")
        box.fill(name)
        expect(dialog.get_by_role("option").filter(has_text=f"@{name}").first).to_be_visible()
        dialog.get_by_role("option").filter(has_text=f"@{name}").first.click()


def test_one_person_is_a_conversation_of_two(bob, pair):
    bob.page.get_by_role("button", name="New conversation").click()
    dialog = bob.page.get_by_role("dialog", name="New conversation")
    dialog.get_by_role("button", name="Start the conversation").click()
    expect(dialog.get_by_role("alert")).to_have_text("Choose somebody first.")
    picks(bob, dialog, "dora")
    dialog.get_by_role("button", name="Start the conversation").click()
    expect(dialog).to_be_hidden()
    expect(bob.page.locator("#title")).to_have_text("Dora")
    bob.say("Hello Dora")
    bob.sees_tick("Hello Dora", "stored")


def test_whom_somebody_merely_looked_at_has_it_in_the_list_from_the_first_message_on(alice, somebody, people, nodes):
    opened = alice.call("POST", "conversations", to=people["ids"]["dora"])["id"]
    expect(alice.conversation(opened)).to_be_hidden()  # this page heard nothing of it
    alice.page.reload()
    expect(alice.conversation(opened)).to_be_visible()
    dora = somebody("dora", at=nodes[0].url)
    with dora.page.expect_response(lambda response: "/conversations?" in response.url) as listed:
        dora.come_in()
    assert opened in [one["id"] for one in listed.value.json()["results"]]
    expect(dora.conversation(opened)).to_be_hidden()
    alice.open(opened)
    alice.say("Hello Dora")
    expect(dora.conversation(opened)).to_be_visible()


def test_several_people_and_a_title_are_a_group_that_is_managed(alice, bob, pair, people):
    alice.page.get_by_role("button", name="New conversation").click()
    dialog = alice.page.get_by_role("dialog", name="New conversation")
    picks(alice, dialog, pair["bob"], "charlie", "dora")
    dialog.get_by_role("button", name="Without Dora").click()
    dialog.get_by_role("button", name="Make the group").click()
    expect(dialog.get_by_role("alert")).to_have_text("A group needs a title.")
    dialog.get_by_label("Title of the group").fill("Garden")
    widths = {field.bounding_box()["width"] for field in dialog.locator("input").all()}
    assert len(widths) == 1  # the title has as much room as the names
    dialog.get_by_role("button", name="Make the group").click()
    expect(alice.page.locator("#title")).to_have_text("Garden")
    expect(bob.page.locator("#conversations a").first).to_contain_text("Garden")

    alice.page.get_by_role("button", name="Members and settings").click()
    panel = alice.page.get_by_role("dialog", name="Garden")
    expect(panel.locator(".member .name")).to_have_text(["Charlie", re.compile("Alice.*you"), re.compile("^Bob")])
    panel.get_by_label("Title of the group").fill("Meadow")
    panel.get_by_role("button", name="Rename").click()
    expect(bob.page.locator("#conversations a").first).to_contain_text("Meadow")
    panel = alice.page.get_by_role("dialog", name="Meadow")
    picks(alice, panel, "dora")
    panel.get_by_role("button", name="Add to the group").click()
    expect(panel.locator(".member")).to_have_count(4)
    member = panel.locator(".member").filter(has_text="Charlie")
    member.get_by_role("button").click()
    panel.get_by_role("menuitem", name="Make an admin").click()
    expect(member.locator(".state")).to_contain_text("admin")
    member.get_by_role("button").click()
    panel.get_by_role("menuitem", name="Remove from the group").click()
    expect(panel.locator(".member")).to_have_count(3)
    bobs = panel.locator(".member").filter(has_text=re.compile("Bob"))
    expect(bobs.locator(".presence")).to_have_attribute("data-presence", "online")
    bobs.get_by_role("button").click()
    panel.get_by_role("menuitem", name="Hand the group over to them").click()
    expect(bobs.locator(".state")).to_contain_text("owner")
    expect(panel.get_by_role("button", name="Rename")).to_be_visible()  # an admin now
    panel.get_by_role("button", name="Leave the group").click()
    panel.get_by_role("button", name="Leave for good?").click()
    expect(panel).to_be_hidden()
    expect(alice.page.get_by_text("You are not in this group any more.")).to_be_visible()


def test_a_member_is_offered_only_what_a_member_may_and_is_told_what_the_server_refuses(alice, bob, pair, people):
    group = alice.call("POST", "conversations", title="Attic", members=[people["ids"][pair["bob"]]])["id"]
    bob.open(group)
    bob.page.get_by_role("button", name="Members and settings").click()
    panel = bob.page.get_by_role("dialog", name="Attic")
    expect(panel.locator(".member")).to_have_count(2)
    expect(panel.get_by_role("button", name="Rename")).to_be_hidden()
    panel.locator(".member").filter(has_text="Alice").get_by_role("button").click()
    expect(panel.get_by_role("menuitem")).to_have_text(["Write to them"])
    bob.page.keyboard.press("Escape")
    expect(panel.locator(".member button").first).to_be_focused()
    bob.page.route("**/api/v1/conversations/*", lambda route: route.abort())
    panel.get_by_label("Mute").click()  # it may be taken back before one looks
    expect(panel.get_by_role("alert")).to_have_text("That did not reach the server. Try again.")
    expect(panel.get_by_label("Mute")).not_to_be_checked()
    bob.page.unroute_all()
    panel.get_by_label("Mute").check()
    expect(bob.conversation(group).locator(".mute")).to_be_visible()


def test_pinned_muted_and_read_by_the_menu(alice, bob, pair, people):
    group = alice.call("POST", "conversations", title="Newer", members=[people["ids"][pair["bob"]]])["id"]
    entries = bob.page.locator("#conversations a")
    expect(entries.first).to_have_attribute("href", f"#c{group}")
    does(bob, pair["conversation"], "Pin to the top")
    expect(entries.first).to_have_attribute("href", f"#c{pair['conversation']}")
    expect(bob.conversation(pair["conversation"]).get_by_label("pinned")).to_be_visible()
    does(bob, group, "Mute")
    expect(bob.conversation(group).get_by_label("muted")).to_be_visible()
    alice.say("psst")
    bob.sees_unread(pair["conversation"], 1)
    does(bob, pair["conversation"], "Mark as read")
    bob.sees_unread(pair["conversation"], 0)
    alice.sees_tick("psst", "read")
    bob.page.reload()
    expect(entries.first).to_have_attribute("href", f"#c{pair['conversation']}")
    does(bob, pair["conversation"], "Unpin")
    expect(bob.conversation(pair["conversation"]).get_by_label("pinned")).to_be_hidden()


def test_the_menu_opens_by_the_keyboard_and_gives_the_focus_back(bob, pair):
    link = bob.conversation(pair["conversation"])
    link.focus()
    bob.page.keyboard.press("Shift+F10")
    expect(bob.page.get_by_role("menuitem", name="Pin to the top")).to_be_focused()
    bob.page.keyboard.press("ArrowDown")
    expect(bob.page.get_by_role("menuitem", name="Mute", exact=True)).to_be_focused()
    bob.page.keyboard.press("Escape")
    expect(link).to_be_focused()


def test_presence_is_seen_in_the_list_and_over_the_conversation(alice, bob, pair):
    dot = alice.conversation(pair["conversation"]).locator(".presence")
    expect(dot).to_have_attribute("data-presence", "online")
    expect(alice.page.locator("#subtitle")).to_have_text("online")
    bob.page.close()
    expect(dot).to_have_attribute("data-presence", "offline")
    expect(alice.page.locator("#subtitle")).to_contain_text("last seen:")


def test_who_does_nothing_for_minutes_is_away_until_they_move(alice, somebody, pair, nodes):
    bob = somebody(pair["bob"], at=nodes[1].url)
    bob.page.clock.install()
    bob.come_in()
    dot = alice.conversation(pair["conversation"]).locator(".presence")
    expect(dot).to_have_attribute("data-presence", "online")
    bob.page.clock.fast_forward(301_000)  # a run would have pings wait for their answers in no time
    expect(dot).to_have_attribute("data-presence", "away")
    bob.page.keyboard.press("Shift")
    expect(dot).to_have_attribute("data-presence", "online")


def test_what_is_begun_is_a_draft_in_the_list(alice, pair, people):
    other = alice.call("POST", "conversations", title="Elsewhere")["id"]
    alice.words.fill("half a thou")
    alice.open(other)
    line = alice.conversation(pair["conversation"]).locator(".last")
    expect(line).to_have_text("Draft: half a thou")
    alice.open(pair["conversation"])
    expect(alice.words).to_have_value("half a thou")
    expect(line).not_to_have_text(re.compile("Draft"))


def test_what_the_system_says_is_a_dot_and_counts_nowhere_and_a_mention_stands_beside_the_count(
    alice, bob, pair, people
):
    bobs = people["ids"][pair["bob"]]
    group = alice.call("POST", "conversations", title="Cellar", members=[bobs])["id"]
    badge = bob.conversation(group).locator(".badge")
    expect(badge).to_have_text("The group was changed")
    expect(badge.locator(".count")).to_have_text("")
    expect(bob.page).to_have_title("imsite")
    bob.page.reload()  # from the list, as from an event
    expect(badge).to_have_text("The group was changed")
    expect(bob.page).to_have_title("imsite")
    for number, data in enumerate([{}, {"mentions": [bobs]}, {}]):
        path = f"conversations/{group}/messages"
        alice.call("POST", path, client_id=str(uuid.uuid4()), body=f"words {number}", data=data)
    bob.sees_unread(group, 3)
    expect(bob.conversation(group).locator(".mentioned")).to_have_text("@1 message mentions you")
    expect(bob.page).to_have_title("(3) imsite")
    bob.page.reload()
    bob.sees_unread(group, 3)
    expect(bob.conversation(group).locator(".mentioned")).to_be_visible()
    expect(bob.page).to_have_title("(3) imsite")
    expect(bob.page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("favicon-unread"))
    does(bob, group, "Mark as read")
    bob.sees_unread(group, 0)
    expect(bob.conversation(group).locator(".mentioned")).to_be_hidden()


# Whether an element's text reaches its right edge, or comes as close to it as an ellipsis does.
REACHES_RIGHT = """element => {
  const range = document.createRange()
  range.selectNodeContents(element)
  return range.getBoundingClientRect().right >= element.getBoundingClientRect().right - 2
}"""


def test_a_preview_has_the_width_of_its_row_and_runs_as_its_text_does(alice, bob, pair):
    alice.say("wide " * 60)
    bob.sees_unread(pair["conversation"], 1)
    does(bob, pair["conversation"], "Mark as read")
    bob.sees_unread(pair["conversation"], 0)
    bob.page.mouse.move(800, 400)
    row = bob.conversation(pair["conversation"])
    row.evaluate("element => { element.focus(); element.blur() }")
    last, time = row.locator(".last"), row.locator("time")
    edges = "element => element.getBoundingClientRect().right"
    assert last.evaluate(edges) == time.evaluate(edges) > row.evaluate(edges) - 16
    bob.open(pair["conversation"])
    bob.say("مرحبا")
    expect(last).to_have_text("You: مرحبا")
    expect(last.locator(".by")).to_have_text(re.compile("^You:$"))  # no space at the far end of it
    assert last.evaluate("element => getComputedStyle(element).direction") == "rtl"
    assert last.evaluate(REACHES_RIGHT)
    bob.say("left again")
    expect(last).to_have_text("You: left again")
    assert not last.evaluate(REACHES_RIGHT)


def test_the_hit_in_a_long_message_is_in_view(alice, bob, pair):
    chinese = "没有空格的中文。" * 60 + "明天的会议室" + "再说。" * 60
    alice.say("nothing here. " * 60 + "The needle is there. " + "And more. " * 60, chinese)
    bob.sees_unread(pair["conversation"], 2)
    for asked in ("needle", "会议"):
        field(bob).fill(asked)
        mark = results(bob, "Messages").locator("mark", has_text=asked)
        expect(mark).to_have_count(1)
        line, box = results(bob, "Messages").locator(".last").bounding_box(), mark.bounding_box()
        assert line["y"] <= box["y"] <= line["y"] + line["height"] + 1 - box["height"]
        assert line["x"] <= box["x"] <= line["x"] + line["width"] - box["width"]


def test_what_is_pinned_or_muted_is_so_in_ones_other_browsers_at_once(bob, somebody, pair, nodes):
    phone = somebody(pair["bob"], at=nodes[0].url).come_in()
    does(bob, pair["conversation"], "Pin to the top")
    expect(phone.conversation(pair["conversation"]).get_by_label("pinned")).to_be_visible()
    does(phone, pair["conversation"], "Mute")
    expect(bob.conversation(pair["conversation"]).get_by_label("muted")).to_be_visible()
    expect(bob.conversation(pair["conversation"]).get_by_label("pinned")).to_be_visible()
