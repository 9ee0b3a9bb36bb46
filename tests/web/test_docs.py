"""The page on which one tries the API: in a browser that reaches nothing but the node."""

import json

import pytest
from playwright.sync_api import expect


@pytest.fixture
def page(somebody, pair, nodes):
    """The page, opened by somebody who is signed in. Whatever goes elsewhere is refused, and counted."""
    alice = somebody(pair["alice"], at=nodes[0].url)
    alice.context.add_cookies([{"name": "sessionid", "value": alice.session, "domain": "127.0.0.1", "path": "/"}])
    alice.page.elsewhere = []

    def only_here(route):
        if route.request.url.startswith((nodes[0].url, "data:", "blob:")):
            route.continue_()
        else:
            alice.page.elsewhere.append(route.request.url)
            route.abort()

    alice.page.route("**/*", only_here)
    alice.page.goto("/api/v1/docs/")
    alice.page.wait_for_selector(".opblock")
    yield alice.page
    assert alice.page.elsewhere == []
    assert [line for line in alice.console if "Security Policy" in line] == []


def execute(page, operation: str) -> dict:
    """Try an operation out; the answer."""
    block = page.locator(f"#{operation}")
    block.locator(".opblock-summary-control").click()
    block.locator(".try-out__btn").click()
    block.locator(".execute").click()
    shown = block.locator(".live-responses-table .response-col_description .highlight-code .microlight").first
    shown.wait_for()
    return json.loads(shown.inner_text())


def test_who_is_signed_in_tries_it(page, pair):
    assert execute(page, "operations-users-me_get")["username"] == pair["alice"]


def test_posts_bring_the_csrf_token(page):
    assert execute(page, "operations-inbox-tickets_post")["expires_in"] == 30


def test_a_token_can_be_entered(page, pair):
    page.locator(".auth-wrapper .authorize").first.click()
    page.locator(".auth-container", has_text="Authorization").locator("input").first.fill("Token im_wrong")
    page.locator(".auth-container", has_text="Authorization").locator("button[type=submit]").first.click()
    page.get_by_role("button", name="Close").first.click()
    assert execute(page, "operations-users-me_get")["code"] == "unauthenticated"


def test_it_is_dark_where_the_system_is_or_one_chose_so_and_has_an_icon(page):
    place, dark = page.locator(".swagger-ui").first, "rgb(28, 32, 34)"
    before = place.evaluate("place => getComputedStyle(place).backgroundColor")
    assert before != dark
    page.emulate_media(color_scheme="dark")
    expect(place).to_have_css("background-color", dark)
    page.evaluate("localStorage.setItem('imsite.theme', 'light')")
    page.reload()
    page.wait_for_selector(".opblock")
    expect(place).to_have_css("background-color", before)
    icon = page.context.request.get("/favicon.ico")
    assert (icon.status, icon.headers["content-type"]) == (200, "image/png")
