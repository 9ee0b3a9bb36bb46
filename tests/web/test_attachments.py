"""Files: chosen, pasted, dropped; on their way over a bad network; seen, opened, saved; and only by members."""

import re
import time
from base64 import b64encode
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import expect

from imsite.localservers import Node, free_port
from tests.uploaded import HTML, photograph, picture

SECONDS = 1_000


def payload(name: str, kind: str, content: bytes) -> dict:
    return {"name": name, "mimeType": kind, "buffer": content}


PHOTO = payload("holiday.jpg", "image/jpeg", photograph())


def choose(person, *files) -> None:
    person.page.locator("#attach-files").set_input_files(list(files))


def hand_over(person, event: str, where: str, *files: dict) -> bool:
    """Paste, drag or drop these files, as a browser tells of it; whether the page leaves them to the browser."""
    return person.page.evaluate(
        """([type, where, files]) => {
          const data = new DataTransfer()
          for (const { name, kind, bytes } of files) {
            const content = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))
            data.items.add(new File([content], name, { type: kind }))
          }
          const options = { bubbles: true, cancelable: true }
          const event = type === "paste" ? new ClipboardEvent(type, { ...options, clipboardData: data })
            : new DragEvent(type, { ...options, dataTransfer: data })
          return document.querySelector(where).dispatchEvent(event)
        }""",
        [event, where, [as_base64(file) for file in files]],
    )


def as_base64(file: dict) -> dict:
    return {"name": file["name"], "kind": file["mimeType"], "bytes": b64encode(file["buffer"]).decode()}


def tray(person):
    return person.page.locator("#attach-tray li")


def pictures(person):
    return person.page.locator("#messages .picture img")


def is_loaded(image) -> None:
    expect(image).to_be_visible()
    image.evaluate("image => image.decode()")
    assert image.evaluate("image => image.naturalWidth") > 0


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
    holding = []
    bob.page.route("**/thumbnail", lambda route: holding.append(route))
    bob.open(pair["conversation"])
    image = pictures(bob)
    expect(image).to_be_visible()
    expect(bob.page.locator("#log-note")).to_be_hidden()
    before = image.bounding_box()
    assert (round(before["width"]), round(before["height"])) == (320, 213)
    for route in holding:
        route.continue_()
    is_loaded(image)
    assert image.bounding_box() == before


def test_a_network_that_is_cut_in_the_middle(alice, bob, pair, wire):
    """It goes on where it was, and the message comes once."""
    bob.open(pair["conversation"])
    content = bytes(range(256)) * 12_000
    parts = []

    def cut_after_three(route):
        parts.append(route.request.url)
        if len(parts) == 3:
            wire.cut()
        route.continue_()

    alice.page.route("**/uploads/*?offset=*", cut_after_three)
    choose(alice, payload("large.bin", "application/octet-stream", content))
    alice.say("All of it")
    expect(tray(alice).first).to_have_attribute("data-state", "pausing")
    expect(tray(alice).first).to_contain_text("Waiting for the network")
    sent = alice.page.locator("#attach-tray progress").evaluate("bar => bar.value")
    assert sent == 131_072 + 262_144
    wire.mend()
    bob.sees("All of it", within=40)
    offsets = [int(re.search(r"offset=(\d+)", url)[1]) for url in parts]
    assert offsets.count(0) == 1
    assert min(offsets[3:]) >= sent
    with bob.page.expect_download() as download:
        bob.page.locator("#messages .file").click()
    assert Path(download.value.path()).read_bytes() == content


class Dam:
    """Holds the parts of files that this person sends, behind the first few, until it is opened."""

    def __init__(self, person, after: int = 0):
        self._held: list | None = []
        self._through = after
        person.page.route("**/uploads/*?offset=*", self._hold)

    def _hold(self, route) -> None:
        if self._held is None or self._through > 0:
            self._through -= 1
            route.continue_()
        else:
            self._held.append(route)

    def open(self) -> None:
        held, self._held = self._held, None
        for route in held:
            with suppress(BrowserError):  # of a page that was left
                route.continue_()


FILES_KEPT = """() => new Promise((resolve, reject) => {
    const opening = indexedDB.open("imsite")
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
        const reading = opening.result.transaction("files").objectStore("files").count()
        reading.onsuccess = () => { opening.result.close(); resolve(reading.result) }
    }
})"""


def keeps_files(person, count: int) -> None:
    end = time.monotonic() + 15
    while (kept := person.page.evaluate(FILES_KEPT)) != count:
        assert time.monotonic() < end, kept


def test_a_reload_in_the_middle_of_a_file_loses_neither_it_nor_its_words(alice, bob, pair):
    """It goes on where it was; it is sent once, and what was written after it comes after it."""
    bob.open(pair["conversation"])
    dam = Dam(alice, after=1)
    content = bytes(range(256)) * 2_000
    choose(alice, payload("large.bin", "application/octet-stream", content))
    alice.say("With a file", "Behind it")
    expect(tray(alice).locator("progress")).to_have_js_property("value", 131_072)
    keeps_files(alice, 1)
    alice.page.reload()
    alice.sees_status("Connected")
    alice.sees("With a file", "Behind it")
    alice.sees_tick("With a file", "waiting")
    expect(tray(alice)).to_contain_text("Sent when it is uploaded")
    expect(tray(alice).locator("progress")).to_have_js_property("value", 131_072)
    expect(bob.bodies).to_have_count(0)
    dam.open()
    bob.sees("With a file", "Behind it", within=40)
    expect(tray(alice)).to_have_count(0)
    with bob.page.expect_download() as download:
        bob.page.locator("#messages .file").click()
    assert Path(download.value.path()).read_bytes() == content
    keeps_files(alice, 0)


def test_a_text_does_not_overtake_the_file_before_it(alice, bob, pair):
    bob.open(pair["conversation"])
    dam = Dam(alice)
    choose(alice, PHOTO)
    alice.say("", "Behind it")
    alice.sees("holiday.jpg", "Behind it")
    for text in ("holiday.jpg", "Behind it"):
        alice.sees_tick(text, "waiting")
    expect(bob.bodies).to_have_count(0)
    dam.open()
    bob.sees("holiday.jpg", "Behind it", within=40)  # the first is hidden behind its picture
    is_loaded(pictures(bob))


def test_a_file_that_cannot_be_had_gives_the_words_back(alice, bob, pair):
    """What was written after it goes on; without the file, the words go too."""
    bob.open(pair["conversation"])
    dam = Dam(alice)
    choose(alice, payload("broken.png", "image/png", picture()[:50]))
    alice.say("Look", "Behind it")
    alice.sees("Look", "Behind it")
    dam.open()
    bob.sees("Behind it")
    expect(alice.message("Look").locator(".failure")).to_contain_text("Not sent: a file could not be uploaded.")
    expect(tray(alice)).to_contain_text("This picture cannot be read.")
    tray(alice).get_by_role("button", name="Remove broken.png").click()
    bob.sees("Behind it", "Look")


def test_one_on_its_way_may_be_taken_back(alice, bob, pair, wire):
    bob.open(pair["conversation"])
    alice.page.route("**/uploads/*?offset=*", lambda route: None)  # it hangs
    choose(alice, payload("large.bin", "application/octet-stream", bytes(400_000)))
    expect(tray(alice).locator("progress")).to_be_visible()
    alice.say("Never mind the file")
    expect(tray(alice)).to_contain_text("Sent when it is uploaded")
    tray(alice).get_by_role("button", name="Remove large.bin").click()
    bob.sees("Never mind the file")
    expect(tray(alice)).to_have_count(0)
    expect(alice.words).to_be_focused()


def test_what_is_refused_for_good_says_why_and_offers_no_other_try(alice):
    choose(alice, payload("broken.png", "image/png", picture()[:50]))
    expect(tray(alice).first).to_have_attribute("data-state", "failed")
    expect(tray(alice)).to_contain_text("This picture cannot be read.")
    expect(tray(alice).get_by_role("button", name="Try again")).to_be_hidden()
    tray(alice).get_by_role("button", name="Remove broken.png").click()
    expect(alice.page.locator("#attach-tray")).to_be_hidden()


def test_what_failed_otherwise_may_be_tried_again(alice):
    alice.page.route("**/uploads", lambda route: route.fulfill(status=403, json={"message": "Not now."}), times=1)
    choose(alice, payload("plan.txt", "text/plain", b"x"))
    expect(tray(alice)).to_contain_text("Not now.")
    tray(alice).get_by_role("button", name="Try again").click()
    expect(tray(alice).first).to_have_attribute("data-state", "ready")


def test_who_sent_as_much_as_one_may_in_a_day_is_told_so_while_it_waits(alice):
    refusal = {"code": "rate_limited", "message": "You have sent as many files as you may in a day."}
    asked = []

    def refuse(route):
        asked.append(route.request.url)
        route.fulfill(status=429, headers={"Retry-After": "3600"}, json=refusal)

    alice.page.route("**/uploads", refuse)
    choose(alice, payload("plan.txt", "text/plain", b"x"))
    expect(tray(alice).first).to_have_attribute("data-state", "pausing")
    expect(tray(alice)).to_contain_text(refusal["message"])
    assert len(asked) == 1


@pytest.fixture
def site(environment, tmp_path):
    """site(IM_ATTACHMENT_TYPES="none"): the address of a node with other settings."""
    with ExitStack() as stack:

        def site(**settings) -> str:
            node = Node(free_port(), environment | {"NODE_NAME": "other"} | settings, tmp_path / "log")
            return stack.enter_context(node).url

        yield site


@pytest.mark.parametrize("way", ["choose", "paste", "drop"])
def test_a_file_that_is_too_large_is_refused_at_once(alice, way):
    asked = []
    alice.page.on("request", lambda request: asked.append(request.url) if "uploads" in request.url else None)
    alice.page.evaluate(
        """(way) => {
          const data = new DataTransfer(), options = { bubbles: true, cancelable: true }
          data.items.add(new File([new Uint8Array(30_000_000)], "film.bin", { type: "video/mp4" }))
          data.items.add(new File([], "empty.txt", { type: "text/plain" }))
          const input = document.querySelector("#attach-files"), words = document.querySelector("#words")
          if (way === "paste") words.dispatchEvent(new ClipboardEvent("paste", { ...options, clipboardData: data }))
          if (way === "drop") words.dispatchEvent(new DragEvent("drop", { ...options, dataTransfer: data }))
          if (way !== "choose") return
          input.files = data.files
          input.dispatchEvent(new Event("change"))
        }""",
        way,
    )
    note = alice.page.locator("#attach-note")
    expect(note).to_contain_text("“film.bin” is too large: a file may have at most 26.2 MB.")
    expect(note).to_contain_text("“empty.txt” is empty.")
    expect(alice.page.locator("#attach-tray")).to_be_hidden()
    assert asked == []
    alice.say("then not")
    expect(note).to_be_hidden()


def test_a_file_of_a_type_that_is_not_allowed_is_refused_at_once(somebody, pair, nodes, site):
    alice = somebody(pair["alice"], at=site(IM_ATTACHMENT_TYPES="image/*")).come_in().open(pair["conversation"])
    expect(alice.page.locator("#attach-files")).to_have_attribute("accept", "image/*")
    choose(alice, PHOTO, payload("plan.pdf", "application/pdf", b"%PDF-1.7"))
    note = alice.page.locator("#attach-note")
    expect(note).to_have_text("“plan.pdf” cannot be sent: files of this type are not allowed here.")
    expect(tray(alice)).to_have_count(1)


def test_where_no_files_may_be_sent_none_are_asked_for(somebody, pair, nodes, site):
    alice = somebody(pair["alice"], at=site(IM_ATTACHMENT_TYPES="none")).come_in().open(pair["conversation"])
    expect(alice.page.get_by_role("button", name="Attach files")).to_be_hidden()
    for event, where in (("paste", "#words"), ("drop", "#log")):
        hand_over(alice, event, where, PHOTO)
    alice.say("words alone")
    alice.sees("words alone")
    expect(tray(alice)).to_have_count(0)


def test_pictures_of_all_shapes_and_files_stand_in_order(alice, bob, pair):
    """Pictures in a row of squares, files below it and as wide, on a phone too."""
    bob.open(pair["conversation"])
    shapes = {"wide.png": (480, 90), "tall.png": (90, 480), "square.png": (300, 300)}
    files = [payload(name, "image/png", picture(size=size)) for name, size in shapes.items()]
    choose(alice, files[0], payload("plan.pdf", "application/pdf", b"%PDF-1.7"), *files[1:])
    expect(alice.page.locator("#attach-tray [data-state=ready]")).to_have_count(4)
    alice.words.press("Enter")
    for width in (1100, 360, 320):
        bob.page.set_viewport_size({"width": width, "height": 700})
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


def show_picture(person) -> None:
    """Their own, from now on."""
    upload = person.call("POST", "uploads", name="me.png", size=len(picture()))
    token = next(cookie["value"] for cookie in person.context.cookies() if cookie["name"] == "csrftoken")
    person.context.request.patch(
        f"{person.page.url.split('#')[0]}api/v1/uploads/{upload['id']}?offset=0",
        data=picture(),
        headers={"X-CSRFToken": token, "Content-Type": "application/octet-stream"},
    )
    person.call("PUT", "me/avatar", upload=upload["id"])


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
