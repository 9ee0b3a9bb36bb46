"""The log when the room for it changes: who was at the end stays there, who was reading stays at what they read."""

from itertools import pairwise

import pytest
from playwright.sync_api import expect

FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))"
DESKTOP, NARROW, PHONE = (
    {"width": 1100, "height": 700},
    {"width": 800, "height": 500},
    {"width": 360, "height": 640},
)
TO_THE_END = "log => log.scrollHeight - log.scrollTop - log.clientHeight"
# The first message in view, and how far its middle is from the top of the log, in parts of its height.
READ = """() => {
    const log = document.querySelector("#log"), { top } = log.getBoundingClientRect()
    const all = [...document.querySelectorAll("#messages .message")]
    const read = all.find((element) => element.getBoundingClientRect().bottom > top + 1)
    const box = read.getBoundingClientRect()
    return { text: read.querySelector(".body").textContent, past: Math.max(0, top - box.top) / box.height }
}"""


@pytest.fixture
def talked(pair, run):
    """The pair, with 60 messages of several heights by Alice."""
    run("-m", "tests.web.make_history", pair["alice"], str(pair["conversation"]), "60")
    return pair


@pytest.fixture
def reader(talked, somebody, nodes):
    """Bob at the end of it, who has read it."""
    bob = somebody(talked["bob"], at=nodes[1].url).come_in().open(talked["conversation"])
    bob.sees_unread(talked["conversation"], 0)
    return bob


def at_end(person) -> None:
    person.page.evaluate(FRAMES)
    assert abs(person.page.locator("#log").evaluate(TO_THE_END)) <= 1
    expect(person.page.get_by_role("button", name="Go to the latest message")).to_be_hidden()


def resize(person, size: dict) -> None:
    person.page.set_viewport_size(size)
    person.page.wait_for_function("size => innerWidth === size.width && innerHeight === size.height", arg=size)
    person.page.evaluate(FRAMES)


def test_the_end_stays_in_view_whatever_size_the_window_has(reader):
    for size in (NARROW, DESKTOP, PHONE, {"width": 360, "height": 330}, PHONE, NARROW, PHONE, DESKTOP):
        resize(reader, size)
        at_end(reader)


def test_the_end_stays_in_view_when_one_comes_back_to_it_on_a_phone(reader, talked):
    resize(reader, PHONE)
    reader.page.get_by_role("link", name="All conversations").click()
    expect(reader.page.locator("#chosen")).to_be_hidden()
    reader.page.evaluate(FRAMES)
    reader.open(talked["conversation"])
    at_end(reader)
    reader.page.get_by_role("link", name="All conversations").click()
    expect(reader.page.locator("#chosen")).to_be_hidden()
    resize(reader, DESKTOP)
    reader.open(talked["conversation"])
    at_end(reader)


def test_the_end_stays_in_view_while_one_writes_many_lines_and_adds_files(reader):
    reader.words.press_sequentially("a line")
    for _ in range(6):
        reader.words.press("Shift+Enter")
        reader.words.press_sequentially("another")
    at_end(reader)
    files = [{"name": f"{number}.txt", "mimeType": "text/plain", "buffer": b"x"} for number in range(4)]
    reader.page.locator("#attach-files").set_input_files(files)
    expect(reader.page.locator("#attach-tray li[data-state=ready]")).to_have_count(4)
    at_end(reader)
    reader.words.fill("")
    at_end(reader)


# What a browser does when a frame begins: what is shown is drawn anew, and "scroll" is told before sizes are.
@pytest.mark.parametrize(
    "shown_anew",
    ["dispatchEvent(new Event('focus'))", "document.querySelector('#log').dispatchEvent(new Event('scroll'))"],
)
def test_the_end_stays_in_view_though_the_page_looks_before_it_is_told_of_the_size(reader, shown_anew):
    for height in ("10rem", "2rem", "8rem"):
        reader.page.evaluate(f"document.querySelector('#words').style.height = {height!r}; {shown_anew}")
        at_end(reader)


def test_what_one_reads_stays_when_the_window_changes(reader):
    reader.page.locator("#log").evaluate("log => { log.scrollTop = log.scrollHeight * 0.55 }")
    reader.page.evaluate(FRAMES)
    before = reader.page.evaluate(READ)
    for size in (PHONE, {"width": 360, "height": 330}, DESKTOP, NARROW, {"width": 1600, "height": 900}, DESKTOP):
        resize(reader, size)
        now = reader.page.evaluate(READ)
        assert now["text"] == before["text"], size
        assert abs(now["past"] - before["past"]) < 0.2, size


def test_who_scrolls_up_is_left_there(reader):
    """While the field grows: what one does oneself counts more."""
    reader.page.evaluate("""() => {
        document.querySelector("#words").style.height = "10rem"
        document.querySelector("#log").scrollTop -= 400
    }""")
    reader.page.evaluate(FRAMES)
    assert reader.page.locator("#log").evaluate(TO_THE_END) > 300


@pytest.mark.parametrize("width", [320, 360, 1100])
def test_the_buttons_beside_the_field_stand_in_one_row_at_its_last_line(alice, width):
    resize(alice, {"width": width, "height": 700})
    for text in ("", "one\ntwo\nthree\nfour"):
        alice.words.fill(text)
        boxes = [alice.page.locator(f"#{id}").bounding_box() for id in ("words", "emoji-button", "attach")]
        boxes.append(alice.page.get_by_role("button", name="Send").bounding_box())
        assert max(box["x"] + box["width"] for box in boxes) <= width
        assert all(left["x"] + left["width"] <= right["x"] + 6 for left, right in pairwise(boxes))
        ends = [box["y"] + box["height"] for box in boxes]
        assert max(ends) - min(ends) < 1
        middles = [box["y"] + box["height"] / 2 for box in boxes[1:]]
        assert max(middles) - min(middles) < 1
        assert min(min(box["width"], box["height"]) for box in boxes[1:]) >= 36


@pytest.mark.parametrize("width", [760, 1100])
def test_what_one_does_with_a_message_covers_no_other_one(alice, bob, pair, width):
    """Nor its own words."""
    bob.open(pair["conversation"])
    resize(bob, {"width": width, "height": 700})
    resize(alice, {"width": width, "height": 700})
    alice.say("long enough to be as wide as it may be " * 8, "short", "long enough to be as wide as it may be " * 8)
    expect(bob.bodies).to_have_count(3)
    expect(alice.page.locator("#messages .tick[data-tick=read]")).to_have_count(3)
    for person in (alice, bob):
        for number in range(3):
            message = person.page.locator("#messages .message").nth(number)
            message.hover()
            tools = message.locator(".do").bounding_box()
            log = person.page.locator("#log").bounding_box()
            assert log["x"] <= tools["x"]
            assert tools["x"] + tools["width"] <= log["x"] + log["width"]
            bubbles = [bubble.bounding_box() for bubble in person.page.locator("#messages .bubble").all()]
            assert not [bubble for bubble in bubbles if overlap(bubble, tools)]
            message.get_by_role("button", name="Reply").hover()  # the way there does not end before it
            expect(message.get_by_role("button", name="Reply")).to_be_visible()
            expect(message.locator(".do")).to_have_css("opacity", "1")


def overlap(one: dict, other: dict) -> bool:
    return all(
        one[at] < other[at] + other[size] and other[at] < one[at] + one[size]
        for at, size in (("x", "width"), ("y", "height"))
    )
