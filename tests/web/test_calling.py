"""How the page calls: on the desktop, by a sound, by its title and icon; and the page as an installed app."""

from playwright.sync_api import expect

from .test_loading import ALL_KEPT

# What the browser would show and play. Without a desktop, nobody sees it. How much it was stands on the page's root,
# where it can be waited for: the policy lets no test look for it all the time.
DESKTOP = """
window.shown = []
window.sounds = 0
const count = () => Object.assign(document.documentElement.dataset, { shown: shown.length, sounds })
window.Notification = class {
  static permission = localStorage.getItem("permission") ?? "default"
  static async requestPermission() {
    const answer = localStorage.getItem("answer") ?? "granted"
    localStorage.setItem("permission", answer)
    return Notification.permission = answer
  }
  constructor(title, options) { Object.assign(this, options, { title }); window.shown.push(this); count() }
  close() {}
}
AudioContext.prototype.createOscillator = new Proxy(AudioContext.prototype.createOscillator, {
  apply(make, ...rest) { window.sounds += 1; count(); return Reflect.apply(make, ...rest) },
})
"""
# Fulfilled when this tab has done about all that it has heard so far what it does: it claims it, asks who looks, calls.
DONE = """async () => {
  const opened = indexedDB.open("imsite")
  await new Promise((resolve) => { opened.onsuccess = resolve })
  const claims = opened.result.transaction("claims", "readwrite")
  claims.objectStore("claims").count()
  await new Promise((resolve) => { claims.oncomplete = resolve })
  opened.result.close()
  await navigator.locks.query()
}"""
AWAY = "document.hasFocus = () => false; dispatchEvent(new Event('blur'))"
HERE = "delete document.hasFocus; dispatchEvent(new Event('focus'))"


def watched(person):
    person.page.add_init_script(DESKTOP)
    return person.come_in()


def titles(person):
    return person.page.evaluate("shown.map(({ title }) => title)")


def test_it_is_asked_for_when_there_was_something_to_tell_and_by_a_click(alice, somebody, pair, nodes):
    bob = watched(somebody(pair["bob"], at=nodes[1].url)).open(pair["conversation"])
    offer = bob.page.get_by_role("region", name="Telling you on the desktop")
    alice.say("in view")
    bob.sees("in view")
    bob.page.evaluate(AWAY)
    alice.say("out of sight")
    bob.sees("in view", "out of sight")
    expect(offer).to_be_visible()
    assert titles(bob) == []
    offer.get_by_role("button", name="Yes, notify me").click()
    expect(offer).to_be_hidden()
    alice.say("again")
    expect(bob.page.locator("html[data-shown='1']")).to_have_count(1)
    assert bob.page.evaluate("[shown[0].title, shown[0].body]") == [
        bob.page.locator("#title").text_content(),
        f"{bob.page.locator('#title').text_content()}: again",
    ]
    bob.page.goto("/#")
    bob.page.reload()  # it stays so
    bob.sees_status("Connected")
    alice.say("once more")
    expect(bob.page.locator("html[data-shown='1']")).to_have_count(1)
    bob.page.evaluate("shown[0].onclick()")
    bob.sees("in view", "out of sight", "again", "once more")


def test_who_says_no_is_not_asked_again(alice, somebody, pair, nodes):
    bob = watched(somebody(pair["bob"], at=nodes[1].url))
    alice.say("one")
    offer = bob.page.get_by_role("region", name="Telling you on the desktop")
    offer.get_by_role("button", name="No, thanks").click()
    expect(offer).to_be_hidden()
    alice.say("two")
    bob.sees_unread(pair["conversation"], 2)
    bob.page.evaluate(DONE)
    expect(offer).to_be_hidden()
    bob.page.evaluate("localStorage.setItem('answer', 'denied')")
    bob.page.get_by_role("button", name="This browser").click()
    bob.page.get_by_role("checkbox", name="Notifications on the desktop").click()
    expect(bob.page.get_by_role("dialog").get_by_role("alert")).to_contain_text("forbids")
    expect(bob.page.get_by_role("checkbox", name="Notifications on the desktop")).not_to_be_checked()


def test_the_sound_is_for_what_is_not_in_view_and_has_a_switch(alice, somebody, pair, nodes):
    bob = watched(somebody(pair["bob"], at=nodes[1].url))
    bob.page.get_by_role("button", name="This browser").click()
    bob.page.get_by_label("A sound for new messages").uncheck()
    alice.say("one")
    bob.sees_unread(pair["conversation"], 1)
    bob.page.evaluate(DONE)
    assert bob.page.evaluate("sounds") == 0
    bob.page.get_by_label("A sound for new messages").check()
    alice.say("two")
    expect(bob.page.locator("html[data-sounds]")).to_have_count(1)


def test_of_two_tabs_one_calls_and_none_where_one_is_looked_at(alice, somebody, pair, nodes):
    bob = watched(somebody(pair["bob"], at=nodes[1].url))
    bob.page.evaluate("localStorage.setItem('imsite.desktop', 'on'); localStorage.setItem('permission', 'granted')")
    other = bob.context.new_page()
    other.add_init_script(DESKTOP)
    for page in (bob.page, other):
        page.goto("/")
        expect(page.locator("#status-text")).to_contain_text("Connected")
        page.evaluate(AWAY)
    alice.say("one")
    for page in (bob.page, other):
        expect(page.locator("#conversations .count").first).to_have_text("1")
    for page in (bob.page, other):
        page.evaluate(DONE)
    assert sum(len(page.evaluate("shown")) for page in (bob.page, other)) == 1
    other.locator("#conversations a").first.click()
    other.evaluate(HERE)
    alice.say("two")
    expect(other.locator("#messages .body")).to_have_text(["one", "two"])
    expect(bob.page.locator("#conversations .last").first).to_have_text("two")
    for page in (bob.page, other):
        page.evaluate(DONE)
    assert sum(len(page.evaluate("shown")) for page in (bob.page, other)) == 1


def test_the_title_and_the_icon_say_that_something_waits(alice, bob, pair):
    icon = bob.page.locator("link[rel=icon]")
    plain = icon.get_attribute("href")
    alice.say("psst")
    expect(bob.page).to_have_title("(1) imsite")
    expect(icon).not_to_have_attribute("href", plain)
    bob.open(pair["conversation"])
    expect(icon).to_have_attribute("href", plain)


def test_the_page_is_an_app_that_opens_without_a_network_and_keeps_no_message(alice, somebody, pair, nodes):
    bob = somebody(pair["bob"], at=nodes[1].url).come_in()
    alice.say("for your eyes only")
    manifest = bob.page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then(a => a.json())")
    assert (manifest["start_url"], manifest["display"]) == ("/", "standalone")
    for icon in manifest["icons"]:
        answer = bob.context.request.get(f"{nodes[1].url}/static/chat/{icon['src']}")
        assert (answer.ok, answer.headers["content-type"]) == (True, "image/png")
    bob.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    bob.page.reload()  # now by the worker
    bob.open(pair["conversation"]).sees("for your eyes only")
    bob.page.wait_for_function(ALL_KEPT)
    kept = """async () => {
      const found = []
      for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) {
        const text = await (await (await caches.open(name)).match(request)).text()
        found.push([new URL(request.url).pathname, text.includes("for your eyes only")])
      }
      return found
    }"""
    found = dict(bob.page.evaluate(kept))
    assert {"/", "/static/chat/page/main.js", "/static/chat/style.css"} <= found.keys()
    assert not any(path.startswith("/api/") for path in found)
    assert not any(found.values())
    bob.context.set_offline(True)
    bob.page.reload()
    bob.sees_status("Offline")
    expect(bob.page.locator("#search")).to_be_visible()
    bob.context.set_offline(False)
    bob.sees_status("Connected")
    bob.page.get_by_role("button", name="Sign out").click()
    expect(bob.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "/" not in dict(bob.page.evaluate(kept))
