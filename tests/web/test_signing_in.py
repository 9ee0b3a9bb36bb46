"""Who gets to the page."""

from playwright.sync_api import expect

from .conftest import PASSWORD


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


def test_a_page_whose_session_ended_says_so(alice, wire):
    alice.context.clear_cookies()
    wire.cut()
    wire.mend()
    alice.sees_status("not signed in any more")
    expect(alice.page.get_by_role("button", name="Sign in")).to_be_visible()
