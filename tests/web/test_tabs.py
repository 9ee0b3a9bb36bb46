"""Several tabs of one browser, and what they keep when there is no connection."""

import json
import re
from collections import Counter
from datetime import UTC, datetime
from uuid import uuid4

from playwright.sync_api import expect

from .offline import come_back, go_offline, keeps, keeps_nothing
from .person import Person
from .test_loading import ALL_KEPT


class Sent:
    """The messages that pages of one browser have put on the wire, from now on, each as often as it was."""

    def __init__(self, *people: Person):
        self.bodies: list[str] = []
        for person in people:
            person.page.on("websocket", self._watch)
            person.page.reload()
            person.sees_status("Connected")

    def _watch(self, socket) -> None:
        socket.on("framesent", self._heard)

    def _heard(self, text: str) -> None:
        frame = json.loads(text)
        if frame["type"] == "send":
            self.bodies.append(frame["body"])

    @property
    def twice(self) -> list[str]:
        return [body for body, times in Counter(self.bodies).items() if times > 1]


def test_two_tabs_write_by_turns(alice, bob, pair, another_tab):
    """Each message goes over the wire once, in order, and both tabs show it. A turn ends when the other has seen it."""
    bob.open(pair["conversation"])
    second = another_tab(alice, pair["conversation"])
    sent = Sent(alice, second)
    texts = [f"message {number}" for number in range(10)]
    tabs = (alice, second)
    for number, text in enumerate(texts):
        tabs[number % 2].say(text)
        tabs[(number + 1) % 2].sees(*texts[: number + 1])
    for person in (bob, *tabs):
        person.sees(*texts)
    assert sent.bodies == texts


def test_what_was_written_offline_is_kept_and_sent_once_after_a_reload(alice, bob, pair, wire, nodes):
    bob.open(pair["conversation"])
    sent = Sent(alice)
    go_offline(alice, wire)
    alice.say("one", "two", "three")
    alice.sees_tick("three", "waiting")
    keeps(alice, "one", "two", "three")
    assert alice.page.evaluate("localStorage.length") == 1  # the device's name
    alice.page.goto("about:blank")  # before there is a connection: nothing was sent by the page that wrote it
    wire.mend()
    alice.context.set_offline(False)
    alice.page.goto(f"/#c{pair['conversation']}")
    bob.sees("one", "two", "three")
    alice.sees("one", "two", "three")
    assert sent.twice == []
    keeps_nothing(alice)


IS_KEPT = "async (id) => await caches.match(`/kept-conversations/${id}`) !== undefined"


def test_a_page_that_is_opened_without_a_network_has_somewhere_to_write(alice, bob, pair, people, wire):
    """It shows what waits, and nothing that was said; and whoever signs out leaves nothing of it."""
    me = people["ids"][pair["alice"]]
    bob.open(pair["conversation"])
    alice.say("before")
    bob.sees("before")
    alice.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    alice.page.reload()  # now by the worker
    alice.sees("before")
    alice.page.wait_for_function(IS_KEPT, arg=me)
    alice.page.wait_for_function(ALL_KEPT)
    go_offline(alice, wire)
    alice.say("written offline")
    keeps(alice, "written offline")
    alice.page.reload()
    alice.sees_status("Offline since")
    alice.sees("written offline")
    expect(alice.page.locator("#title")).to_have_text(bob.page.locator(".me").text_content())
    alice.say("and after the reload")
    keeps(alice, "written offline", "and after the reload")
    alice.page.goto("/")
    expect(alice.conversation(pair["conversation"])).to_contain_text("Not sent yet: and after the reload")
    alice.open(pair["conversation"]).sees("written offline", "and after the reload")
    come_back(alice, wire)
    for person in (alice, bob):
        person.sees("before", "written offline", "and after the reload")
    keeps_nothing(alice)
    alice.page.get_by_role("button", name="Sign out").click()
    expect(alice.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert not alice.page.evaluate(IS_KEPT, me)


VERSION_1 = """(draft) => new Promise((resolve, reject) => {
    const opening = indexedDB.open("imsite", 1)
    opening.onerror = () => reject(opening.error)
    opening.onupgradeneeded = () => {
        const drafts = opening.result.createObjectStore("drafts", { keyPath: "order", autoIncrement: true })
        drafts.createIndex("user and client_id", ["user", "client_id"], { unique: true })
        opening.result.createObjectStore("claims")
    }
    opening.onsuccess = () => {
        const writing = opening.result.transaction("drafts", "readwrite")
        writing.objectStore("drafts").add(draft)
        writing.oncomplete = () => { opening.result.close(); resolve() }
    }
})"""


def test_what_an_earlier_version_left_in_the_browser_is_sent(somebody, bob, pair, nodes):
    """Its IndexedDB had no place for files yet."""
    bob.open(pair["conversation"])
    alice = somebody(pair["alice"], at=nodes[0].url)
    me = somebody(pair["alice"], at=nodes[0].url).come_in().call("GET", "me")["id"]
    alice.page.goto("/static/chat/favicon.svg")
    draft = {"user": me, "client_id": str(uuid4()), "conversation": pair["conversation"], "body": "from before"}
    alice.page.evaluate(VERSION_1, draft | {"created_at": datetime.now(UTC).isoformat()})
    alice.come_in()
    bob.sees("from before")
    keeps_nothing(alice)


def test_a_tab_that_is_closed_while_offline_loses_nothing(alice, bob, pair, wire, another_tab):
    """Another one sends what it wrote, before what was written later."""
    bob.open(pair["conversation"])
    second = another_tab(alice, pair["conversation"])
    go_offline(alice, wire)
    second.sees_status("Offline since")
    alice.say("from the first")
    second.sees("from the first")
    second.say("from the second")
    alice.page.close()
    come_back(second, wire)
    for person in (bob, second):
        person.sees("from the first", "from the second")
    keeps_nothing(second)


def test_offline_for_a_minute_with_fifty_messages_each_way(alice, bob, pair, wire):
    """Both sides are complete and in order, and nothing was sent twice."""
    bob.open(pair["conversation"])
    sent = Sent(alice)
    alice.say("before")
    bob.sees("before")
    go_offline(alice, wire)
    since = alice.page.evaluate("performance.now()")
    theirs, ours = ([f"{name} {number}" for number in range(50)] for name in ("bob", "alice"))
    for one, other in zip(theirs, ours, strict=True):
        bob.say(one)
        alice.say(other)
    bob.sees_tick("bob 49", "stored")
    alice.page.wait_for_function("since => performance.now() - since >= 60_000", arg=since, timeout=70_000)
    alice.sees_tick("alice 49", "waiting")
    come_back(alice, wire)
    texts = ["before", *theirs, *ours]
    alice.sees(*texts, within=30)
    bob.sees(*texts, within=30)
    alice.sees_tick("alice 49", "read")  # or he would come to what is new
    bob.page.reload()
    expect(bob.bodies).to_have_text(texts[-50:])
    bob.scroll_back_to("before")
    bob.sees(*texts)
    assert sent.bodies == ["before", *ours]


def test_what_is_begun_is_the_same_in_both_tabs_and_sent_once(alice, bob, pair, another_tab):
    bob.open(pair["conversation"])
    alice.words.fill("half")
    second = another_tab(alice, pair["conversation"])
    expect(second.words).to_have_value("half")
    alice.words.fill("half and half")
    expect(second.words).to_have_value("half and half")
    alice.words.press("Enter")
    expect(second.words).to_have_value("")
    second.words.press("Enter")
    second.say("and more")
    bob.sees("half and half", "and more")


def test_what_is_begun_in_one_tab_is_a_draft_in_the_list_of_another_that_has_opened_nothing(alice, pair, another_tab):
    second = another_tab(alice)
    alice.words.fill("half a thou")
    line = second.conversation(pair["conversation"]).locator(".last")
    expect(line).to_have_text("Draft: half a thou")
    alice.words.fill("")
    expect(line).not_to_contain_text("Draft")


def test_whom_one_tab_picked_by_name_is_meant_where_another_one_sends_it(alice, bob, pair, people, another_tab):
    bobs = [people["ids"][pair["bob"]], people["ids"]["charlie"]]
    group = alice.call("POST", "conversations", title="Lunch", members=bobs)["id"]
    alice.open(group)
    second = another_tab(alice, group)
    alice.words.press_sequentially("Lunch, @bo")
    expect(alice.page.get_by_role("option")).to_have_count(1)
    alice.words.press("Enter")
    expect(second.words).to_have_value(re.compile(r"^Lunch, @Bob \d+ $"))
    second.words.press_sequentially("?")
    key = f"imsite.unfinished.{people['ids'][pair['alice']]}.{group}"
    begun = second.page.evaluate("key => JSON.parse(localStorage.getItem(key))", key)
    assert begun["body"].endswith(" ?")
    assert [person["id"] for person in begun["called"]] == bobs[:1]


def test_what_is_changed_in_one_tab_stays_though_another_sends_what_was_begun(alice, pair, another_tab):
    alice.say("Helo")
    alice.sees_tick("Helo", "stored")
    alice.words.fill("half")
    second = another_tab(alice, pair["conversation"])
    expect(second.words).to_have_value("half")
    alice.words.fill("")
    expect(second.words).to_have_value("")
    alice.words.press("ArrowUp")
    expect(alice.words).to_have_value("Helo")
    second.say("sent by the other")
    alice.sees("Helo", "sent by the other")
    expect(alice.words).to_have_value("Helo")
    alice.words.press("Escape")
    expect(alice.words).to_have_value("")


def test_what_is_read_in_one_tab_while_offline_is_read_in_the_other(alice, bob, pair, wire, another_tab):
    """And if that one is closed before it is back, the other one tells the server."""
    alice.page.go_back()
    second = another_tab(alice)
    bob.open(pair["conversation"]).say("Hello")
    for tab in (alice, second):
        tab.sees_unread(pair["conversation"], 1)
    go_offline(alice, wire)
    alice.page.bring_to_front()
    alice.open(pair["conversation"])
    second.sees_unread(pair["conversation"], 0)
    alice.page.close()
    come_back(second, wire)
    bob.sees_tick("Hello", "read")


def test_a_page_that_may_keep_nothing_says_so(somebody, pair, wire, bob):
    bob.open(pair["conversation"])
    alice = somebody(pair["alice"], at=wire.url)
    alice.page.add_init_script("Object.defineProperty(window, 'indexedDB', { get() { throw new Error('forbidden') } })")
    alice.come_in().open(pair["conversation"])
    alice.say("live")
    bob.sees("live")
    go_offline(alice, wire)
    alice.sees_status("What you write is lost if you close this page")
    alice.say("kept by the page")
    come_back(alice, wire)
    bob.sees("live", "kept by the page")


def test_drafts_of_the_first_version_are_sent_once(alice, bob, pair, people):
    bob.open(pair["conversation"])
    alice.page.evaluate(
        """([me, conversation]) => {
            for (const [order, body] of [[2, "second"], [1, "first"]]) {
                const client_id = crypto.randomUUID(), created_at = new Date().toJSON()
                const draft = { client_id, conversation, body, order, created_at }
                localStorage.setItem(`imsite.outbox.${me}.${client_id}`, JSON.stringify(draft))
            }
        }""",
        [people["ids"][pair["alice"]], pair["conversation"]],
    )
    alice.page.reload()
    bob.sees("first", "second")
    assert alice.page.evaluate("Object.keys(localStorage)") == ["imsite.device"]
    alice.page.reload()
    alice.sees("first", "second")
    bob.sees("first", "second")
