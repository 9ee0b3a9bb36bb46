"""What the page shows of groups that change and of messages that are edited or recalled."""

import re
from uuid import uuid4

from playwright.sync_api import expect


def test_a_group_comes_and_changes_before_everybodys_eyes(alice, bob, pair, people):
    """Alice's calls reach Bob's page on the other node: small lines in the middle, a new title, and the end."""
    ids = people["ids"]
    group = alice.call("POST", "conversations", title="Lunch", members=[ids[pair["bob"]]])["id"]
    bob.open(group)
    bob.sees(re.compile("made the group “Lunch” with Bob"))
    alice.call("PATCH", f"conversations/{group}", title="Dinner")
    alice.call("POST", f"conversations/{group}/members", users=[ids["charlie"]])
    expect(bob.page.locator("#title")).to_have_text("Dinner")
    expect(bob.page.locator("#subtitle")).to_contain_text("3")
    expect(bob.page.locator("#messages .message.system")).to_have_count(3)
    expect(bob.page.locator("#messages .system .who").first).to_be_hidden()
    line, log = (bob.page.locator(found).bounding_box() for found in ("#messages .system >> nth=1", "#messages"))
    assert abs((line["x"] + line["width"] / 2) - (log["x"] + log["width"] / 2)) < 2, "in the middle"
    alice.call("PATCH", f"conversations/{group}/members/{ids['charlie']}", role="admin")
    expect(bob.bodies.last).to_have_text(re.compile("made Charlie an admin"))
    expect(bob.conversation(group).locator(".last")).to_have_text(re.compile("made Charlie an admin"))


def test_who_is_removed_reads_on_until_they_turn_away_and_comes_back_to_all_of_it(alice, bob, pair, people):
    id = people["ids"][pair["bob"]]
    group = alice.call("POST", "conversations", title="Lunch", members=[id])["id"]
    bob.open(group)
    alice.call("DELETE", f"conversations/{group}/members/{id}")
    over = bob.page.get_by_text("You are not in this group any more.")
    expect(over).to_be_visible()
    expect(bob.words).to_be_hidden()
    expect(bob.bodies.last).to_have_text(re.compile("removed Bob"))
    bob.open(pair["conversation"])
    expect(over).to_be_hidden()
    expect(bob.conversation(group)).to_be_hidden()
    body = {"client_id": str(uuid4()), "body": "Bob does not hear this."}
    alice.call("POST", f"conversations/{group}/messages", **body)
    alice.call("POST", f"conversations/{group}/members", users=[id])
    bob.sees_unread(group, 1)
    bob.open(group)
    bob.sees(*(re.compile(text) for text in ("made the group", "removed Bob", body["body"], "added Bob")))


def test_a_muted_conversation_is_marked_and_does_not_call(alice, bob, pair):
    bob.call("PATCH", f"conversations/{pair['conversation']}", muted=True)
    bob.page.reload()
    expect(bob.conversation(pair["conversation"]).get_by_label("muted")).to_be_visible()
    expect(alice.conversation(pair["conversation"]).get_by_label("muted")).to_be_hidden()
    alice.say("psst")
    bob.sees_unread(pair["conversation"], 1)
    expect(bob.page).to_have_title("imsite")
    expect(bob.page.locator("#announcer")).to_be_empty()


def test_an_answer_shows_what_it_answers_as_that_is_now(alice, bob, pair):
    bob.open(pair["conversation"])
    alice.say("Tea?")
    bob.sees("Tea?")
    address = f"conversations/{pair['conversation']}/messages"
    (tea,) = alice.call("GET", address)["results"]
    bob.call("POST", address, client_id=str(uuid4()), body="Yes!", reply_to=tea["id"])
    answered = alice.message("Yes!").locator(".answered")
    expect(answered).to_have_text(re.compile(r"^Alice \d+: Tea\?$"))
    alice.call("DELETE", f"messages/{tea['id']}")
    expect(answered).to_have_text(re.compile(r"^Alice \d+: This message was recalled.$"))
    alice.page.reload()
    expect(answered).to_have_text(re.compile("recalled"))


def test_an_edit_and_a_recall_are_shown_at_once_and_after_a_reload(alice, bob, pair):
    bob.open(pair["conversation"])
    alice.say("first", "second")
    bob.sees("first", "second")
    first, second = alice.call("GET", f"conversations/{pair['conversation']}/messages")["results"]
    alice.call("PATCH", f"messages/{first['id']}", body="better")
    alice.call("DELETE", f"messages/{second['id']}")
    for _ in range(2):
        for person in (alice, bob):
            person.sees("better", "This message was recalled.")
            expect(person.message("better").locator(".edited")).to_be_visible()
            expect(person.message("This message was recalled.").locator(".edited")).to_be_hidden()
        expect(bob.conversation(pair["conversation"]).locator(".last")).to_have_text("This message was recalled.")
        bob.page.reload()
