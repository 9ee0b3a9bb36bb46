"""One's account as one meets it: signing up, name, password, where one is signed in, a password that is lost."""

import re
from urllib.parse import urljoin

from playwright.sync_api import expect

from .conftest import PASSWORD

NEW = "another horse entirely"


def section(person, name):
    return person.page.get_by_role("region", name=name)


def saves(person, name, button="Save"):
    """Presses the section's button; what the section says then."""
    section(person, name).get_by_role("button", name=button, exact=True).click()
    said = section(person, name).get_by_role("status")
    expect(said).to_be_visible()
    return said


def follows(person, link, node):
    """On the node that the test knows, whatever the site is called."""
    person.page.goto(urljoin(node.url, re.sub(r"^https?://[^/]+", "", link)))


def test_who_signs_up_confirms_an_address_and_talks(somebody, nodes, mails):
    zoe = somebody("zoe", at=nodes[0].url)
    zoe.page.goto("/")
    zoe.page.get_by_role("link", name="sign up").click()
    zoe.page.get_by_label("Username").fill("zoe")
    zoe.page.get_by_label("Name that others see").fill("Zoë")
    zoe.page.get_by_label("E-mail address").fill("zoe@example.com")
    zoe.page.get_by_label("Password", exact=True).fill(PASSWORD)
    zoe.page.get_by_label("Password confirmation").fill("wrong")
    zoe.page.get_by_role("button", name="Sign up").click()
    expect(zoe.page.get_by_role("alert")).to_be_visible()
    for label in ("Password", "Password confirmation"):
        zoe.page.get_by_label(label, exact=True).fill(NEW)
    zoe.page.get_by_role("button", name="Sign up").click()
    zoe.sees_status("Connected")
    follows(zoe, mails.link_to("zoe@example.com"), nodes[1])
    zoe.page.get_by_role("button", name="Confirm").click()
    expect(zoe.page.get_by_role("status")).to_contain_text("Mails go to zoe@example.com")
    zoe.page.goto("/settings/")
    expect(section(zoe, "E-mail address")).to_contain_text("zoe@example.com")


def test_a_name_is_what_others_see(alice, bob, pair):
    alice.page.goto("/settings/")
    alice.page.get_by_label("Name that others see").fill("Alice the Great")
    expect(saves(alice, "Profile")).to_have_text("Saved.")
    bob.page.reload()
    expect(bob.conversation(pair["conversation"]).locator(".name")).to_have_text("Alice the Great")


def test_a_new_password_leaves_this_device_and_ends_the_open_page_of_another(somebody, pair, nodes):
    here = somebody(pair["alice"], at=nodes[0].url).sign_in(PASSWORD)
    there = somebody(pair["alice"], at=nodes[1].url).sign_in(PASSWORD)
    here.page.goto("/settings/")
    here.page.get_by_label("Old password").fill(PASSWORD)
    here.page.get_by_label("New password", exact=True).fill(NEW)
    here.page.get_by_label("New password confirmation").fill(NEW)
    said = saves(here, "Password", "Change the password")
    expect(said).to_be_focused()
    there.sees_status("You were signed out: on another device")
    here.page.get_by_role("link", name="Back to the conversations").click()
    here.sees_status("Connected")
    assert there.context.request.get("/api/v1/me").status == 401


def test_the_others_are_signed_out_from_the_list(somebody, pair, nodes):
    here = somebody(pair["alice"], at=nodes[0].url).sign_in(PASSWORD)
    phone = {
        "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
    }
    there = somebody(pair["alice"], at=nodes[1].url, **phone).sign_in(PASSWORD)
    here.page.goto("/settings/")
    places = section(here, "Where I am signed in")
    expect(places.get_by_role("listitem").first).to_contain_text("this device")
    expect(places.get_by_role("listitem").filter(has_text="Safari on iPhone")).to_contain_text("127.0.0.1")
    saves(here, "Where I am signed in", "Sign out the others")
    expect(places.get_by_role("listitem")).to_have_count(1)
    there.sees_status("You were signed out: on another device")


def test_a_lost_password_is_replaced_by_mail_and_everybody_is_signed_out(somebody, pair, nodes, mails, run):
    address = f"{pair['alice']}@example.com"
    run("-m", "tests.web.set_address", pair["alice"], address)
    there = somebody(pair["alice"], at=nodes[1].url).come_in()
    alice = somebody(pair["alice"], at=nodes[0].url)
    alice.page.goto("/")
    alice.page.get_by_role("link", name="I forgot my password").click()
    alice.page.get_by_label("Email").fill(address)
    alice.page.get_by_role("button", name="Send the link").click()
    expect(alice.page.get_by_role("status")).to_contain_text("If an account has this address")
    follows(alice, mails.link_to(address), nodes[0])
    for label in ("New password", "New password confirmation"):
        alice.page.get_by_label(label, exact=True).fill(NEW)
    alice.page.get_by_role("button", name="Save").click()
    expect(alice.page.get_by_role("status")).to_contain_text("You have a new password")
    there.sees_status("You were signed out: on another device")
    alice.sign_in(NEW)


def test_on_a_phone_nothing_is_cut_off(somebody, pair, nodes):
    for scheme in ("light", "dark"):
        size = {"viewport": {"width": 360, "height": 640}, "color_scheme": scheme}
        alice = somebody(pair["alice"], at=nodes[0].url, **size).come_in()
        for path in ("/settings/", "/"):
            alice.page.goto(path)
            assert alice.page.evaluate("document.documentElement.scrollWidth") == 360
