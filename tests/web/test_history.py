"""A long history: what is in the document stays little, and what one reads stays where it is."""

import re

import pytest
from playwright.sync_api import expect

MOST = 200  # messages in the document, as in span.js

# Scroll up until `want` messages went by, and look for each step whether the message in the middle stayed where it was
# while more were put above it: [how far it moved, in px …], and the most messages that were in the document.
SCROLL_UP = """async (want) => {
    const log = document.querySelector("#log"), list = document.querySelector("#messages")
    const messages = () => [...list.querySelectorAll(".message")]
    const number = () => Number(/message (\\d+)/.exec(list.textContent)[1])
    const first = number(), moved = []
    let most = 0
    while (first - number() < want) {
        log.scrollTop -= 250
        const middle = log.getBoundingClientRect().top + log.clientHeight / 2
        const read = messages().find((element) => element.getBoundingClientRect().bottom > middle)
        const before = read.getBoundingClientRect().top
        for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame)
        moved.push(Math.abs(read.getBoundingClientRect().top - before))
        most = Math.max(most, messages().length)
    }
    return { worst: Math.max(...moved), most, steps: moved.length }
}"""

SCROLL_DOWN = """async (text) => {
    const log = document.querySelector("#log")
    while (!log.textContent.includes(text)) {
        log.scrollTop = log.scrollHeight
        await new Promise(requestAnimationFrame)
    }
}"""


@pytest.fixture
def long(pair, run):
    """The pair, with 10,000 messages by Alice that Bob has not read."""
    run("-m", "tests.web.make_history", pair["alice"], str(pair["conversation"]), "10000")
    return pair


def test_ten_thousand_messages_little_of_it_in_the_document_and_nothing_jumps(long, somebody, nodes):
    bob = somebody(long["bob"], at=nodes[1].url).come_in().open(long["conversation"])
    messages = bob.page.locator("#messages .message")
    expect(bob.bodies.last).to_have_text(re.compile("^message 10000"))
    expect(bob.bodies.last).to_be_in_viewport()
    found = bob.page.evaluate(SCROLL_UP, 1_000)
    assert found["worst"] < 1.5, found
    assert found["most"] <= MOST

    bob.page.get_by_role("button", name="new messages").click()  # it says how many; the line stands above the first
    expect(bob.page.locator(".new-line")).to_be_in_viewport()
    expect(bob.bodies.first).to_have_text(re.compile("^message 1 "))
    bob.page.evaluate(SCROLL_DOWN, "message 300 ")  # over what is known and what is fetched
    assert messages.count() <= MOST

    bob.page.goto(f"{nodes[1].url}/#c{long['conversation']}/5000")
    expect(bob.page.locator(".message:focus .body")).to_have_text(re.compile("^message 5000"))
    expect(bob.page.locator(".message:focus")).to_be_in_viewport()
    assert messages.count() <= MOST
    bob.page.get_by_role("button", name="Go to the latest message").click()
    expect(bob.bodies.last).to_have_text(re.compile("^message 10000"))
    expect(bob.bodies.last).to_be_in_viewport()
    bob.sees_unread(long["conversation"], 0)


def test_what_is_said_while_one_looks_at_old_messages_is_there_when_one_comes_back(pair, run, somebody, nodes):
    run("-m", "tests.web.make_history", pair["alice"], str(pair["conversation"]), "200")
    bob = somebody(pair["bob"], at=nodes[1].url).come_in().open(pair["conversation"])
    expect(bob.bodies.last).to_be_in_viewport()
    bob.sees_unread(pair["conversation"], 0)
    alice = somebody(pair["alice"], at=nodes[0].url).come_in().open(pair["conversation"])
    bob.page.goto(f"{nodes[1].url}/#c{pair['conversation']}/10")
    old = bob.page.locator(".message:focus")
    expect(old.locator(".body")).to_have_text(re.compile("^message 10 "))
    expect(old).to_be_in_viewport()
    before = old.bounding_box()["y"]
    alice.say("news")
    bob.sees_unread(pair["conversation"], 1)
    assert abs(old.bounding_box()["y"] - before) < 1
    assert bob.message("news").count() == 0
    bob.page.get_by_role("button", name="Go to the latest message").click()
    expect(bob.message("news")).to_be_in_viewport()
    expect(bob.page.locator(".new-line + .message .body")).to_have_text("news")
    bob.sees_unread(pair["conversation"], 0)


def test_what_one_reads_stays_though_something_above_it_grows(alice, bob, pair):
    """As a picture does when it has loaded."""
    alice.say(*(f"message {number}" for number in range(1, 31)))
    alice.sees_tick("message 30", "sent")
    bob.open(pair["conversation"])
    expect(bob.page.locator(".new-line")).to_be_in_viewport()
    grow = """([text, height]) => {
        const all = [...document.querySelectorAll("#messages .message")]
        all.find((element) => element.querySelector(".body").textContent === text).style.minHeight = height
    }"""
    frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    bob.page.locator("#log").evaluate("log => { log.scrollTop = 400 }")
    bob.page.evaluate(frames)
    read = bob.page.evaluate("""() => {
        const { top } = document.querySelector("#log").getBoundingClientRect()
        const bodies = [...document.querySelectorAll("#messages .body")]
        return bodies.find((body) => body.getBoundingClientRect().top > top + 40).textContent
    }""")
    before = bob.message(read).bounding_box()["y"]
    bob.page.evaluate(grow, ["message 2", "300px"])
    bob.page.evaluate(frames)
    assert abs(bob.message(read).bounding_box()["y"] - before) < 1.5
    bob.page.get_by_role("button", name="Go to the latest message").click()
    expect(bob.message("message 30")).to_be_in_viewport()
    bob.page.evaluate(grow, ["message 29", "400px"])  # at the end one stays at the end
    bob.page.evaluate(frames)
    expect(bob.message("message 30")).to_be_in_viewport()


def test_a_conversation_is_opened_where_one_has_read_up_to(alice, bob, pair):
    alice.say(*(f"message {number}" for number in range(1, 31)))
    alice.sees_tick("message 30", "sent")
    bob.open(pair["conversation"])
    expect(bob.page.locator(".new-line")).to_be_in_viewport()
    expect(bob.page.locator(".new-line + .message .body")).to_have_text("message 1")
    expect(bob.message("message 30")).not_to_be_in_viewport()
    expect(bob.conversation(pair["conversation"]).locator(".count")).to_have_text(re.compile(r"^[12]\d$"))
    bob.page.get_by_role("button", name="Go to the latest message").click()
    bob.sees_unread(pair["conversation"], 0)
    bob.say("I have read it")
    expect(bob.page.locator(".new-line")).to_have_count(0)


def test_one_is_led_to_where_one_is_mentioned(alice, bob, pair, people):
    id = people["ids"][pair["bob"]]
    group = alice.call("POST", "conversations", title="Lunch", members=[id])["id"]
    name = alice.call("GET", f"conversations/{group}")["members"][1]["name"]
    alice.open(group).say(
        *(f"message {number}" for number in range(1, 16)), f"@{name}?", *(f"after {n}" for n in range(30))
    )
    row = bob.conversation(group)
    expect(row.locator(".badge .count")).to_have_text("46")  # without what the system said
    expect(row.get_by_text("1 message mentions you")).to_have_count(1)
    bob.open(group)
    leads = bob.page.get_by_role("button", name="Go to where you are mentioned")
    leads.click()
    expect(bob.message(f"@{name}?")).to_be_in_viewport()
    expect(bob.message(f"@{name}?")).to_be_focused()
    expect(leads).to_be_hidden()  # it has been seen


def test_a_message_that_is_not_kept_is_looked_for_in_vain_and_said_so(alice, pair):
    alice.say("only this")
    alice.page.goto(f"{alice.page.url.split('#')[0]}#c{pair['conversation']}/77")
    expect(alice.page.locator("#announcer p").last).to_have_text("This message is not kept any more.")
    alice.sees("only this")


def test_a_link_to_a_message_leads_there_each_time(pair, run, somebody, nodes):
    run("-m", "tests.web.make_history", pair["alice"], str(pair["conversation"]), "60")
    bob = somebody(pair["bob"], at=nodes[1].url).come_in().open(pair["conversation"])
    bob.say(f"See {nodes[1].url}/#c{pair['conversation']}/20")
    link = bob.page.locator("#messages .body a")
    for _ in range(2):
        link.click()
        expect(bob.page.locator(".message:focus .body")).to_have_text(re.compile("^message 20 "))
        expect(bob.page.locator(".message:focus")).to_be_in_viewport()
        assert len(bob.context.pages) == 1
        bob.page.get_by_role("button", name="Go to the latest message").click()
        expect(link).to_be_in_viewport()
