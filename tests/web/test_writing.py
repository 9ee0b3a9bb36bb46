"""What one writes with: links, names of members, emoji; and that others see that one does."""

import re

import pytest
from playwright.sync_api import expect

HOSTILE = [
    "javascript:alert(1) JAVASCRIPT:window.hurt=1",
    'https://example.org/"onmouseover="window.hurt=1',
    "https://example.org/<img src=x onerror=window.hurt=1>",
    "http://javascript:window.hurt=1@example.org/ data:text/html,<script>window.hurt=1</script>",
    "@<b>Bob</b> @Bob<script>window.hurt=1</script>",
]


@pytest.fixture
def lunch(alice, bob, pair, people):
    """The id of a group of Alice, Bob and Charlie, whom nobody has seen."""
    members = [people["ids"][pair["bob"]], people["ids"]["charlie"]]
    return alice.call("POST", "conversations", title="Lunch", members=members)["id"]


def test_addresses_become_links_that_tell_the_other_side_nothing(alice, bob, pair):
    bob.open(pair["conversation"])
    said = "(https://example.org/a?b=c), 见https://example.org/d。 www.example.org!"
    alice.say(said)
    bob.sees(said)
    links = bob.page.locator("#messages .body a")
    expect(links).to_have_text(["https://example.org/a?b=c", "https://example.org/d", "www.example.org"])
    expect(links.nth(2)).to_have_attribute("href", "https://www.example.org/")
    for name, value in [("rel", "noopener noreferrer nofollow"), ("target", "_blank"), ("dir", "ltr")]:
        expect(links.first).to_have_attribute(name, value)


def test_hostile_addresses_and_names_stay_text(alice, bob, lunch):
    alice.open(lunch)
    bob.open(lunch)
    alice.say(*HOSTILE)
    for person in (alice, bob):
        person.sees(re.compile("made the group"), *HOSTILE)
        assert person.page.evaluate("window.hurt") is None
        assert person.page.locator("#messages .body :is(img, script, b)").count() == 0
        links = person.page.locator("#messages .body a").evaluate_all("all => all.map(({ href }) => href)")
        assert links == ["https://example.org/"] * 2, links


def test_who_is_called_by_name_is_told_so(alice, bob, pair, lunch, people):
    alice.open(lunch)
    alice.words.press_sequentially("Lunch, @bo")
    expect(alice.page.get_by_role("option")).to_have_text([re.compile(r"Bob \d+")])
    expect(alice.words).to_have_attribute("aria-activedescendant", f"mention-{people['ids'][pair['bob']]}")
    alice.words.press("Enter")
    expect(alice.words).to_have_value(re.compile(r"^Lunch, @Bob \d+ $"))
    alice.words.press_sequentially("or @")
    expect(alice.page.get_by_role("option")).to_have_count(2)
    alice.words.press("Escape")
    expect(alice.page.get_by_role("option")).to_have_count(0)
    alice.words.press("Enter")
    expect(bob.conversation(lunch).locator(".badge .count")).to_have_text("1")
    expect(bob.conversation(lunch).locator(".mentioned")).to_be_visible()
    said = alice.call("GET", f"conversations/{lunch}/messages")["results"][-1]
    assert said["data"] == {"mentions": [people["ids"][pair["bob"]]]}
    assert bob.call("GET", f"conversations/{lunch}")["mentions"] == [said["number"]]
    bob.open(lunch)
    expect(bob.page.locator(".mentions-me .mention.of-me")).to_have_text(re.compile(r"^@Bob \d+$"))
    expect(alice.page.locator(".mention:not(.of-me)")).to_have_count(1)
    expect(alice.page.locator(".mentions-me")).to_have_count(0)
    bob.sees_unread(lunch, 0)
    read = re.compile(r"^Read by Bob \d+$")
    expect(alice.message(said["body"]).locator(".tick")).to_have_attribute("title", read)
    assert bob.call("GET", f"conversations/{lunch}")["mentions"] == []


def test_others_see_that_one_types_until_the_message_comes(alice, bob, pair):
    bob.open(pair["conversation"])
    line = bob.page.locator("#typing")
    expect(line).to_be_empty()
    alice.words.press_sequentially("Hel")
    expect(line).to_have_text(re.compile(r"^Alice \d+ is typing…$"))
    alice.words.press("Enter")
    bob.sees("Hel")
    expect(line).to_be_empty(timeout=2_000)


def test_emoji_are_fetched_when_wanted_and_found_in_two_languages(alice, pair):
    fetched = []
    alice.page.on("request", lambda request: fetched.append(request.url))
    alice.page.reload()
    alice.sees_status("Connected")
    expect(alice.words).to_be_visible()
    assert not [url for url in fetched if "emoji.json" in url]
    alice.words.fill("Hi  there")
    alice.words.evaluate("words => words.setSelectionRange(3, 3)")
    picker = alice.page.get_by_role("dialog", name="Emoji")
    open_picker = alice.page.get_by_role("button", name="Emoji", exact=True)
    open_picker.click()
    search = picker.get_by_role("searchbox", name="Search emoji")
    expect(search).to_be_focused()
    picker.get_by_label("Skin tone").select_option(index=5)
    search.fill("挥手")
    expect(picker.get_by_role("button").first).to_have_text("👋🏿")
    search.press("Enter")
    expect(picker).to_be_hidden()
    expect(alice.words).to_have_value("Hi 👋🏿 there")
    expect(alice.words).to_be_focused()

    alice.page.reload()
    open_picker.click()
    expect(picker.get_by_role("tab", name="Used last")).to_have_attribute("aria-selected", "true")
    expect(picker.get_by_role("gridcell")).to_have_text(["👋🏿"])
    search.fill("grinning face")
    search.press("ArrowDown")
    cells = picker.get_by_role("gridcell").get_by_role("button")
    expect(cells.nth(0)).to_be_focused()
    for key, place in [("ArrowRight", 1), ("ArrowLeft", 0), ("End", -1), ("Home", 0)]:
        alice.page.keyboard.press(key)
        expect(cells.nth(place)).to_be_focused()
    alice.page.keyboard.press("ArrowUp")
    expect(search).to_be_focused()
    alice.page.keyboard.press("Escape")
    expect(picker).to_be_hidden()
    expect(alice.words).to_be_focused()


def test_names_and_texts_that_run_from_right_to_left_turn_nothing_around(alice, bob, pair):
    bob.open(pair["conversation"])
    alice.say("שלום https://example.org/a, טוב")
    body = bob.page.locator("#messages .body").first
    expect(body).to_have_css("direction", "rtl")
    expect(body.locator("a")).to_have_css("direction", "ltr")
    alice.page.locator(".message").hover()
    alice.page.get_by_role("button", name="Reply").click()
    alice.say("and from left to right")
    expect(bob.page.locator(".answered bdi")).to_have_count(2)
    expect(bob.page.locator(".answered bdi").first).to_have_css("unicode-bidi", "isolate")
