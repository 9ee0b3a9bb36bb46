"""Reminders on this device: turned on by a click, shown by the service worker, turned off by another one."""

import json

from playwright.sync_api import expect

from .test_signing_in import KEPT

# No push service can be reached from here: this is what it and the browser would agree on.
SERVICE = """
const KEYS = {
  p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
}
const made = (endpoint) => ({
  endpoint,
  toJSON: () => ({ endpoint, expirationTime: null, keys: KEYS }),
  unsubscribe: async () => localStorage.removeItem("endpoint"),
})
PushManager.prototype.getSubscription = async () => {
  const endpoint = localStorage.getItem("endpoint")
  return endpoint && made(endpoint)
}
PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
  if (applicationServerKey.length !== 65) throw new Error("this is no key")
  localStorage.setItem("endpoint", `https://push.example.com/${crypto.randomUUID()}`)
  return made(localStorage.getItem("endpoint"))
}
"""


def turns_on(person):
    """Opens the bell and lets this device remind."""
    person.page.get_by_role("button", name="Notifications").click()
    person.page.get_by_role("button", name="Remind me on this device", exact=True).click()
    expect(person.page.get_by_role("button", name="Remind me on this device no more")).to_be_focused()


def with_a_service(person):
    person.context.grant_permissions(["notifications"])
    person.page.add_init_script(SERVICE)
    return person


def test_a_click_subscribes_and_another_one_ends_it(somebody, pair, nodes):
    alice = with_a_service(somebody(pair["alice"], at=nodes[0].url)).come_in()
    turns_on(alice)
    [known] = alice.call("GET", "me/push-subscriptions")["results"]
    assert known["endpoint"].startswith("https://push.example.com/")
    alice.page.reload()
    alice.page.get_by_role("button", name="Notifications").click()
    alice.page.get_by_role("button", name="Remind me on this device no more").click()
    expect(alice.page.get_by_role("button", name="Remind me on this device", exact=True)).to_be_focused()
    assert alice.call("GET", "me/push-subscriptions")["results"] == []


def test_whoever_signs_out_is_reminded_there_no_more(somebody, pair, nodes):
    alice = with_a_service(somebody(pair["alice"], at=nodes[0].url)).come_in()
    turns_on(alice)
    with alice.page.expect_request(lambda request: request.method == "DELETE") as deleted:
        alice.page.get_by_role("button", name="Sign out").click()
    assert "/push-subscriptions/" in deleted.value.url
    expect(alice.page.get_by_role("button", name="Sign in")).to_be_visible()
    assert alice.page.evaluate("localStorage.getItem('endpoint')") is None


def test_who_has_something_unsent_is_asked_before_the_reminders_end(somebody, pair, nodes):
    """Whoever stays is reminded as before; whoever goes leaves neither reminders nor words."""
    alice = with_a_service(somebody(pair["alice"], at=nodes[0].url)).come_in()
    turns_on(alice)
    alice.page.route_web_socket("**/ws/v1/", lambda socket: socket.close())
    alice.page.reload()
    alice.open(pair["conversation"])
    alice.say("never sent")
    switch = alice.page.locator("#push-switch")
    expect(switch).to_have_attribute("aria-pressed", "true")
    alice.page.get_by_role("button", name="Sign out").click()
    dialog = alice.page.get_by_role("dialog", name="Sign out all the same?")
    expect(dialog).to_contain_text("1 message has not been sent yet.")
    [_known] = alice.call("GET", "me/push-subscriptions")["results"]
    dialog.get_by_role("button", name="Stay signed in").click()
    alice.page.reload()
    expect(switch).to_have_attribute("aria-pressed", "true")
    alice.page.get_by_role("button", name="Sign out").click()
    dialog.get_by_role("button", name="Sign out and discard").click()
    expect(alice.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert alice.page.evaluate("localStorage.getItem('endpoint')") is None
    assert "never sent" not in alice.page.evaluate(KEPT)


def test_what_is_pushed_is_shown_by_the_worker(somebody, pair, nodes):
    alice = with_a_service(somebody(pair["alice"], at=nodes[0].url)).come_in()
    session = alice.context.new_cdp_session(alice.page)
    registered = {}
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registered.update({one["scopeURL"]: one["registrationId"] for one in told["registrations"]}),
    )
    session.send("ServiceWorker.enable")
    turns_on(alice)
    pushed = {"title": "3 messages", "body": "<b>Lunch</b>", "tag": "reminder", "url": nodes[0].url, "id": "a"}
    worker = registered[f"{nodes[0].url}/static/chat/push/"]  # there is the shell's, too
    session.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": nodes[0].url, "registrationId": worker, "data": json.dumps(pushed)},
    )
    shown = alice.page.wait_for_function(
        """async () => {
          const registration = await navigator.serviceWorker.getRegistration("/static/chat/push/worker.js")
          const all = await registration.getNotifications()
          return all.length && all.map(({ title, body, tag }) => [title, body, tag])
        }"""
    )
    assert shown.json_value() == [["3 messages", "<b>Lunch</b>", "reminder"]]
