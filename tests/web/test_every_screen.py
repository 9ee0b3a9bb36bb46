"""What axe-core finds wrong with the screens that `test_accessibility` does not visit: nothing, in both languages.

One visit goes through many states. In each all rules are asked in light colours, and those about colour again in dark
ones: nothing else depends on them. Places are found by their ids, since the words are in two languages.
"""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from .files import PHOTO, choose, is_loaded, payload
from .test_accessibility import PHONE
from .test_layout import FRAMES

LANGUAGES = {
    "en": {"locale": "en-GB", "connected": "Connected"},
    "zh": {"locale": "zh-CN", "connected": "已连接"},
}
SIZES = {"desktop": {}, "phone": PHONE}
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"], "resultTypes": ["violations"]}


class Screens:
    """What was found so far, on whatever screen of this page."""

    def __init__(self, page):
        self.page = page
        self.found: list[str] = []

    def look(self, screen: str) -> None:
        for theme, options in (("dark", COLOURS), ("light", None)):
            self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            answer = Axe().run(self.page, **({"options": options} if options else {}))
            self.found += [
                f"{screen}, {theme}: {one['id']} {node['target']} {node['failureSummary']}"
                for one in answer.response["violations"]
                for node in one["nodes"]
            ]

    def go(self, path: str, screen: str) -> None:
        self.page.goto(path)
        self.look(screen)

    def are_fine(self) -> None:
        assert not self.found, "\n".join(self.found)


@pytest.fixture(params=[("en", "desktop"), ("zh", "desktop"), ("zh", "phone")], ids="-".join)
def look(request):
    """The language and the size. English on a phone is what `test_accessibility` looks at."""
    return request.param


@pytest.fixture
def language(look):
    return look[0]


@pytest.fixture
def size(look):
    return look[1]


@pytest.fixture
def visitor(somebody, pair, nodes, wire, language, size):
    """Alice, with this language and size, by a way that may be cut."""
    return somebody(pair["alice"], at=wire.url, **SIZES[size], locale=LANGUAGES[language]["locale"])


@pytest.fixture
def screens(visitor):
    return Screens(visitor.page)


def send(page) -> None:
    """Sends the form, whatever the browser would say to what is filled in."""
    form = page.locator("main form[method=post], form[method=post]:has(.primary)").first
    with page.expect_navigation():
        form.evaluate("form => { form.noValidate = true; form.requestSubmit() }")


def test_where_one_is_not_signed_in(visitor, screens, run):
    links = json.loads(run("-m", "tests.web.make_links", visitor.name))
    page = visitor.page
    screens.go("/sign-in/", "sign in")
    page.locator("input[name=username]").fill("nobody")
    page.locator("input[name=password]").fill("wrong")
    send(page)
    expect(page.get_by_role("alert")).to_be_visible()
    screens.look("sign in, refused")
    screens.go("/sign-up/", "sign up")
    send(page)
    expect(page.locator(".errorlist").first).to_be_visible()
    screens.look("sign up, refused")
    screens.go("/password/", "lost password")
    screens.go("/password/sent/", "lost password, sent")
    screens.go(links["reset"], "new password")
    screens.go("/password/done/", "new password, done")
    screens.go("/password/x/y/", "new password, too late")
    screens.go("/address/x/", "address, too late")
    screens.go(re.sub(r"^https?://[^/]+", "", links["unsubscribe"]), "unsubscribe")
    send(page)
    screens.look("unsubscribed")
    screens.are_fine()


def test_the_settings(visitor, screens, language):
    visitor.come_in(LANGUAGES[language]["connected"])
    page = visitor.page
    screens.go("/settings/", "settings")
    page.locator("#notifications [type=radio]").last.check()
    for hour in page.locator("#notifications .hours input").all():
        hour.fill("")
    page.locator("#notifications .primary").click()
    expect(page.locator(".errorlist").first).to_be_visible()
    screens.look("settings, not saved")
    page.goto("/settings/")
    page.locator("#language .primary").click()
    expect(page.get_by_role("status").filter(visible=True)).to_have_count(1)
    screens.look("settings, saved")
    screens.are_fine()


@pytest.fixture
def conversation(visitor, bob, pair, people, language):
    """A group with an answer, a mention, an edit, something recalled, a picture, a file; Bob has read some of it."""
    visitor.come_in(LANGUAGES[language]["connected"])
    ids = people["ids"]
    group = visitor.call("POST", "conversations", title="Garden", members=[ids[pair["bob"]], ids["charlie"]])["id"]
    bob.open(group).say("See https://example.org/plan", f"@{visitor.name} now", "wrong")
    bob.sees_tick("wrong", "stored")
    bob.page.locator(".message", has_text="wrong").hover()
    bob.words.press("ArrowUp")
    bob.words.fill("right")
    bob.words.press("Enter")
    expect(bob.message("right").locator(".edited")).to_be_visible()
    visitor.conversation(group).click()
    expect(visitor.page.locator("#messages .body").last).to_have_text("right")
    words = visitor.page.locator("#words")
    words.fill("Mine")
    words.press("Enter")
    choose(visitor, PHOTO, payload("plan.pdf", "application/pdf", b"%PDF-1.7\nplan"))
    expect(visitor.page.locator("#attach-tray li[data-state=ready]")).to_have_count(2)
    words.press("Enter")
    is_loaded(visitor.page.locator("#messages .picture img"))
    return visitor


def menu_of(page, text: str) -> None:
    page.locator("#messages .message", has_text=text).last.focus()
    page.evaluate(FRAMES)  # where the log was scrolled to it, it is told so, and would close the menu
    page.keyboard.press("Enter")
    expect(page.locator("#message-menu")).to_be_visible()


def test_a_conversation_and_what_one_does_in_it(conversation, screens):
    page = conversation.page
    words = page.locator("#words")
    screens.look("conversation")
    menu_of(page, "Mine")
    screens.look("menu of a message")
    page.locator("#message-menu [data-action=readers]").click()
    expect(page.locator("#readers-dialog .readers li")).to_have_count(2)
    screens.look("readers")
    page.locator("#readers-dialog .close").click()
    menu_of(page, "Mine")
    page.locator("#message-menu [data-action=recall]").click()
    expect(page.locator("#recall-dialog")).to_be_visible()
    screens.look("recall")
    page.locator("#recall-dialog .yes").click()
    expect(page.locator("#messages .message.recalled")).to_have_count(1)
    expect(page.locator("#recall-dialog")).to_be_hidden()
    screens.look("recalled")
    menu_of(page, "right")
    page.locator("#message-menu [data-action=reply]").click()
    expect(page.locator("#composer-context")).to_be_visible()
    screens.look("reply")
    words.fill("Answered")
    words.press("Enter")
    answer = page.locator("#messages .message", has_text="Answered")
    expect(answer.locator(".answered:visible")).to_have_count(1)
    expect(answer.locator(".tick")).not_to_have_attribute("data-tick", "waiting")
    words.press("ArrowUp")
    expect(words).to_have_value("Answered")
    screens.look("edit, with an answer above")
    words.press("Escape")
    screens.are_fine()


def test_what_one_writes_with(conversation, screens):
    page = conversation.page
    words = page.locator("#words")
    page.locator("#emoji-button").click()
    expect(page.locator("#emoji-picker .grid button").first).to_be_visible()
    screens.look("emoji")
    page.keyboard.press("Escape")
    words.press_sequentially("@")
    expect(page.locator("#mention-list li")).to_have_count(2)
    screens.look("mentions")
    words.press("Escape")
    words.fill("")
    page.route("**/uploads/*?offset=*", lambda route: None)  # it hangs
    choose(conversation, PHOTO, payload("broken.exe", "application/octet-stream", b""))
    expect(page.locator("#attach-tray progress").first).to_be_visible()
    screens.look("files to send")
    page.locator("#messages .picture").click()
    is_loaded(page.locator("#viewer .stage img"))
    screens.look("viewer")
    screens.are_fine()


def test_what_lies_over_the_page(visitor, screens, notify, language):
    visitor.come_in(LANGUAGES[language]["connected"])
    page = visitor.page
    for level in ("info", "success", "warning", "urgent"):
        notify(visitor.name, title=f"It is {level}", body="Look", url="https://example.org/", level=level)
    expect(page.locator("#bell .count")).to_have_text("4")
    page.locator("#bell").click()
    expect(page.locator("#notifications li")).to_have_count(4)
    screens.look("notifications")
    page.locator("#read-all").click()
    expect(page.locator("#notifications li.unread")).to_have_count(0)
    screens.look("notifications, read")
    page.keyboard.press("Escape")
    page.locator("#open-options").click()
    expect(page.locator("#browser-options")).to_be_visible()
    screens.look("options")
    page.locator("#open-shortcuts").click()
    expect(page.locator("#shortcuts")).to_be_visible()
    screens.look("shortcuts")
    screens.are_fine()


def test_a_connection_that_is_gone(visitor, screens, pair, wire, language):
    visitor.come_in(LANGUAGES[language]["connected"])
    page = visitor.page
    visitor.conversation(pair["conversation"]).click()
    expect(page.locator("#words")).to_be_visible()  # what shows a conversation has come
    wire.cut()
    expect(page.locator("#status")).not_to_have_attribute("data-state", "live")
    page.locator("#words").fill("Later")
    page.locator("#words").press("Enter")
    expect(page.locator("#messages .tick[data-tick=waiting]")).to_be_visible()
    screens.look("offline")
    visitor.context.clear_cookies()
    wire.mend()
    visitor.hears_of_the_network()
    expect(page.locator("#status")).to_have_attribute("data-state", "closed")
    screens.look("not signed in any more")
    screens.are_fine()
