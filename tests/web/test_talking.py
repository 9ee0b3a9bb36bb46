"""Two people on two nodes."""

import re

from playwright.sync_api import expect

PAYLOADS = [
    "<img src=x onerror=\"window.hurt = 'img'\">",
    "<script>window.hurt = 'script'</script>",
    '"><svg onload="window.hurt = \'svg\'">',
    "javascript:window.hurt='url' {{constructor.constructor('window.hurt=1')()}} ${window.hurt=1}",
    "&lt;b&gt; &amp; </template></p></script><b>bold</b>",
]


def test_they_talk_both_ways(alice, bob, pair):
    bob.open(pair["conversation"])
    alice.say("Hello Bob")
    bob.sees("Hello Bob")
    bob.say("Hello Alice", "How are you?")
    alice.sees("Hello Bob", "Hello Alice", "How are you?")
    bob.sees("Hello Bob", "Hello Alice", "How are you?")


def test_ticks_tell_what_became_of_a_message(alice, bob, pair):
    alice.say("Hello")
    alice.sees_tick("Hello", "sent")  # Bob's page has it, Bob has not looked
    bob.open(pair["conversation"])
    alice.sees_tick("Hello", "read")


def test_what_waited_for_somebody_is_sent_when_they_come(alice, pair, somebody, nodes):
    """The page takes its state by REST, and acknowledges what that state holds."""
    alice.say("one", "two")
    alice.sees_tick("two", "stored")
    somebody(pair["bob"], at=nodes[1].url).come_in()
    alice.sees_tick("two", "sent")


def test_unread_messages_are_counted_until_they_are_seen(alice, bob, pair):
    alice.say("one", "two", "three")
    bob.sees_unread(pair["conversation"], 3)
    expect(bob.page).to_have_title(re.compile(r"^\(3\)"))
    bob.open(pair["conversation"])
    bob.sees("one", "two", "three")
    bob.sees_unread(pair["conversation"], 0)
    alice.sees_tick("three", "read")
    bob.page.reload()
    bob.sees_unread(pair["conversation"], 0)
    expect(bob.page).not_to_have_title(re.compile(r"^\("))


def test_what_is_read_on_one_device_is_read_on_the_other(alice, bob, pair, somebody, nodes):
    phone = somebody(pair["bob"], at=nodes[0].url).come_in()
    alice.say("Hello")
    bob.sees_unread(pair["conversation"], 1)
    phone.sees_unread(pair["conversation"], 1)
    phone.open(pair["conversation"])
    bob.page.reload()
    bob.sees_unread(pair["conversation"], 0)


def test_what_is_read_while_a_page_opens_is_read_there(alice, bob, pair, somebody, nodes):
    """The list was fetched before, and the socket is not there yet to tell of it."""
    phone = somebody(pair["bob"], at=nodes[0].url).come_in()
    alice.say("Hello")
    bob.sees_unread(pair["conversation"], 1)
    phone.sees_unread(pair["conversation"], 1)

    def old_list(route):
        before = route.fetch()
        assert before.json()["results"][0]["read_number"] == 0
        phone.open(pair["conversation"])
        alice.sees_tick("Hello", "read")
        route.fulfill(response=before)

    bob.page.route("**/conversations?**", old_list, times=1)
    bob.page.reload()
    bob.sees_status("Connected")
    bob.sees_unread(pair["conversation"], 0)


def test_what_one_writes_is_on_ones_other_devices(alice, pair, somebody, nodes):
    phone = somebody(pair["alice"], at=nodes[1].url).come_in().open(pair["conversation"])
    alice.say("from the desk")
    phone.sees("from the desk")
    phone.say("from the sofa")
    alice.sees("from the desk", "from the sofa")
    expect(alice.page.locator(".message.own")).to_have_count(2)


def test_a_message_is_text_whatever_it_holds(alice, bob, pair):
    bob.open(pair["conversation"])
    alice.say(*PAYLOADS)
    alice.sees(*PAYLOADS)
    bob.sees(*PAYLOADS)
    for person in (alice, bob):
        assert person.page.evaluate("window.hurt") is None
        assert person.page.locator("#messages :is(img, script, b), #conversations :is(img, script, b)").count() == 0


def test_several_lines_and_other_scripts_stay_as_they_are(alice, bob, pair):
    bob.open(pair["conversation"])
    alice.words.press_sequentially("first")
    alice.words.press("Shift+Enter")
    alice.words.press_sequentially("  second 你好 😀 שלום")
    alice.words.press("Enter")
    expect(bob.bodies).to_have_count(1)
    assert bob.bodies.inner_text() == "first\n  second 你好 😀 שלום"


def test_older_messages_come_when_one_scrolls_up(somebody, people, nodes):
    """And what one reads stays where it is."""
    texts = [f"message {number}" for number in range(1, 121)]
    talkative = people["talkative"]
    bob = somebody(talkative["bob"], at=nodes[1].url).come_in()
    bob.sees_unread(talkative["conversation"], 120)
    bob.open(talkative["conversation"])
    expect(bob.bodies).to_have_text(texts[70:])
    expect(bob.message(texts[-1])).to_be_in_viewport()
    log = bob.page.locator("#log")
    log.evaluate("log => { log.scrollTop = 200 }")
    before = bob.message("message 75").bounding_box()["y"]
    expect(bob.bodies).to_have_text(texts[20:])
    assert abs(bob.message("message 75").bounding_box()["y"] - before) < 2
    log.evaluate("log => { log.scrollTop = 0 }")
    expect(bob.bodies).to_have_text(texts)


def test_who_reads_older_messages_is_not_moved_by_new_ones(alice, bob, pair):
    alice.say(*(f"message {number}" for number in range(1, 31)))
    alice.sees_tick("message 30", "sent")
    bob.open(pair["conversation"])
    latest = bob.page.get_by_role("button", name="Go to the latest message")
    latest.click()
    bob.sees_unread(pair["conversation"], 0)
    bob.page.locator("#log").evaluate("log => { log.scrollTop = 0 }")
    expect(latest).to_be_visible()
    before = bob.message("message 3").bounding_box()["y"]
    alice.say("news")
    bob.sees_unread(pair["conversation"], 1)
    assert bob.message("message 3").bounding_box()["y"] == before
    latest.click()
    expect(bob.message("news")).to_be_in_viewport()
    bob.sees_unread(pair["conversation"], 0)


def test_the_list_says_who_spoke_last(alice, bob, pair):
    alice.say("the last word")
    expect(bob.conversation(pair["conversation"]).locator(".last")).to_have_text("the last word")
    expect(alice.conversation(pair["conversation"]).locator(".last")).to_have_text("You: the last word")


def test_back_and_the_address_lead_to_conversations(alice, pair):
    assert alice.page.url.endswith(f"#c{pair['conversation']}")
    alice.page.go_back()
    expect(alice.words).to_be_hidden()
    alice.page.go_forward()
    expect(alice.words).to_be_visible()


def test_somebody_elses_conversation_cannot_be_opened(alice, bob, pair, somebody, nodes):
    alice.say("secret")
    charlie = somebody("charlie", at=nodes[0].url).come_in()
    charlie.page.goto(f"/#c{pair['conversation']}")
    charlie.page.wait_for_url("**/#")
    expect(charlie.words).to_be_hidden()
    assert "secret" not in charlie.page.content()


def test_a_conversation_that_begins_under_the_page_appears(somebody, people, pair, nodes):
    bob = somebody(pair["bob"], at=nodes[1].url).come_in()
    charlie = somebody("charlie", at=nodes[0].url).come_in()
    charlie.page.evaluate(
        """async ([url, to]) => {
            const { connect } = await import("/static/chat/client/client.js")
            const { id } = await (await fetch("/api/v1/me")).json()
            const { epoch, head } = await (await fetch("/api/v1/inbox?limit=0")).json()
            const load = async () => ({ epoch, seq: head })
            const storage = window.sessionStorage
            window.other = connect({ url, user: id, load, storage, device: { id: "test", kind: "web" } })
            window.other.send({ to, body: "Hello, I am new here" })
            window.other.send({ to, body: "Do we know each other?" })
        }""",
        [nodes[0].ws_url, people["ids"][pair["bob"]]],
    )
    item = bob.page.locator("#conversations a", has_text="Charlie")
    expect(item.locator(".count")).to_have_text("2")
    item.click()
    bob.sees("Hello, I am new here", "Do we know each other?")
    bob.say("Now we do.")
    expect(charlie.page.locator("#conversations a", has_text="Now we do.")).to_be_visible()


def test_a_screen_reader_is_told_each_sentence_though_it_is_the_same_one_again(alice, bob):
    """Each is an element of its own in the live region, which goes when it was said."""
    alice.say("Hello", "Hello", "there")
    told = bob.page.locator("#announcer p")
    said = [f"{alice.page.locator('.me').text_content()}: {text}" for text in ("Hello", "Hello", "there")]
    expect(told).to_have_text(said)
    expect(told).to_have_count(0, timeout=30_000)
