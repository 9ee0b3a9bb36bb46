"""What breaks under an open page, and costs nothing but time."""

import json
import time

import psycopg
import pytest
from playwright.sync_api import expect

from .offline import keeps

# Write as fast as keys can be pressed, until ten more have followed a moment that is named later.
WRITE_ON = """() => {
    const field = document.querySelector("#words")
    window.written = []
    window.last = Infinity
    const writing = setInterval(() => {
        const text = `message ${written.length + 1}`
        written.push(text)
        field.value = text
        field.form.requestSubmit()
        if (written.length >= last) clearInterval(writing)
    }, 150)
}"""


def test_a_node_dies_under_the_page_of_who_is_writing(alice, bob, nodes, pair, wire):
    """Its last answer is lost with it, and a balancer leads to another: what was typed in that second is there once."""
    bob.open(pair["conversation"])
    alice.page.evaluate(WRITE_ON)
    expect(bob.message("message 10")).to_be_visible()
    wire.hush(until=b'"accepted"')
    nodes[0].kill()
    alice.page.evaluate("window.last = written.length + 10")
    wire.lead_to(nodes[1].port)
    alice.page.wait_for_function("() => written.length >= last")
    texts = alice.page.evaluate("written")
    bob.sees(*texts, within=40)
    alice.sees(*texts)
    for person in (alice, bob):
        page = person.call("GET", f"conversations/{pair['conversation']}/messages?limit=100")
        assert [message["body"] for message in page["results"]] == texts[-100:]
    alice.sees_tick(texts[-1], "read")


def test_a_node_dies_and_comes_back(alice, bob, nodes, pair):
    """What was written while it was away arrives once."""
    bob.open(pair["conversation"])
    alice.say("before")
    bob.sees("before")
    nodes[0].kill()
    alice.say("into the void", "and more")
    alice.sees_status("Offline since")
    alice.sees_tick("and more", "waiting")
    bob.say("are you there?")
    alice.say("still typing")
    nodes[0].start().wait_ready()
    alice.sees_status("Connected", within=40)
    for text in ("into the void", "and more", "still typing"):
        alice.sees_tick(text, "read")
    texts = ["before", "are you there?", "into the void", "and more", "still typing"]
    bob.sees(*texts)
    alice.sees(*texts)
    bob.page.reload()
    bob.sees(*texts)


def test_what_was_read_on_another_device_while_offline_is_read_when_back(alice, bob, pair, wire, somebody):
    desk = somebody(pair["bob"], at=wire.url).come_in()
    alice.say("Hello")
    desk.sees_unread(pair["conversation"], 1)
    bob.sees_unread(pair["conversation"], 1)
    wire.cut()
    desk.sees_status("Offline since")
    bob.open(pair["conversation"]).sees("Hello")
    bob.page.reload()
    bob.sees_unread(pair["conversation"], 0)
    desk.sees_unread(pair["conversation"], 1)
    wire.mend()
    desk.hears_of_the_network()
    desk.sees_status("Connected")
    desk.sees_unread(pair["conversation"], 0)


def test_what_was_missed_and_pruned_meanwhile_is_there_again(
    alice, bob, pair, wire, nodes, somebody, acknowledged_long_ago
):
    """Her other device acknowledged it, so it is no event any more: the page fetches its state anew."""
    bob.open(pair["conversation"])
    alice.say("before")
    bob.sees("before")
    wire.cut()
    alice.sees_status("Offline since")
    bob.say("missed", "and this")
    phone = somebody(pair["alice"], at=nodes[1].url).come_in()
    phone.sees_unread(pair["conversation"], 2)
    acknowledged_long_ago(pair["alice"])
    frames = []
    alice.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)))
    alice.say("still typing")
    wire.mend()
    alice.hears_of_the_network()
    texts = ["before", "missed", "and this", "still typing"]
    alice.sees(*texts)
    assert json.loads(frames[0])["resync"]
    bob.say("welcome back")
    alice.sees(*texts, "welcome back")
    bob.sees(*texts, "welcome back")


@pytest.fixture
def acknowledged_long_ago(environment, run):
    """acknowledged_long_ago("alice"): when everything she has is acknowledged, it was three days ago, and is pruned."""

    def age_and_prune(name: str) -> None:
        with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as store:
            (her,) = store.execute("SELECT id FROM messages_store_user WHERE username = %s", [name]).fetchone()
            unsent = "SELECT 1 FROM messages_store_delivery WHERE recipient_id = %s AND sent_at IS NULL"
            end = time.monotonic() + 15
            while store.execute(unsent, [her]).rowcount:
                assert time.monotonic() < end
            age = "UPDATE messages_store_delivery SET sent_at = sent_at - interval '3 days' WHERE recipient_id = %s"
            store.execute(age, [her])
        run("manage.py", "prune", "--inbox-days", "2")

    return age_and_prune


def test_what_was_written_offline_survives_a_reload(alice, bob, pair, wire, nodes):
    bob.open(pair["conversation"])
    nodes[0].freeze()
    alice.say("one", "two")
    alice.sees_tick("two", "waiting")
    keeps(alice, "one", "two")
    alice.page.goto("about:blank")
    nodes[0].thaw()
    alice.page.goto(f"/#c{pair['conversation']}")
    bob.sees("one", "two")
    alice.sees("one", "two")


def test_a_frozen_node_is_noticed(alice, nodes, pair):
    nodes[0].freeze()
    alice.hears_of_the_network()  # look now, not at the next ping
    alice.sees_status("Offline since")
    alice.say("waits")
    nodes[0].thaw()
    alice.sees_status("Connected", within=40)
    alice.sees("waits")
    alice.sees_tick("waits", "stored")


def test_the_person_can_hurry_the_next_attempt(alice, wire):
    wire.cut()
    alice.sees_status("Offline since")
    wire.mend()
    alice.page.evaluate("document.querySelector('#status-action').click()")
    alice.sees_status("Connected")


def test_a_message_that_cannot_be_sent_says_so_and_can_be_discarded(alice, bob, pair):
    bob.open(pair["conversation"])
    alice.words.fill("x" * 30_000)
    alice.words.press("Enter")
    failed = alice.page.locator(".message.failed")
    expect(failed.get_by_text("it is too long")).to_be_visible()
    alice.say("a short one")
    bob.sees("a short one")
    failed.get_by_role("button", name="Try again").click()
    expect(failed.get_by_text("it is too long")).to_be_visible()
    failed.get_by_role("button", name="Discard").click()
    alice.sees("a short one")
