"""How people are shown: by one name, one picture, one colour, wherever they are and whenever that changes."""

import re

import pytest
from playwright.sync_api import expect

from tests.uploaded import HTML

from .files import PHOTO, is_loaded, payload, show_picture
from .test_left_pane import field, results

CHINESE = {"locale": "zh-CN"}
CONNECTED = "已连接"


@pytest.fixture
def lunch(alice, pair, people):
    """The id of a group of Alice, Bob and Charlie."""
    members = [people["ids"][pair["bob"]], people["ids"]["charlie"]]
    return alice.call("POST", "conversations", title="Lunch", members=members)["id"]


def colour(avatar) -> str:
    """The class that colours it."""
    expect(avatar).to_have_class(re.compile(r"hue-\d"))
    return re.search(r"hue-\d", avatar.get_attribute("class"))[0]


def test_what_the_system_says_of_who_has_left_is_in_the_readers_language(alice, somebody, nodes, pair, people, lunch):
    bob = somebody(pair["bob"], at=nodes[1].url, **CHINESE).come_in(CONNECTED)
    bob.conversation(lunch).click()
    alice.call("POST", f"conversations/{lunch}/members", users=[people["ids"]["dora"]])
    alice.call("DELETE", f"conversations/{lunch}/members/{people['ids']['dora']}")
    alice.call("DELETE", f"conversations/{lunch}/members/{people['ids']['charlie']}")
    sentences = [
        re.compile(r"^Alice \d+ 创建了群聊“Lunch”，并邀请了 .*Charlie.*。$"),
        re.compile(r"^Alice \d+ 邀请 Dora 加入了群聊。$"),
        re.compile(r"^Alice \d+ 将 Dora 移出了群聊。$"),
        re.compile(r"^Alice \d+ 将 Charlie 移出了群聊。$"),
    ]
    expect(bob.bodies).to_have_text(sentences)
    bob.page.reload()
    bob.sees_status(CONNECTED)
    expect(bob.bodies).to_have_text(sentences)
    expect(bob.conversation(lunch).locator(".last")).to_have_text(sentences[-1])


def test_a_person_has_one_colour_everywhere(alice, bob, pair, people, lunch):
    alice.say("the harvest is in")
    row = colour(alice.conversation(pair["conversation"]).locator(".avatar"))
    assert row == f"hue-{people['ids'][pair['bob']] % 8}"
    places = [alice.page.locator("#avatar")]
    bob.sees_unread(pair["conversation"], 1)
    field(alice).fill("harvest")
    places.append(results(alice, "Messages").locator(".avatar"))
    assert {colour(place) for place in places} == {row}
    field(alice).fill(pair["bob"])
    assert colour(results(alice, "People").filter(has_text=f"@{pair['bob']}").first.locator(".avatar")) == row


def test_a_person_has_their_picture_everywhere(alice, bob, pair, people, lunch):
    show_picture(bob)
    bob.open(pair["conversation"])
    alice.page.reload()
    alice.sees_status("Connected")
    alice.open(pair["conversation"]).say("the harvest is in")
    alice.sees_tick("the harvest is in", "read")

    def has_picture(place):
        expect(place.locator(".avatar img")).to_have_attribute("src", re.compile("^/api/v1/avatars/"))

    has_picture(alice.conversation(pair["conversation"]))
    message = alice.message("the harvest is in")
    message.hover()
    message.locator(".do").click()
    alice.page.get_by_role("menuitem", name="Who has read it").click()
    has_picture(alice.page.locator("#readers-dialog li"))
    alice.page.keyboard.press("Escape")
    field(alice).fill("harvest")
    has_picture(results(alice, "Messages"))
    field(alice).fill("")
    alice.open(lunch)
    alice.words.press_sequentially("@bo")
    has_picture(alice.page.locator("#mention-list [role=option]"))
    alice.words.press("Escape")
    alice.page.locator("#group-details").click()
    has_picture(alice.page.locator("#group-members li", has_text="Bob"))


def rename(person, name) -> None:
    """In their settings, in another tab."""
    tab = person.context.new_page()
    tab.goto(f"{person.page.url.split('#')[0]}settings/")
    tab.get_by_label("Name that others see").fill(name)
    tab.locator("form", has=tab.get_by_label("Name that others see")).get_by_role("button").first.click()
    expect(tab.locator(".me")).to_have_text(name)
    tab.close()


def test_a_new_name_and_picture_reach_open_pages(alice, bob, pair, lunch):
    bob.open(pair["conversation"])
    row = alice.conversation(pair["conversation"])
    expect(row.locator(".presence")).to_have_attribute("data-presence", "online")  # it is watched
    rename(bob, "Robert the Second")
    expect(row.locator(".name")).to_have_text("Robert the Second")
    expect(alice.page.locator("#title")).to_have_text("Robert the Second")
    expect(bob.page.locator(".account .me")).to_have_text("Robert the Second")
    show_picture(bob)
    for place in (row.locator(".avatar"), alice.page.locator("#avatar")):
        expect(place.locator("img")).to_have_attribute("src", re.compile("^/api/v1/avatars/"))
    bob.call("DELETE", "me/avatar")
    for place in (row.locator(".avatar"), alice.page.locator("#avatar")):
        expect(place).to_have_text("RS")
    alice.open(lunch)
    expect(alice.bodies).to_have_text([re.compile("Robert the Second")])


def test_a_new_name_is_seen_by_who_was_away(alice, wire, bob, pair):
    wire.cut()
    alice.sees_status("Offline")
    rename(bob, "Robert the Third")
    wire.mend()
    alice.hears_of_the_network()
    alice.sees_status("Connected")
    expect(alice.page.locator("#title")).to_have_text("Robert the Third")


@pytest.fixture
def crowd(alice, run, pair, people) -> int:
    """The id of a group of so many that no page knows all of them: Bob is the second one, u00060 the last."""
    run("manage.py", "demo", "--users", "60")
    found, cursor = [], None
    while len(found) < 60:
        page = alice.call("GET", "users?q=u000&limit=200" + (f"&cursor={cursor}" if cursor else ""))
        found += [user["id"] for user in page["results"]]
        cursor = page["next"]
    members = [people["ids"][pair["bob"]], *found]
    return alice.call("POST", "conversations", title="Everybody", members=members)["id"]


def test_anybody_in_a_large_group_is_called_by_name(alice, bob, crowd):
    known = [member["name"] for member in alice.call("GET", f"conversations/{crowd}")["members"]]
    assert "u00060" not in known
    alice.open(crowd)
    bob.open(crowd)
    options = alice.page.locator("#mention-list [role=option]")
    alice.words.press_sequentially("Hello @u0006")
    expect(options.locator(".name")).to_have_text(["u00060"])
    assert alice.words.get_attribute("aria-activedescendant") == options.get_attribute("id")
    alice.words.press("Enter")
    alice.page.reload()  # what was begun is kept, with whom it calls
    alice.sees_status("Connected")
    expect(alice.words).to_have_value("Hello @u00060 ")
    alice.words.press("Enter")
    expect(alice.bodies.last).to_have_text("Hello @u00060")
    said = bob.page.locator("#messages .mention")
    expect(said).to_have_text("@u00060")
    last = alice.call("GET", f"conversations/{crowd}/messages")
    assert last["results"][-1]["data"] == {"mentions": [last["people"][-1]["id"]]}
    bob.page.reload()
    bob.sees_status("Connected")
    expect(said).to_have_text("@u00060")


def test_who_was_chosen_stays_chosen_when_others_are_found(alice, crowd):
    alice.open(crowd)
    options = alice.page.locator("#mention-list [role=option]")
    with alice.page.expect_response(re.compile("/members")) as answered:
        alice.words.press_sequentially("@u0")
        expect(options.first).to_be_visible()
        alice.words.press("ArrowDown")
        chosen = alice.page.locator("#mention-list [aria-selected=true] .name").inner_text()
    answered.value.finished()
    expect(alice.page.locator("#mention-list [aria-selected=true] .name")).to_have_text(chosen)
    alice.words.press("Tab")
    expect(alice.words).to_have_value(f"@{chosen} ")


def test_somebody_is_found_as_they_are_called_in_messages(alice, bob, pair):
    alice.page.keyboard.press("Control+k")
    alice.page.keyboard.type(f"@{pair['bob']}")
    found = results(alice, "People").filter(has_text=f"@{pair['bob']}").first
    expect(found.locator("mark").last).to_have_text(pair["bob"])
    field(alice).fill("@")
    expect(results(alice, "People").first).to_be_visible()
    expect(alice.page.locator("#search-note")).to_be_hidden()


def test_escape_leaves_the_search_and_goes_back_where_one_was(alice, pair):
    alice.words.focus()
    alice.page.keyboard.press("Control+k")
    alice.page.keyboard.type("charlie")
    expect(results(alice, "People")).not_to_have_count(0)
    alice.page.keyboard.press("Escape")
    expect(field(alice)).to_have_value("")
    expect(alice.words).to_be_focused()
    alice.page.evaluate("document.activeElement.blur()")
    field(alice).click()
    alice.page.keyboard.press("Escape")
    expect(alice.conversation(pair["conversation"])).to_be_focused()


def test_people_are_shown_with_their_pictures(alice, bob, pair):
    show_picture(bob)
    alice.page.reload()
    alice.sees_status("Connected")
    for place in (alice.conversation(pair["conversation"]).locator(".avatar img"), alice.page.locator("#avatar img")):
        is_loaded(place)


def test_one_chooses_ones_picture_and_removes_it(alice):
    alice.page.goto("/settings/")
    told = alice.page.locator(".own-picture").get_by_role("status")
    shown = alice.page.locator(".own-picture .avatar")
    expect(shown).to_have_text(re.compile(r"^A\d*$|^A$", re.IGNORECASE))
    alice.page.locator(".own-picture input[type=file]").set_input_files([payload("me.txt", "image/png", HTML)])
    expect(told).to_have_text("This is no picture.")
    alice.page.locator("input[type=file]").set_input_files([PHOTO])
    expect(told).to_have_text("This is your picture now.")
    is_loaded(shown.locator("img"))
    assert alice.context.request.get("/api/v1/me").json()["avatar"]
    alice.page.get_by_role("button", name="Remove the picture").click()
    expect(told).to_have_text("Your picture was removed.")
    expect(shown.locator("img")).to_have_count(0)
    assert alice.context.request.get("/api/v1/me").json()["avatar"] is None
