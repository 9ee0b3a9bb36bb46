"""Whatever somebody fills in stays text wherever it is shown: nothing runs, and the policy has nothing to stop."""

import json
import re
import urllib.error
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from .files import choose, payload, tray
from .payloads import PAYLOADS, Trap
from .person import Person

# Every field of the page that takes text, and by what it is told from the others.
TEXTS = "textarea, input:not([type=checkbox], [type=radio], [type=file], [type=hidden])"
WHICH = "field => field.id || field.closest('[id]:not(input)').id"


@pytest.fixture
def trapped(somebody, pair, nodes):
    """trapped("alice", conversation): signed in, with a trap, and that conversation open."""

    def trapped(role: str, *, opened: bool = True, node: int = 0) -> Person:
        person = somebody(pair[role], at=nodes[node].url)
        person.trap = Trap(person.page)
        person.come_in()
        return person.open(pair["conversation"]) if opened else person

    return trapped


@pytest.fixture
def both(trapped):
    return trapped("alice"), trapped("bob", node=1)


@pytest.fixture
def hostile(run, people):
    """People by the names of the payloads."""
    made = json.loads(run("-m", "tests.web.make_hostile"))
    people["sessions"] |= {one["username"]: one["session"] for one in made}
    return made


def are_unharmed(*people) -> None:
    for person in people:
        person.trap.is_quiet()


def write(person, conversation: int, body: str, **more) -> int:
    """By REST; the id of the message."""
    address = f"conversations/{conversation}/messages"
    return person.call("POST", address, client_id=str(uuid4()), body=body, **more)["message"]


def test_the_trap_notices_what_is_not_escaped(browser, nodes):
    """On a page of ours, put into the document as a careless page would."""
    careless = """text => {
        const box = document.createElement("div")
        box.innerHTML = `${text}<input value="${text}"><input value='${text}'><a href="${text}">x</a>`
        document.body.append(box)
    }"""
    context = browser.new_context(base_url=nodes[0].url)
    unnoticed = []
    for text in PAYLOADS:
        page = context.new_page()
        trap = Trap(page)
        page.goto("/sign-in/")
        trap.is_quiet()
        page.evaluate(careless, text)
        try:
            trap.is_quiet()
            unnoticed.append(text)
        except AssertionError:
            page.close()
    context.close()
    # These only a template engine would run, or who decodes twice.
    assert unnoticed == [text for text in PAYLOADS if text.startswith(("{{", "&lt;"))]


def test_messages_and_their_last_lines(both):
    alice, bob = both
    alice.say(*PAYLOADS)
    for person in both:
        person.sees(*PAYLOADS)
        expect(person.page.locator("#conversations .last").first).to_contain_text(PAYLOADS[-1])
    bob.page.reload()
    bob.sees(*PAYLOADS)
    are_unharmed(*both)


def test_what_is_edited(both, pair):
    alice, bob = both
    ids = [write(alice, pair["conversation"], f"plain {number}") for number in range(len(PAYLOADS))]
    bob.sees(*[f"plain {number}" for number in range(len(PAYLOADS))])
    for message, text in zip(ids[:-1], PAYLOADS[:-1], strict=True):
        alice.call("PATCH", f"messages/{message}", body=text)
    alice.sees(*PAYLOADS[:-1], f"plain {len(PAYLOADS) - 1}")
    alice.words.press("ArrowUp")
    alice.words.fill(PAYLOADS[-1])
    alice.words.press("Enter")
    for person in both:
        person.sees(*PAYLOADS)
    are_unharmed(*both)


def test_what_is_quoted(both, pair):
    alice, bob = both
    for text in PAYLOADS:
        write(bob, pair["conversation"], "Yes", reply_to=write(alice, pair["conversation"], text))
    quotes = [re.compile(rf"^Alice \d+: {re.escape(text)}$") for text in PAYLOADS]
    for person in both:
        expect(person.page.locator("#messages .answered:visible")).to_have_text(quotes)
    for text in PAYLOADS[:5]:
        bob.message(text).hover()
        bob.message(text).get_by_role("button", name="Reply").click()
        expect(bob.page.locator("#composer-context .quote")).to_have_text(text)
    are_unharmed(*both)


def test_drafts(trapped, pair):
    alice = trapped("alice")
    for text in PAYLOADS:
        alice.words.fill(text)
        alice.page.evaluate("location.hash = ''")
        expect(alice.conversation(pair["conversation"]).locator(".last")).to_contain_text(text)
        alice.open(pair["conversation"])
    alice.page.reload()
    expect(alice.words).to_have_value(PAYLOADS[-1])
    are_unharmed(alice)


def test_names_of_people_wherever_they_are_shown(trapped, hostile, somebody, nodes):
    """In the list, over messages, in what the system says, among members and readers, in mentions, found, typing."""
    alice = trapped("alice", opened=False)
    members = [one["id"] for one in hostile]
    group = alice.call("POST", "conversations", title="Zoo", members=members)["id"]
    directs = [alice.call("POST", "conversations", to=one["id"])["id"] for one in hostile]
    alice.page.reload()
    for direct, one in zip(directs, hostile, strict=True):
        expect(alice.conversation(direct).locator(".name")).to_have_text(one["name"])
    alice.open(directs[1])
    expect(alice.page.locator("#title")).to_have_text(hostile[1]["name"])
    alice.open(alice.call("POST", "conversations", title="Two", members=members[1:2])["id"])
    expect(alice.page.locator("#messages .body").first).to_contain_text(hostile[1]["name"])  # says the system
    alice.open(group)

    other = somebody(hostile[1]["username"], at=nodes[1].url)
    other.trap = Trap(other.page)
    other.come_in().open(group)
    expect(other.page.locator(".account .me")).to_have_text(hostile[1]["name"])
    other.words.press_sequentially("Hi")
    expect(alice.page.locator("#typing")).to_contain_text(hostile[1]["name"])
    other.words.fill("")
    alice.words.press_sequentially("@")
    expect(alice.page.locator("#mention-list li")).not_to_have_count(0)
    alice.words.press("Escape")
    for one in hostile:
        write(other, group, f"@{one['name']} hears", data={"mentions": [one["id"]]})
    expect(alice.page.locator("#messages .mention")).to_have_text([f"@{one['name']}" for one in hostile])
    expect(alice.page.locator("#messages .who:visible").last).to_have_text(hostile[1]["name"])
    alice.words.fill("Mine")
    alice.words.press("Enter")
    read = alice.message("Mine").locator(".tick")
    expect(read).to_have_attribute("title", f"Read by {hostile[1]['name']}")
    alice.page.get_by_role("button", name="Members and settings").click()
    expect(alice.page.locator("#group-members .member")).to_have_count(len(hostile) + 1)
    names = alice.page.locator("#group-members .name").all_inner_texts()
    assert {one["name"] for one in hostile} <= {name.strip() for name in names}, names
    alice.page.keyboard.press("Escape")
    alice.page.locator("#search").fill("hostile")
    expect(alice.page.get_by_role("group", name="People", exact=True)).to_be_visible()
    other.page.goto("/settings/")
    expect(other.page.get_by_label("Name that others see")).to_have_value(hostile[1]["name"])
    are_unharmed(alice, other)


def test_titles_of_groups(both, pair, people):
    alice, bob = both
    bob_id = people["ids"][pair["bob"]]
    groups = [alice.call("POST", "conversations", title=text, members=[bob_id])["id"] for text in PAYLOADS]
    for person in both:
        for group, text in zip(groups, PAYLOADS, strict=True):
            expect(person.conversation(group).locator(".name")).to_have_text(text)
    bob.open(groups[0])
    alice.call("PATCH", f"conversations/{groups[0]}", title=PAYLOADS[1])
    expect(bob.page.locator("#title")).to_have_text(PAYLOADS[1])
    expect(bob.bodies.last).to_contain_text(PAYLOADS[1])
    bob.page.get_by_role("button", name="Members and settings").click()
    expect(bob.page.locator("#group-panel-title")).to_have_text(PAYLOADS[1])
    are_unharmed(*both)


def test_what_is_filled_into_dialogs(both, hostile):
    """Titles by the hand of a person, whom one looks for, and the emoji."""
    alice, _ = both
    page, filled = alice.page, {"words", "search"}

    def fill(field, text):
        field.fill(text)
        filled.add(field.evaluate(WHICH))

    new = page.get_by_role("dialog", name="New conversation")
    panel = page.locator("#group-panel")
    for text in PAYLOADS[:3]:
        page.get_by_role("button", name="New conversation").click()
        fill(new.get_by_role("combobox"), text)
        for one in hostile[:2]:
            fill(new.get_by_role("combobox"), one["username"])
            new.get_by_role("option").filter(has_text=one["name"]).first.click()
            expect(new.locator(".chosen-people")).to_contain_text(one["name"])
        fill(new.locator("#new-title"), text)
        new.get_by_role("button", name="Make the group").click()
        expect(page.locator("#title")).to_have_text(text)
    page.get_by_role("button", name="Members and settings").click()
    for text in PAYLOADS:
        fill(panel.locator("#group-title"), text)
        panel.get_by_role("button", name="Rename").click()
        expect(panel.locator("#group-panel-title")).to_have_text(text)
        fill(panel.get_by_role("combobox"), text)
    panel.get_by_role("button", name="Close").click()
    page.locator("#emoji-button").click()
    for text in PAYLOADS:
        fill(page.get_by_role("searchbox", name="Search emoji"), text)
    are_unharmed(*both)
    assert set(page.locator(TEXTS).evaluate_all(f"fields => fields.map({WHICH})")) == filled


def test_what_is_searched_and_what_is_found(both, pair):
    alice, bob = both
    alice.say(*PAYLOADS)
    bob.sees(*PAYLOADS)
    search = bob.page.locator("#search")
    for text in ("hurt", "onerror", *PAYLOADS):
        search.fill(text)
        expect(bob.page.locator("#search-results:visible, #search-note:visible").first).to_be_visible()
    search.fill("window.hurt")
    found = bob.page.get_by_role("group", name="Messages", exact=True).get_by_role("option")
    expect(found.first).to_contain_text("window.hurt")
    are_unharmed(*both)


def test_names_of_files(both, pair):
    """Without slashes: of a path only the last part is a name."""
    alice, bob = both
    hostile = [text.replace("/", " ") for text in PAYLOADS]
    for some in (hostile[:10], hostile[10:]):
        choose(alice, *[payload(name, "text/plain", b"x") for name in some])
        expect(alice.page.locator("#attach-tray li[data-state=ready]")).to_have_count(len(some))
        are_unharmed(alice)
        alice.words.press("Enter")
        expect(tray(alice)).to_have_count(0)
    for person in both:
        expect(person.page.locator("#messages .file")).to_have_count(len(PAYLOADS))
    messages = bob.call("GET", f"conversations/{pair['conversation']}/messages")["results"]
    names = [one["name"] for message in messages for one in message["data"]["attachments"]]
    expect(bob.page.locator("#messages .file .name")).to_have_text(names)
    assert names == hostile
    are_unharmed(*both)


def test_notifications(trapped, notify):
    bob = trapped("bob", opened=False)
    for text in PAYLOADS:
        notify(bob.name, title=text, body=text, data={"text": text, text: 1}, url="/?a=" + re.sub(r"\s", "", text))
    for text in ("javascript:window.hurt=1", "data:text/html,x", "//example.org", "\tjavascript:alert(1)"):
        with pytest.raises(urllib.error.HTTPError, match="400"):
            notify(bob.name, url=text)
    bob.page.locator("#bell").click()
    for part in (".title", ".body"):
        expect(bob.page.locator(f"#notifications {part}")).to_have_text(PAYLOADS[::-1])
    are_unharmed(bob)


def test_the_admin_works_with_the_policy(somebody, nodes, hostile, trapped, pair):
    """And shows as text what people wrote. Its pages have data in scripts, so only what ran or was stopped counts."""
    write(trapped("alice"), pair["conversation"], PAYLOADS[1])
    admin = somebody("admin", at=nodes[1].url)
    admin.trap = Trap(admin.page)
    admin.come_in()
    pages = ["", "user/", f"user/{hostile[1]['id']}/change/", "user/add/", "conversation/", "token/add/", "message/"]
    for page in pages:
        admin.page.goto(f"/admin/messages_store/{page}")
        expect(admin.page.locator("#content")).to_be_visible()
        assert not admin.trap.sprung, (page, admin.trap.sprung)


def fills_in(person, path: str, **fields) -> None:
    """A form that is sent as it is filled in, whatever the browser would say to that."""
    person.page.goto(path)
    form = person.page.locator(f"form:has([name={next(iter(fields))}])")
    form.evaluate("form => { form.noValidate = true }")
    for name, text in fields.items():
        field = form.locator(f"[name={name}]")
        field.evaluate("field => { if (field.type === 'time' || field.type === 'email') field.type = 'text' }")
        field.fill(text)
    with person.page.expect_navigation():
        form.evaluate("form => form.requestSubmit()")
    for name, text in fields.items():
        if "password" not in name:
            expect(person.page.locator(f"form [name={name}]")).to_have_attribute("value", text)


def test_who_signs_in_or_up(somebody, nodes):
    """No username is a payload; what was refused is shown again."""
    visitor = somebody("visitor", at=nodes[0].url)
    visitor.trap = Trap(visitor.page)
    for text in PAYLOADS[::2]:
        fills_in(visitor, "/sign-up/", username=text, display_name=text, email=text, password1="x", password2="y")
        expect(visitor.page.get_by_role("alert").or_(visitor.page.locator(".errorlist")).first).to_be_visible()
        are_unharmed(visitor)
    for text in PAYLOADS[:6]:
        fills_in(visitor, "/sign-in/", username=text, password="x")
        are_unharmed(visitor)
    fills_in(visitor, "/password/", email=PAYLOADS[0])
    for text in PAYLOADS[:8]:
        visitor.page.goto("/sign-in/?next=" + text)
        are_unharmed(visitor)


def test_the_settings(trapped):
    alice = trapped("alice", opened=False)
    for text in PAYLOADS[::3]:
        fills_in(alice, "/settings/", display_name=text)
        expect(alice.page.locator("header .me")).to_have_text(text)
        are_unharmed(alice)
    for text in PAYLOADS[::3]:
        fills_in(alice, "/settings/", quiet_from=text, quiet_until=text)
        fills_in(alice, "/settings/", email=text, password="x")
        are_unharmed(alice)
