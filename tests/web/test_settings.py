"""What people choose for themselves, on a page that needs no script."""

from playwright.sync_api import expect


def test_from_the_chat_to_the_settings_and_back(somebody, pair, nodes):
    alice = somebody(pair["alice"], at=nodes[0].url).come_in()
    alice.page.get_by_role("link", name="Settings").click()
    expect(alice.page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    alice.page.get_by_role("link", name="Back to the conversations").click()
    alice.sees_status("Connected")


def test_the_browsers_time_zone_is_filled_in_until_one_is_chosen(somebody, pair, nodes):
    alice = somebody(pair["alice"], at=nodes[0].url, timezone_id="America/Lima").come_in()
    alice.page.goto("/settings/")
    zone = alice.page.get_by_label("Time zone")
    expect(zone).to_have_value("America/Lima")
    expect(alice.page.get_by_text("Your browser suggests this time zone. Save to use it.")).to_be_visible()
    assert alice.call("GET", "me/preferences")["time_zone"] is None
    zone.select_option("Asia/Shanghai")
    section(alice, "Language and time").get_by_role("button", name="Save").click()
    expect(alice.page.get_by_text("Saved.")).to_be_focused()
    expect(zone).to_have_value("Asia/Shanghai")
    assert alice.call("GET", "me/preferences")["time_zone"] == "Asia/Shanghai"


def test_reminders_and_quiet_hours_by_the_keyboard_without_a_script(somebody, pair, nodes):
    alice = somebody(pair["alice"], at=nodes[0].url, java_script_enabled=False)
    signs_in_without_scripts(alice)
    alice.page.goto("/settings/")
    notifications = section(alice, "Notifications")
    notifications.get_by_label("In the log of this site").focus()
    alice.page.keyboard.press("Space")
    notifications.get_by_label("Quiet at these hours").focus()
    alice.page.keyboard.press("Space")
    alice.page.keyboard.press("Enter")
    expect(notifications.get_by_role("alert")).to_be_visible()
    expect(notifications.get_by_text("Say a time of day, such as 22:00.")).to_have_count(2)
    notifications.get_by_label("From").fill("22:30")
    notifications.get_by_label("Until").fill("06:15")
    notifications.get_by_role("button", name="Save").click()
    expect(notifications.get_by_role("status")).to_have_text("Saved.")
    expect(notifications.get_by_label("In the log of this site")).not_to_be_checked()
    expect(notifications.get_by_label("From")).to_have_value("22:30")


def section(person, name):
    return person.page.get_by_role("region", name=name)


def signs_in_without_scripts(person):
    person.context.add_cookies([{"name": "sessionid", "value": person.session, "domain": "127.0.0.1", "path": "/"}])
