"""The admin in a browser, on a site with long names: nothing is cut off, and axe finds nothing on our own pages."""

import json
import secrets

import pytest
from playwright.sync_api import expect

from imsite.localservers import Node, free_port

from .test_every_screen import LANGUAGES, SIZES, Screens

LAPTOP = {"viewport": {"width": 1280, "height": 800}}
WIDER_THAN_THEIR_PLACE = """() => [...document.querySelectorAll("html, #changelist, .results, .tabular")]
  .filter((one) => one.scrollWidth > one.clientWidth)
  .map((one) => `${one.localName}.${one.className}: ${one.scrollWidth} in ${one.clientWidth} px`)"""


@pytest.fixture(scope="module")
def site(run, environment, tmp_path_factory):
    """A node on a database of its own: {"url", "session", "conversation", "message"}."""
    directory = tmp_path_factory.mktemp("admin")
    own = environment | {"DATABASE_URL": f"sqlite:///{directory}/imsite.sqlite3", "LAYER_PREFIX": secrets.token_hex(4)}
    run("manage.py", "migrate", "--verbosity=0", into=own)
    world = json.loads(run("-m", "tests.web.make_admin", into=own))
    with Node(free_port(), own, directory / "node.log") as node:
        yield world | {"url": node.url}


@pytest.fixture
def visit(somebody, site):
    """visit("zh"): a page of the admin's, signed in."""

    def visit(language="en", **options):
        admin = somebody("admin", at=site["url"], **options, locale=LANGUAGES[language]["locale"])
        admin.context.add_cookies([{"name": "sessionid", "value": site["session"], "url": site["url"]}])
        return admin.page

    return visit


def address(model: str, *parts) -> str:
    app = "chat" if model in ("node", "connection") else "messages_store"
    return "/".join(["/admin", app, model, *map(str, parts), ""])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_list_is_cut_off_on_a_laptop(visit, site, language):
    page = visit(language, **LAPTOP)
    page.goto("/admin/")
    lists = page.locator("#content-main tbody th a").evaluate_all("links => links.map((link) => link.pathname)")
    pages = [address("conversation", site["conversation"], "change"), address("message", site["message"], "change")]
    assert {address("message"), address("reminder"), address("connection"), address("node")} <= set(lists)
    found = {}
    for path in [*lists, *pages]:
        page.goto(path)
        found[path] = page.evaluate(WIDER_THAN_THEIR_PLACE)
    assert {path: cut for path, cut in found.items() if cut} == {}


@pytest.mark.parametrize("size", [LAPTOP, SIZES["phone"]], ids=["laptop", "phone"])
def test_no_button_lies_over_a_long_title(visit, site, size):
    page = visit(**size)
    page.goto(address("conversation", site["conversation"], "change"))
    title = page.locator("#content > h2").bounding_box()
    for tool in page.locator(".object-tools a").all():
        assert tool.bounding_box()["y"] >= title["y"] + title["height"]


def test_a_filter_that_is_typed_looks_the_same_on_every_list(visit):
    page = visit(**LAPTOP)
    looks = set()
    for model in ("message", "preferences", "notifierchoice"):
        page.goto(address(model))
        expect(page.locator(".input-filter").last).to_be_visible()
        looks.add(page.locator(".input-filter button").last.evaluate("one => getComputedStyle(one).backgroundColor"))
    page.goto("/admin/")
    looks.add(page.evaluate("getComputedStyle(document.querySelector('#header')).backgroundColor"))
    assert len(looks) == 1, looks


def test_the_cluster_page_goes_on_by_itself_and_leaves_the_focus_alone(visit):
    page = visit(**LAPTOP)
    page.clock.install()
    page.goto(address("node"))
    table = page.locator("#content-main table")
    table.evaluate("table => table.id = 'old'")
    page.locator("#content-main a").first.focus()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(20_000)
    expect(page.locator("#old")).to_be_visible()
    assert asked == []
    page.evaluate("document.activeElement.blur()")
    page.clock.run_for(5_000)
    expect(page.locator("#old")).to_have_count(0)
    expect(table).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_pages_are_for_everybody(visit, site, language, size):
    screens = Screens(visit(language, **SIZES[size]))
    screens.go(address("node"), "cluster")
    screens.go(address("message", site["message"], "change"), "message")
    screens.go(address("conversation", site["conversation"], "transcript"), "transcript")
    screens.go(address("message"), "messages")
    screens.are_fine()
