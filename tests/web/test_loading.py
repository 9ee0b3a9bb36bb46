"""What the page fetches to begin with, and what later."""

import pytest
from playwright.sync_api import expect

# Whether the shell's worker keeps every module that may be wanted later.
ALL_KEPT = """async () => {
    const links = [...document.querySelectorAll("link[rel=modulepreload]")].map(({ href }) => href)
    const cache = await caches.open("imsite-files-1"), kept = (await cache.keys()).map(({ url }) => url)
    return links.some((url) => url.endsWith("/group_panel.js")) && links.every((url) => kept.includes(url))
}"""


@pytest.fixture
def without_worker(somebody, pair, nodes):
    """Somebody whose files come from the server itself, so that the test can hold them up."""
    return somebody(pair["bob"], at=nodes[1].url, service_workers="block")


def hold(page, module: str):
    """This module is on its way until what is returned is called."""
    held = []
    page.route(f"**/{module}", lambda route: held.append(route))  # a plain method it cannot mark

    def release() -> None:
        for route in held:
            route.continue_()
        page.unroute(f"**/{module}")

    return release


def test_a_conversation_is_there_as_soon_as_what_shows_it(without_worker, alice, pair):
    bob = without_worker
    alice.say("Are you there?")
    release = hold(bob.page, "timeline.js")
    bob.come_in()
    bob.conversation(pair["conversation"]).click()
    expect(bob.conversation(pair["conversation"])).to_have_attribute("aria-current", "page")
    expect(bob.page.locator("#chosen")).to_be_hidden()
    release()
    bob.sees("Are you there?")
    expect(bob.words).to_be_focused()


def test_what_is_written_before_the_search_is_there_is_looked_for(without_worker, pair):
    bob = without_worker
    release = hold(bob.page, "search_box.js")
    bob.come_in()
    field = bob.page.get_by_role("combobox", name="Search people, groups and messages")
    field.fill("dora")
    release()
    people = bob.page.get_by_role("group", name="People", exact=True).get_by_role("option")
    expect(people).to_contain_text("Dora")


def test_who_writes_into_the_search_before_the_page_is_there_is_answered(without_worker):
    bob = without_worker
    bob.come_in()
    release = hold(bob.page, "main.js")
    bob.page.reload(wait_until="commit")
    bob.page.get_by_role("combobox", name="Search people, groups and messages").fill("dora")
    release()
    people = bob.page.get_by_role("group", name="People", exact=True).get_by_role("option")
    expect(people).to_contain_text("Dora")


def test_a_file_that_is_dropped_before_the_conversation_is_there_does_not_take_the_page_away(without_worker):
    bob = without_worker
    hold(bob.page, "timeline.js")
    bob.come_in()
    taken = """() => {
        const data = new DataTransfer()
        data.items.add(new File(["x"], "x.txt"))
        const dropped = (dataTransfer) => new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer })
        return !document.body.dispatchEvent(dropped(data))
    }"""
    assert bob.page.evaluate(taken)


def test_a_message_that_the_address_names_is_shown_though_the_first_try_to_load_what_shows_it_failed(
    somebody, people, wire
):
    pair = people["talkative"]
    alice = somebody(pair["alice"], at=wire.url, service_workers="block")
    alice.page.route("**/timeline.js", lambda route: route.abort())
    alice.come_in()
    alice.page.evaluate("conversation => { location.hash = `#c${conversation}/20` }", pair["conversation"])
    alice.sees_status("A part of this page could not be loaded.")
    alice.page.unroute("**/timeline.js")
    wire.cut()
    alice.sees_status("Offline since")
    wire.mend()
    alice.hears_of_the_network()
    expect(alice.message("message 20")).to_be_in_viewport()
    expect(alice.message("message 120")).to_have_count(0)
    alice.sees_status("Connected")


def test_what_does_not_reach_the_page_is_told(without_worker):
    bob = without_worker
    bob.page.route("**/new_conversation.js", lambda route: route.abort())
    bob.come_in()
    bob.page.get_by_role("button", name="New conversation").click()
    expect(bob.page.get_by_role("alert")).to_have_text("A part of this page could not be loaded.")


@pytest.mark.parametrize("module", ["conversation_pane.js", "timeline.js"])
def test_a_conversation_whose_part_of_the_page_was_not_loaded_is_there_after_a_reload(
    without_worker, alice, pair, module
):
    bob = without_worker
    alice.say("Are you there?")
    bob.page.route(f"**/{module}", lambda route: route.abort())
    bob.come_in()
    bob.conversation(pair["conversation"]).click()
    bob.sees_status("A part of this page could not be loaded.")
    bob.page.unroute(f"**/{module}")
    bob.page.locator("#status").get_by_role("button", name="Reload").click()
    bob.sees("Are you there?")
    bob.sees_status("Connected")
    expect(bob.page.locator("#status-action")).to_be_hidden()


@pytest.mark.parametrize(("module", "button"), [("options_panel.js", "This browser"), ("emoji_picker.js", "Emoji")])
def test_what_a_button_wants_and_is_not_loaded_is_told(without_worker, pair, module, button):
    bob = without_worker
    bob.page.route(f"**/{module}", lambda route: route.abort())
    bob.come_in().open(pair["conversation"])
    bob.page.get_by_role("button", name=button, exact=True).click()
    bob.sees_status("A part of this page could not be loaded.")


def test_reminders_that_are_not_loaded_are_told(without_worker):
    bob = without_worker
    bob.page.route("**/push_switch.js", lambda route: route.abort())
    bob.come_in("A part of this page could not be loaded.")


def test_what_is_wanted_later_opens_without_a_network(bob):
    bob.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    bob.page.reload()  # now by the worker
    bob.page.wait_for_function(ALL_KEPT)
    bob.context.set_offline(True)
    bob.page.reload()
    bob.sees_status("Offline")
    bob.page.get_by_role("button", name="New conversation").click()
    bob.page.get_by_role("dialog", name="New conversation").get_by_role("button", name="Close").click()
    bob.page.get_by_role("button", name="This browser").click()
    expect(bob.page.get_by_role("dialog", name="This browser")).to_be_visible()
