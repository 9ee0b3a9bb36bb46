"""What one does with a message: with the mouse, the keyboard, a finger."""

import json
import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect


@pytest.fixture
def both(alice, bob, pair):
    """Alice and Bob, who both look at their conversation."""
    bob.open(pair["conversation"])
    return alice, bob


def do(person, text: str, action: str) -> None:
    """By the menu of a message."""
    person.message(text).hover()
    person.message(text).get_by_role("button", name="More").click()
    person.page.get_by_role("menuitem", name=action, exact=True).click()


def context(person):
    return person.page.locator("#composer-context")


def test_an_answer_quotes_and_leads_to_what_it_answers(both):
    alice, bob = both
    alice.say("Tea?", "Or coffee?")
    bob.sees("Tea?", "Or coffee?")
    bob.message("Tea?").hover()
    bob.message("Tea?").get_by_role("button", name="Reply").click()
    expect(context(bob)).to_contain_text(re.compile(r"Reply to Alice \d+"))
    expect(context(bob)).to_contain_text("Tea?")
    expect(bob.words).to_be_focused()
    bob.say("Yes!")
    expect(context(bob)).to_be_hidden()
    for person in both:
        quote = person.message("Yes!").locator("button.answered")
        expect(quote).to_have_text(re.compile(r"^Alice \d+: Tea\?$"))
        quote.click()
        expect(person.message("Tea?")).to_have_class(re.compile("marked"))
        expect(person.message("Tea?")).to_be_focused()
    bob.say("And cake")
    expect(bob.message("And cake").locator("button.answered")).to_be_hidden()


def test_an_answer_to_something_far_up_is_fetched_and_found(pair, run, somebody, nodes):
    run("-m", "tests.web.make_history", pair["alice"], str(pair["conversation"]), "120")
    bob = somebody(pair["bob"], at=nodes[1].url).come_in()
    address = f"conversations/{pair['conversation']}/messages"
    (fifth,) = bob.call("GET", f"{address}?after=4&limit=1")["results"]
    bob.open(pair["conversation"]).call(
        "POST", address, client_id=str(uuid4()), body="Late answer", reply_to=fifth["id"]
    )
    quote = bob.message("Late answer").locator("button.answered")
    expect(quote).to_have_text(re.compile(r"^Alice \d+: message 5 "))
    quote.click()
    expect(bob.page.locator(".message:focus .body")).to_have_text(fifth["body"])
    expect(bob.page.locator(".message:focus")).to_be_in_viewport()


def test_an_edit_is_written_where_one_writes_and_escape_ends_it(both):
    alice, bob = both
    alice.say("frist")
    bob.sees("frist")
    alice.words.fill("something else")
    do(alice, "frist", "Edit")
    expect(alice.words).to_have_value("frist")
    alice.words.fill("never mind")
    alice.words.press("Escape")
    expect(alice.words).to_have_value("something else")
    alice.words.fill("")
    alice.words.press("ArrowUp")  # the last one that one wrote
    expect(context(alice)).to_contain_text("Edit message")
    alice.words.fill("first")
    alice.words.press("Enter")
    for person in both:
        person.sees("first")
        expect(person.message("first").locator(".edited")).to_be_visible()
    expect(context(alice)).to_be_hidden()
    expect(alice.words).to_have_value("")


def test_an_edit_that_is_refused_is_said_and_what_was_written_stays(both):
    alice, _ = both
    alice.say("old")
    alice.sees_tick("old", "read")
    refused = {
        "status": 403,
        "content_type": "application/json",
        "body": json.dumps({"code": "forbidden", "message": ""}),
    }
    alice.page.route("**/api/v1/messages/*", lambda route: route.fulfill(**refused), times=1)
    do(alice, "old", "Edit")
    alice.words.fill("new")
    alice.words.press("Enter")
    expect(alice.page.get_by_text("It is too late to change this message.")).to_be_visible()
    expect(alice.words).to_have_value("new")
    alice.words.press("Enter")
    alice.sees("new")


def test_the_tick_says_what_became_of_a_message_in_words_of_people(alice, bob, pair):
    tick = alice.page.locator(".tick").first
    bob.page.goto("about:blank")
    alice.say("Hello")
    expect(tick).to_have_attribute("title", "Sent")
    bob.page.goto("/")
    expect(tick).to_have_attribute("title", "Delivered")
    bob.open(pair["conversation"])
    expect(tick).to_have_attribute("title", "Read")
    expect(tick.locator(".hidden-text")).to_have_text("Read")


def test_who_takes_all_words_out_of_a_message_is_asked_whether_to_recall_it(both):
    alice, bob = both
    alice.say("Tea?")
    bob.sees("Tea?")
    do(alice, "Tea?", "Edit")
    alice.words.fill("  ")
    alice.words.press("Enter")
    dialog = alice.page.get_by_role("dialog", name="Recall this message?")
    dialog.get_by_role("button", name="Cancel").click()
    said = context(alice).get_by_role("alert")
    expect(said).to_have_text("A message cannot be empty. Write something, or recall it.")
    expect(alice.words).to_be_focused()
    alice.words.press_sequentially("T")
    expect(said).to_be_hidden()
    alice.words.fill("")
    alice.words.press("Enter")
    dialog.get_by_role("button", name="Recall").click()
    bob.sees("This message was recalled.")
    expect(context(alice)).to_be_hidden()
    expect(alice.words).to_have_value("")


LONG = " ".join(f"word{number}" for number in range(2_300))  # 20,000 characters


def test_a_very_long_message_is_folded_until_one_wants_to_see_it(both):
    alice, bob = both
    alice.say("before", LONG)
    for person in both:
        body = person.bodies.last
        expect(body).to_have_text(re.compile(r"^word0 .{900,1200}…$"))
        more = person.page.get_by_role("button", name="Show more")
        expect(more).to_have_attribute("aria-expanded", "false")
    bob.page.get_by_role("log").focus()
    bob.page.keyboard.press("ArrowUp")
    bob.page.keyboard.press("Tab")
    expect(more).to_be_focused()
    top = body.bounding_box()["y"]
    bob.page.keyboard.press("Enter")
    expect(body).to_have_text(LONG)
    assert abs(body.bounding_box()["y"] - top) < 2  # where one reads on
    less = bob.page.get_by_role("button", name="Show less")
    expect(less).to_be_focused()
    less.scroll_into_view_if_needed()
    bob.page.keyboard.press("Enter")
    expect(body).to_have_text(re.compile("…$"))
    expect(more).to_be_in_viewport()  # and not what came long after it
    expect(more).to_be_focused()


def test_a_recall_asks_first(both):
    alice, bob = both
    alice.say("a secret")
    bob.sees("a secret")
    do(alice, "a secret", "Recall")
    dialog = alice.page.get_by_role("dialog", name="Recall this message?")
    expect(dialog).to_be_visible()
    alice.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    bob.sees("a secret")
    do(alice, "a secret", "Recall")
    dialog.get_by_role("button", name="Recall").click()
    expect(dialog).to_be_hidden()
    for person in both:
        person.sees("This message was recalled.")
    alice.message("This message was recalled.").hover()
    expect(alice.page.locator(".do:visible")).to_have_count(0)


def test_a_message_is_copied_as_it_was_written(both):
    alice, bob = both
    bob.context.grant_permissions(["clipboard-read", "clipboard-write"])
    alice.words.fill("two\n  lines")
    alice.words.press("Enter")
    expect(bob.bodies).to_have_count(1)
    bob.page.locator(".message").hover()
    bob.page.get_by_role("button", name="More").click()
    expect(bob.page.get_by_role("menuitem", name="Edit")).to_be_hidden()  # it is somebody else's
    bob.page.get_by_role("menuitem", name="Copy").click()
    expect(bob.page.locator("#announcer p").last).to_have_text("Copied.")
    assert bob.page.evaluate("navigator.clipboard.readText()") == "two\n  lines"


def test_in_a_group_one_sees_who_has_read_and_when(alice, bob, pair, people):
    ids = people["ids"]
    group = alice.call("POST", "conversations", title="Lunch", members=[ids[pair["bob"]], ids["charlie"]])["id"]
    alice.open(group).say("At noon?")
    alice.sees_tick("At noon?", "stored")
    bob.open(group)
    bob.sees(re.compile("made the group"), "At noon?")
    expect(alice.message("At noon?").locator(".tick")).to_have_attribute("title", re.compile(r"^Read by Bob \d+$"))
    do(alice, "At noon?", "Who has read it")
    rows = alice.page.get_by_role("dialog", name="Who has read it").get_by_role("listitem")
    expect(rows.nth(0)).to_contain_text(re.compile(r"Bob \d+ Read \d\d:\d\d$"))
    expect(rows.nth(1)).to_have_text(re.compile(r"Charlie\s+Not delivered yet\s*$"))
    alice.page.get_by_role("button", name="Close").click()
    expect(rows).to_have_count(0)


def test_the_keyboard_goes_from_message_to_message_and_through_the_menu(both):
    alice, _ = both
    alice.say("one", "two https://example.org", "three")
    alice.sees("one", "two https://example.org", "three")
    alice.sees_tick("three", "read")
    keyboard = alice.page.keyboard
    alice.page.get_by_role("log").focus()
    keyboard.press("ArrowUp")
    expect(alice.message("three")).to_be_focused()
    keyboard.press("ArrowUp")
    keyboard.press("Tab")  # to what is on the message
    expect(alice.page.get_by_role("link", name="https://example.org")).to_be_focused()
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    items = alice.page.get_by_role("menuitem")
    expect(items.first).to_be_focused()
    for key, name in [
        ("ArrowUp", "Recall"),
        ("ArrowDown", "Reply"),
        ("e", "Edit"),
        ("End", "Recall"),
        ("Home", "Reply"),
        ("ArrowDown", "Copy"),
    ]:
        keyboard.press(key)
        expect(alice.page.get_by_role("menuitem", name=name, exact=True)).to_be_focused()
    keyboard.press("Escape")
    expect(items.first).to_be_hidden()
    second = alice.page.locator(".message").nth(1)
    expect(second).to_be_focused()
    keyboard.press("r")
    expect(context(alice)).to_contain_text("two https://example.org")
    expect(alice.words).to_be_focused()
    keyboard.press("Escape")
    expect(context(alice)).to_be_hidden()


def test_a_finger_that_rests_on_a_message_opens_its_menu(somebody, pair, nodes):
    phone = somebody(
        pair["alice"], at=nodes[0].url, viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True
    )
    phone.come_in().open(pair["conversation"]).say("Hello")
    phone.sees_tick("Hello", "stored")
    bubble = phone.message("Hello").locator(".bubble")
    box = bubble.bounding_box()
    touch = {"pointerType": "touch", "bubbles": True, "clientX": box["x"] + 20, "clientY": box["y"] + 10}
    menu = phone.page.get_by_role("menu")
    phone.page.clock.install()
    bubble.dispatch_event("pointerdown", touch)
    bubble.dispatch_event("pointermove", touch | {"clientY": touch["clientY"] + 30})  # that is scrolling
    phone.page.clock.fast_forward(2_000)
    expect(menu).to_be_hidden()
    bubble.dispatch_event("pointerup", touch)
    bubble.dispatch_event("pointerdown", touch)
    phone.page.clock.fast_forward(2_000)
    expect(menu).to_be_visible()
    bubble.dispatch_event("pointerup", touch)
    expect(menu).to_be_visible()
    menu_box = menu.bounding_box()
    assert menu_box["x"] >= 0
    assert menu_box["x"] + menu_box["width"] <= 360
    phone.page.get_by_role("menuitem", name="Reply").click()
    expect(context(phone)).to_contain_text("Hello")


def test_what_was_begun_is_there_after_a_reload_with_what_it_answers(both, pair):
    alice, bob = both
    alice.say("Tea?")
    bob.sees("Tea?")
    bob.message("Tea?").hover()
    bob.message("Tea?").get_by_role("button", name="Reply").click()
    bob.words.press_sequentially("half a thou")
    bob.page.reload()
    expect(bob.words).to_have_value("half a thou")
    expect(context(bob)).to_contain_text("Tea?")
    bob.words.press("End")
    bob.words.press_sequentially("ght")
    bob.words.press("Enter")
    expect(alice.message("half a thought").locator("button.answered")).to_contain_text("Tea?")
    bob.page.reload()
    expect(bob.words).to_have_value("")
