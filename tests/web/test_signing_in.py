"""Who gets to the page."""

from playwright.sync_api import expect

from .conftest import PASSWORD
from .offline import keeps


def test_nobody_sees_the_sign_in_page(somebody, nodes):
    visitor = somebody("visitor", at=nodes[0].url)
    visitor.page.goto("/")
    expect(visitor.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "/sign-in/" in visitor.page.url


def test_a_name_and_a_password_lead_to_the_conversations(somebody, nodes, pair):
    alice = somebody(pair["alice"], at=nodes[0].url).sign_in(PASSWORD)
    expect(alice.conversation(pair["conversation"])).to_be_visible()


def test_a_wrong_password_is_told(somebody, nodes, pair):
    visitor = somebody(pair["alice"], at=nodes[0].url)
    visitor.page.goto("/")
    visitor.page.get_by_label("Username").fill(visitor.name)
    visitor.page.get_by_label("Password").fill("wrong")
    visitor.page.get_by_role("button", name="Sign in").click()
    expect(visitor.page.get_by_role("alert")).to_be_visible()


def test_signing_out_ends_it(alice):
    alice.page.get_by_role("button", name="Sign out").click()
    expect(alice.page.get_by_role("heading", name="Sign in")).to_be_visible()
    alice.page.goto("/")
    assert "/sign-in/" in alice.page.url


def test_two_clicks_sign_out_once(alice):
    """The second one would be refused, and lead away before all is forgotten."""
    held = []
    alice.page.route("**/sign-out/", lambda route: held.append(route))
    with alice.page.expect_request("**/sign-out/"):
        alice.page.get_by_role("button", name="Sign out").click()
    alice.page.get_by_role("button", name="Sign out").click()
    alice.page.evaluate(KEPT)  # as long as a look at what is unsent
    for route in held:
        route.continue_()
    expect(alice.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert len(held) == 1


# Everything that this browser keeps of the page, as text.
KEPT = """async () => {
  const opened = indexedDB.open("imsite")
  await new Promise((resolve) => { opened.onsuccess = resolve })
  const names = [...opened.result.objectStoreNames], found = []
  for (const name of names) {
    const all = opened.result.transaction(name).objectStore(name).getAll()
    await new Promise((resolve) => { all.onsuccess = resolve })
    found.push(...all.result)
  }
  opened.result.close()
  return JSON.stringify([found, { ...localStorage }])
}"""


def test_who_signs_out_leaves_nothing_behind(alice, pair):
    alice.say("said")
    alice.sees_tick("said", "stored")
    alice.words.fill("a secret that was begun")
    alice.page.wait_for_function("() => Object.keys(localStorage).some((key) => key.startsWith('imsite.unfinished'))")
    alice.page.get_by_role("button", name="Sign out").click()
    expect(alice.page.get_by_role("heading", name="Sign in")).to_be_visible()
    kept = alice.page.evaluate(KEPT)
    assert "secret" not in kept
    assert "unfinished" not in kept


def test_who_has_something_unsent_is_asked_before(alice, wire, pair):
    wire.cut()
    alice.say("not sent yet")
    alice.page.get_by_role("button", name="Sign out").click()
    dialog = alice.page.get_by_role("dialog", name="Sign out all the same?")
    expect(dialog).to_contain_text("1 message has not been sent yet. If you sign out now, it is lost.")
    dialog.get_by_role("button", name="Stay signed in").click()
    expect(dialog).to_be_hidden()
    wire.mend()
    alice.hears_of_the_network()
    alice.sees_tick("not sent yet", "stored")


def test_who_signs_out_on_the_settings_page_is_asked_too_and_forgotten(alice, wire, pair):
    alice.page.route("**/ws/v1/", lambda route: route.abort())
    alice.page.route_web_socket("**/ws/v1/", lambda socket: socket.close())
    alice.page.reload()
    alice.say("never sent")
    keeps(alice, "never sent")
    alice.page.goto("/settings/")
    alice.page.get_by_role("button", name="Sign out", exact=True).click()
    alice.page.get_by_role("button", name="Sign out and discard").click()
    expect(alice.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "never sent" not in alice.page.evaluate(KEPT)


def test_files_that_were_chosen_are_asked_about_once(alice):
    """Whoever goes is asked by the page, and by the browser no more: the page would be nobody's."""
    plan = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"x"}
    alice.page.locator("#attach-files").set_input_files([plan])
    expect(alice.page.locator("#attach-tray li")).to_have_attribute("data-state", "ready")
    asked = []
    alice.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    alice.page.get_by_role("button", name="Sign out").click()
    dialog = alice.page.get_by_role("dialog", name="Sign out all the same?")
    expect(dialog).to_contain_text("1 message has not been sent yet.")
    dialog.get_by_role("button", name="Sign out and discard").click()
    expect(alice.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert asked == []


# Has the store of files busy, until `release()`.
WRITING = """async () => {
  const opened = indexedDB.open("imsite")
  await new Promise((resolve) => { opened.onsuccess = resolve })
  const files = opened.result.transaction("files", "readwrite").objectStore("files")
  await new Promise((resolve) => {
    let over = false
    const write = () => {
      resolve()
      if (over) files.delete(["nobody", "large"])
      else files.put("x", ["nobody", "large"]).onsuccess = write
    }
    window.release = () => { over = true; opened.result.close() }
    write()
  })
}"""


def test_words_are_forgotten_though_another_tab_is_writing_a_large_file(alice_at_home):
    alice = alice_at_home
    alice.page.route_web_socket("**/ws/v1/", lambda socket: socket.close())
    alice.page.reload()
    alice.say("never sent")
    alice.page.get_by_role("button", name="Sign out").click()
    other = alice.context.new_page()
    other.goto("/settings/")
    other.evaluate(WRITING)
    alice.page.get_by_role("button", name="Sign out and discard").click()
    expect(alice.page.get_by_role("heading", name="Sign in")).to_be_visible()  # the files are given up on
    other.evaluate("release()")
    assert "never sent" not in alice.page.evaluate(KEPT)


def test_a_page_whose_session_ended_says_so(alice, wire):
    alice.context.clear_cookies()
    wire.cut()
    wire.mend()
    alice.sees_status("not signed in any more")
    expect(alice.page.get_by_role("button", name="Sign in")).to_be_visible()
