"""Files on their way: over a bad network, over a reload, refused, taken back."""

import re
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import expect

from imsite.localservers import Node, free_port
from tests.uploaded import picture

from .files import PHOTO, choose, hand_over, is_loaded, payload, pictures, tray


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
    wire.mend()
    bob.sees("All of it", within=40)
    offsets = [int(re.search(r"offset=(\d+)", url)[1]) for url in parts]
    assert offsets.count(0) == 1
    assert sent == offsets[2] > offsets[1]  # however large the parts were: a slow network makes them smaller
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
