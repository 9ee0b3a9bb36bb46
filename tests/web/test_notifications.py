"""The bell: what a service sends to one node is seen on another, at once, by everybody whom it is for."""

import json
import re
import shlex
import time
import urllib.request
from itertools import pairwise
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from playwright.sync_api import Locator, expect

from .test_talking import PAYLOADS

README = Path(__file__).resolve().parents[2] / "README.md"
# Resolves to when the bell's number is this, as the page shows it.
BELL_SHOWS = """wanted => new Promise((resolve, reject) => {
    const count = document.querySelector("#bell .count")
    const look = () => { if (count.textContent === wanted && count.offsetParent) resolve(Date.now() / 1000) }
    new MutationObserver(look).observe(count.parentElement, { subtree: true, childList: true, attributes: true })
    look()
    setTimeout(() => reject(`The bell shows ${count.textContent}, not ${wanted}.`), 15_000)
})"""

# Whatever the bell is answered goes into `answers`; the second answer reaches the page when letGo() was called, which
# resolves when the page has drawn what it makes of it.
HOLD_THE_SECOND_ANSWER = """
    globalThis.answers = []
    const released = new Promise((resolve) => {
        globalThis.letGo = async () => {
            resolve()
            await new Promise((drawn) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(drawn))))
        }
    })
    const { fetch } = globalThis
    globalThis.fetch = async (url, options) => {
        const answer = await fetch(url, options)
        if (!String(url).includes("/notifications?")) return answer
        const second = answers.push(await answer.clone().json()) === 2
        if (second) await released
        return answer
    }
"""


def bell(person) -> Locator:
    return person.page.get_by_role("button", name="Notifications")


def open_bell(person) -> None:
    bell(person).click()
    expect(person.page.get_by_role("region", name="Notifications")).to_be_visible()


def sees_count(person, count: int) -> None:
    badge = bell(person).locator(".count")
    if count:
        expect(badge).to_have_text(str(count))
    else:
        expect(badge).to_be_hidden()


def sees_titles(person, *titles: str) -> None:
    expect(person.page.locator("#notifications .title")).to_have_text(list(titles))


def test_it_arrives_on_another_node_within_a_second(bob, notify):
    """From the request until it is shown. One after the other: where nobody rings, each waits for a look, 3 s."""
    seconds = []
    for number in range(1, 6):
        sent = time.time()
        notify(bob.name, title=f"Order {number} is on its way")
        seconds.append(bob.page.evaluate(BELL_SHOWS, str(number)) - sent)
    print(f"From the request until the bell shows it: {', '.join(f'{one:.3f}' for one in seconds)} s")
    assert median(seconds) < 1
    expect(bob.page.locator("#announcer p").last).to_have_text("Notification: Order 5 is on its way")


def test_the_lines_of_the_readme_do_what_it_says(run, bob, nodes):
    """The token of its first line, the request of its second; to our Bob, and on our ports."""
    make, send = re.search(
        r"^TOKEN=\$\(\S+ -m imsite\.run (.*)\)\n(curl (?:\\\n|.)*)$", README.read_text(), re.M
    ).groups()
    token = run("manage.py", *make.split()).strip()
    _, url, *options = shlex.split(send.replace("\\\n", " ").replace("$TOKEN", token))
    headers = dict(value.split(": ") for option, value in pairwise(options) if option == "-H")
    body = options[options.index("-d") + 1].replace('"bob"', json.dumps(bob.name)).encode()
    request = urllib.request.Request(f"{nodes[0].url}{urlsplit(url).path}", body, headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310
        assert answer.status == 201
    open_bell(bob)
    sees_titles(bob, "Order 17 is on its way")


def test_the_list_shows_all_of_it(bob, notify):
    open_bell(bob)
    expect(bob.page.get_by_text("No notifications yet.")).to_be_visible()
    notify(bob.name, title="Order 17", body="It is on its way.\nIt comes today.", url="/?order=17", level="warning")
    notify(bob.name, title="Read this", url="https://example.org/news", level="urgent")
    notify(bob.name, title="No link")
    sees_titles(bob, "No link", "Read this", "Order 17")
    item = bob.page.locator("#notifications li").nth(2)
    expect(item.locator(".level")).to_have_text("Warning")
    assert item.locator(".body").inner_text() == "It is on its way.\nIt comes today."
    expect(item.locator("time")).to_have_attribute("datetime", re.compile(r"^20.*Z$"))
    expect(item.get_by_text("not read")).to_be_visible()
    links = bob.page.locator("#notifications .title")
    assert [links.nth(n).get_attribute("href") for n in range(3)] == [
        None,
        "https://example.org/news",
        f"{bob.page.url.split('/')[0]}//{bob.page.url.split('/')[2]}/?order=17",
    ]
    expect(links.nth(1)).to_have_attribute("rel", "noopener noreferrer")


def test_what_is_read_is_read_on_every_device_and_stays_so(bob, pair, somebody, nodes, notify):
    phone = somebody(pair["bob"], at=nodes[0].url).come_in()
    for title in ("one", "two", "three"):
        notify(bob.name, title=title)
    sees_count(bob, 3)
    sees_count(phone, 3)
    open_bell(bob)
    bob.page.locator("#notifications li").nth(0).get_by_role("button", name="Mark as read").click()
    sees_count(phone, 2)
    sees_count(bob, 2)
    open_bell(phone)
    expect(phone.page.locator("#notifications li.unread .title")).to_have_text(["two", "one"])
    phone.page.get_by_role("button", name="Mark all as read").click()
    sees_count(bob, 0)
    sees_count(phone, 0)
    bob.page.reload()
    bob.sees_status("Connected")
    sees_count(bob, 0)
    open_bell(bob)
    sees_titles(bob, "three", "two", "one")


def test_a_link_that_is_followed_was_read(bob, notify):
    notify(bob.name, title="Look", url="/#nowhere")
    sees_count(bob, 1)
    open_bell(bob)
    bob.page.get_by_role("link", name="Look").click()
    sees_count(bob, 0)


def test_what_comes_while_one_is_away_is_there_once(alice, wire, notify):
    notify(alice.name, title="before")
    sees_count(alice, 1)
    wire.cut()
    alice.sees_status("Offline")
    notify(alice.name, title="meanwhile")
    open_bell(alice)
    alice.page.locator("#notifications li").first.get_by_role("button", name="Mark as read").click()
    wire.mend()
    alice.hears_of_the_network()
    alice.sees_status("Connected")
    sees_titles(alice, "meanwhile", "before")
    sees_count(alice, 1)
    alice.page.reload()
    alice.sees_status("Connected")
    sees_count(alice, 1)


def test_what_is_read_elsewhere_while_one_is_away_is_read(alice, pair, wire, somebody, nodes, notify):
    notify(alice.name, title="Look")
    sees_count(alice, 1)
    wire.cut()
    alice.sees_status("Offline")
    phone = somebody(pair["alice"], at=nodes[1].url).come_in()
    open_bell(phone)
    phone.page.get_by_role("button", name="Mark all as read").click()
    sees_count(phone, 0)
    wire.mend()
    alice.hears_of_the_network()
    alice.sees_status("Connected")
    sees_count(alice, 0)  # it asks at some moment of the first 5 s


def test_an_answer_from_before_something_was_read_counts_no_more(bob, pair, somebody, nodes, notify):
    """The page asks when it is connected; the answer is on its way while another device reads all of it."""
    notify(bob.name, title="Look")
    sees_count(bob, 1)
    late = somebody(pair["bob"], at=nodes[0].url)
    late.page.add_init_script(HOLD_THE_SECOND_ANSWER)
    late.come_in()
    late.page.wait_for_function("() => answers.length === 2")
    sees_count(late, 1)
    open_bell(bob)
    bob.page.get_by_role("button", name="Mark all as read").click()
    sees_count(late, 0)
    late.page.wait_for_function("() => answers.length === 3")
    late.page.evaluate("letGo()")
    assert late.page.evaluate("answers.map(({ unread }) => unread)") == [1, 1, 0]
    sees_count(late, 0)


def test_older_ones_come_when_they_are_asked_for(bob, notify):
    for number in range(25):
        notify(bob.name, title=f"n{number}")
    bob.page.reload()
    bob.sees_status("Connected")
    sees_count(bob, 25)
    open_bell(bob)
    expect(bob.page.locator("#notifications li")).to_have_count(20)
    bob.page.locator("#more-notifications").click()
    sees_titles(bob, *(f"n{number}" for number in reversed(range(25))))


def test_a_notification_is_text_whatever_it_holds(bob, notify):
    for payload in PAYLOADS:
        notify(bob.name, title=payload[:200], body=payload)
    open_bell(bob)
    expect(bob.page.locator("#notifications li")).to_have_count(len(PAYLOADS))
    assert bob.page.evaluate("window.hurt") is None
    assert bob.page.locator("#notifications :is(img, script, b)").count() == 0


def test_the_keyboard_is_enough(bob, notify):
    notify(bob.name, title="Look")
    sees_count(bob, 1)
    bell(bob).focus()
    bob.page.keyboard.press("Enter")
    expect(bob.page.get_by_role("region", name="Notifications")).to_be_focused()
    expect(bell(bob)).to_have_attribute("aria-expanded", "true")
    bob.page.keyboard.press("Tab")
    bob.page.keyboard.press("Enter")
    sees_count(bob, 0)
    bob.page.keyboard.press("Escape")
    expect(bell(bob)).to_be_focused()
    expect(bob.page.get_by_role("region", name="Notifications")).to_be_hidden()


def test_a_conversation_does_not_hear_of_it(bob, pair, notify):
    notify(bob.name, title="Look")
    sees_count(bob, 1)
    bob.sees_unread(pair["conversation"], 0)
    expect(bob.page).to_have_title("imsite")


def test_a_phone_has_room_for_it(somebody, pair, nodes, notify):
    phone = somebody(pair["alice"], at=nodes[0].url, viewport={"width": 320, "height": 560}).come_in()
    notify(phone.name, title="long" * 40, body="https://example.org/" + "path/" * 50)
    sees_count(phone, 1)
    open_bell(phone)
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    mark = phone.page.get_by_role("button", name="Mark as read", exact=True)
    mark.scroll_into_view_if_needed()
    expect(mark).to_be_in_viewport()
