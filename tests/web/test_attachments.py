"""Files: chosen, pasted, dropped; seen, opened, saved; and only by members."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.uploaded import HTML, picture

from .files import PHOTO, choose, hand_over, is_loaded, payload, pictures, tray
from .test_layout import resize
from .test_loading import hold


def test_a_picture_that_is_chosen_is_seen_by_both(alice, bob, pair):
    bob.open(pair["conversation"])
    choose(alice, PHOTO)
    expect(tray(alice)).to_have_count(1)
    expect(tray(alice).locator("canvas")).to_be_visible()
    expect(tray(alice).first).to_have_attribute("data-state", "ready")
    alice.words.press("Enter")
    for person in (alice, bob):
        is_loaded(pictures(person))
        expect(pictures(person)).to_have_attribute("alt", "Picture: holiday.jpg")
        expect(person.page.locator("#messages .body")).to_be_hidden()
    expect(tray(alice)).to_have_count(0)
    expect(bob.conversation(pair["conversation"]).locator(".last")).to_have_text("holiday.jpg")


def test_words_go_along(alice, bob, pair):
    bob.open(pair["conversation"])
    choose(alice, PHOTO, payload("plan.pdf", "application/pdf", b"%PDF-1.7\nplan"))
    alice.say("Look at this")
    bob.sees("Look at this")
    is_loaded(pictures(bob))
    file = bob.page.locator("#messages .file")
    expect(file).to_contain_text("plan.pdf")
    expect(file).to_contain_text("PDF · 13 bytes")
    with bob.page.expect_download() as download:
        file.click()
    assert download.value.suggested_filename == "plan.pdf"
    assert Path(download.value.path()).read_bytes() == b"%PDF-1.7\nplan"


@pytest.mark.parametrize("event", ["paste", "drop"])
def test_pictures_may_be_pasted_and_dropped(alice, bob, pair, event):
    bob.open(pair["conversation"])
    hand_over(alice, event, "#words" if event == "paste" else "#log", PHOTO)
    expect(tray(alice)).to_have_count(1)
    alice.words.press("Enter")
    is_loaded(pictures(bob))


def test_a_file_that_is_dropped_beside_the_conversation_does_not_take_the_page_away(alice):
    for event in ("dragover", "drop"):
        assert not hand_over(alice, event, "#conversations", PHOTO)
        assert hand_over(alice, event, "#conversations")  # words may be dropped where they may
    expect(alice.words).to_be_visible()
    expect(tray(alice)).to_have_count(0)


def test_its_room_is_there_before_it_is(alice, bob, pair):
    """What one reads does not move when a picture comes."""
    choose(alice, PHOTO)
    alice.words.press("Enter")
    alice.page.locator("#messages .picture").wait_for()
    release = hold(bob.page, "thumbnail")
    bob.open(pair["conversation"])
    image = pictures(bob)
    expect(image).to_be_visible()
    expect(bob.page.locator("#log-note")).to_be_hidden()
    before = image.bounding_box()
    assert (round(before["width"]), round(before["height"])) == (320, 213)
    release()
    is_loaded(image)
    assert image.bounding_box() == before


def test_pictures_of_all_shapes_and_files_stand_in_order(alice, bob, pair):
    """Pictures in a row of squares, files below it and as wide, on a phone too."""
    bob.open(pair["conversation"])
    shapes = {"wide.png": (480, 90), "tall.png": (90, 480), "square.png": (300, 300)}
    files = [payload(name, "image/png", picture(size=size)) for name, size in shapes.items()]
    choose(alice, files[0], payload("plan.pdf", "application/pdf", b"%PDF-1.7"), *files[1:])
    expect(alice.page.locator("#attach-tray [data-state=ready]")).to_have_count(4)
    alice.words.press("Enter")
    for width in (1100, 360, 320):
        resize(bob, {"width": width, "height": 700})
        expect(pictures(bob)).to_have_count(3)
        boxes = [picture.bounding_box() for picture in bob.page.locator("#messages .picture").all()]
        assert len({round(box["y"]) for box in boxes}) == 1
        assert all(abs(box["width"] - box["height"]) < 1 for box in boxes)
        file, bubble = (bob.page.locator(f"#messages .{name}").bounding_box() for name in ("file", "bubble"))
        assert file["y"] >= boxes[0]["y"] + boxes[0]["height"]
        assert abs(file["x"] - boxes[0]["x"]) < 1
        assert abs(file["x"] + file["width"] - boxes[2]["x"] - boxes[2]["width"]) < 1
        assert bubble["x"] + bubble["width"] >= file["x"] + file["width"]


def test_a_message_has_so_many_files(alice):
    choose(alice, *[payload(f"{number}.txt", "text/plain", b"x") for number in range(11)])
    expect(tray(alice)).to_have_count(10)
    expect(alice.page.locator("#attach-note")).to_have_text("A message has at most 10 files.")


def test_what_was_chosen_stays_with_its_conversation(alice, pair):
    choose(alice, PHOTO)
    expect(tray(alice)).to_have_count(1)
    alice.page.evaluate("location.hash = ''")
    expect(alice.page.locator("#chosen")).to_be_hidden()
    alice.open(pair["conversation"])
    expect(tray(alice)).to_have_count(1)


def test_pictures_are_looked_at_by_keyboard(alice, bob, pair):
    bob.open(pair["conversation"])
    for name in ("one.png", "two.png"):
        choose(alice, payload(name, "image/png", picture(size=(300, 200))))
        alice.words.press("Enter")
        expect(alice.page.locator("#messages .picture")).to_have_count(1 if name == "one.png" else 2)
    expect(pictures(bob)).to_have_count(2)
    first = bob.page.locator("#messages .picture").first
    first.focus()
    first.press("Enter")
    viewer = bob.page.get_by_role("dialog", name="Pictures")
    expect(viewer).to_be_visible()
    expect(viewer.locator("figcaption")).to_have_text("one.png")
    is_loaded(viewer.locator(".stage img"))
    expect(viewer.get_by_role("button", name="Previous picture")).to_be_disabled()
    bob.page.keyboard.press("ArrowRight")
    expect(viewer.locator("figcaption")).to_have_text("two.png")
    expect(viewer.get_by_role("button", name="Next picture")).to_be_disabled()
    with bob.page.expect_download() as download:
        viewer.get_by_role("link", name="Save").click()
    assert download.value.suggested_filename == "two.png"
    bob.page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(first).to_be_focused()


def test_a_recalled_picture_is_gone(alice, bob, pair):
    bob.open(pair["conversation"])
    choose(alice, PHOTO)
    alice.words.press("Enter")
    is_loaded(pictures(bob))
    [message] = alice.call("GET", f"conversations/{pair['conversation']}/messages")["results"]
    address = pictures(bob).evaluate("image => image.src")
    alice.call("DELETE", f"messages/{message['id']}")
    bob.sees("This message was recalled.")
    expect(pictures(bob)).to_have_count(0)
    assert bob.context.request.get(address).status == 404


def test_a_picture_that_cannot_be_had_says_so(alice, bob, pair):
    bob.page.route("**/thumbnail", lambda route: route.fulfill(status=404))
    bob.open(pair["conversation"])
    choose(alice, PHOTO)
    alice.words.press("Enter")
    expect(bob.page.locator("#messages .picture")).to_have_text("The picture holiday.jpg cannot be shown.")


def test_members_have_it_strangers_do_not(alice, bob, people, pair, somebody, nodes):
    bob.open(pair["conversation"])
    choose(alice, PHOTO)
    alice.words.press("Enter")
    is_loaded(pictures(bob))
    path = pictures(bob).evaluate("image => new URL(image.src).pathname")
    stranger = somebody(people["talkative"]["alice"], at=nodes[0].url).come_in()
    for address in (path, path.removesuffix("/thumbnail")):
        assert bob.context.request.get(nodes[1].url + address).status == 200
        assert stranger.context.request.get(nodes[0].url + address).status == 404


def test_html_that_calls_itself_a_picture_never_runs(alice, bob, pair):
    """Not in the page, and not when its address is opened: it is saved."""
    bob.open(pair["conversation"])
    choose(alice, payload("photo.png", "image/png", HTML.replace(b"alert(document.domain)", b"window.hurt = 1")))
    alice.words.press("Enter")
    file = bob.page.locator("#messages .file")
    expect(file).to_contain_text("photo.png")
    with bob.page.expect_download():
        bob.page.evaluate("address => { location.href = address }", file.get_attribute("href"))
    assert bob.page.evaluate("window.hurt") is None


@pytest.mark.parametrize("name", ["<img src=x onerror='window.hurt=1'>.png", '"><script>window.hurt=1<script>.pdf'])
def test_names_are_words_and_nothing_else(alice, bob, pair, name):
    bob.open(pair["conversation"])
    choose(alice, payload(name, "image/png", picture()))
    alice.words.press("Enter")
    is_loaded(pictures(bob))
    pictures(bob).click()
    expect(bob.page.locator("#viewer figcaption")).to_contain_text("window.hurt")
    assert [person.page.evaluate("window.hurt") for person in (alice, bob)] == [None, None]
