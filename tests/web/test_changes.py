"""What the page shows of groups that change and of messages that are edited or recalled."""

import re

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
    alice.call("DELETE", f"conversations/{group}/members/{ids[pair['bob']]}")
    expect(bob.bodies.last).to_have_text(re.compile("removed Bob"))
    alice.call("POST", f"conversations/{group}/members", users=[ids[pair["bob"]]])
    expect(bob.bodies.last).to_have_text(re.compile("added Bob"))


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
