"""What axe-core finds wrong with the screens of the left pane: nothing, in both themes and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def violations(person) -> list[str]:
    """What is wrong, and where."""
    found = Axe().run(person.page).response["violations"]
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]


@pytest.fixture(params=["light", "dark"])
def theme(request):
    return request.param


@pytest.fixture(params=["desktop", "phone"])
def alices(request, somebody, pair, people, nodes, theme):
    """Alice with a group that is pinned and muted, a draft, something unread, and Bob online."""
    options = PHONE if request.param == "phone" else {}
    bob = somebody(pair["bob"], at=nodes[1].url).come_in()
    alice = somebody(pair["alice"], at=nodes[0].url, color_scheme=theme, **options).come_in()
    ids = people["ids"]
    group = alice.call("POST", "conversations", title="Garden", members=[ids[pair["bob"]], ids["charlie"]])["id"]
    alice.call("PATCH", f"conversations/{group}", muted=True, pinned=True)
    bob.open(pair["conversation"]).say("The harvest is in")
    alice.page.reload()
    alice.sees_unread(pair["conversation"], 1)
    expect(alice.page.locator(".presence[data-presence=online]").first).to_be_visible()
    alice.group = group
    return alice


def test_the_list_and_its_menu(alices, pair):
    assert violations(alices) == []
    entry = alices.page.locator(f"#conversations li:has(a[href='#c{pair['conversation']}'])")
    entry.hover()
    entry.get_by_role("button", name="What to do with").click()
    expect(alices.page.get_by_role("menuitem", name="Mark as read")).to_be_visible()
    assert violations(alices) == []


def test_what_a_search_finds(alices):
    alices.page.locator("#search").fill("a")
    for section in ("People", "Conversations"):
        expect(alices.page.get_by_role("group", name=section, exact=True)).to_be_visible()
    alices.page.keyboard.press("ArrowDown")
    assert violations(alices) == []
    alices.page.locator("#search").fill("harvest")
    expect(alices.page.get_by_role("group", name="Messages", exact=True)).to_be_visible()
    assert violations(alices) == []


def test_a_new_conversation(alices, pair):
    alices.page.get_by_role("button", name="New conversation").click()
    dialog = alices.page.get_by_role("dialog")
    box = dialog.get_by_role("combobox")
    for name in (pair["bob"], "charlie"):
        box.fill(name)
        dialog.get_by_role("option").filter(has_text=f"@{name}").first.click()
    box.fill("d")
    expect(dialog.get_by_role("option").first).to_be_visible()
    dialog.get_by_role("button", name="Make the group").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    assert violations(alices) == []


def test_a_conversation_and_the_group_that_it_is(alices):
    alices.open(alices.group)
    expect(alices.bodies).to_have_count(1)
    assert violations(alices) == []
    alices.page.get_by_role("button", name="Members and settings").click()
    dialog = alices.page.get_by_role("dialog", name="Garden")
    expect(dialog.locator(".member")).to_have_count(3)
    assert violations(alices) == []
    dialog.locator(".member").filter(has_text="Charlie").get_by_role("button").click()
    expect(dialog.get_by_role("menuitem").first).to_be_visible()
    assert violations(alices) == []


def test_the_options_and_the_shortcuts(alices):
    alices.page.get_by_role("button", name="This browser").click()
    expect(alices.page.get_by_role("dialog", name="This browser")).to_be_visible()
    assert violations(alices) == []
    alices.page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(alices.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert violations(alices) == []
