"""The screens that are looked at: how one gets there, and in which looks a picture of it is kept.

The docstring of each way is the caption in docs/screenshots.md."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from playwright.sync_api import Page, expect

from . import pictures
from .site import Site

VISITOR, NEWCOMER, ADMIN, NOBODY = "visitor", "new", "admin", None


class Look(NamedTuple):
    size: str
    theme: str
    language: str


EVERY_LOOK = [Look(*parts) for parts in product(("desktop", "phone"), ("light", "dark"), ("en", "zh"))]
OPPOSITE_LOOKS = [Look("desktop", "light", "en"), Look("phone", "dark", "zh")]
ADMIN_LOOKS = [Look("laptop", "light", "en"), Look("laptop", "dark", "zh")]


@dataclass(frozen=True)
class Visit:
    """Somebody in front of a page."""

    page: Page
    site: Site

    @property
    def words(self):
        return self.site.scene.words

    def open(self, name: str) -> None:
        self.page.locator(f"#conversations a[href='#c{self.site.places[name]}']").click()
        expect(self.page.locator("#messages .message").last).to_be_visible()

    def write(self, words: str) -> None:
        self.page.locator("#words").fill(words)

    def menu_of(self, words: str) -> None:
        self.page.locator("#messages .message", has_text=words).last.focus()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#message-menu")).to_be_visible()


@dataclass(frozen=True)
class Screen:
    """`go` leads there from the page with the list, or from nowhere for NOBODY and ADMIN. `whole`: beyond the fold."""

    go: Callable[[Visit], None]
    looks: list[Look]
    who: str | None = VISITOR
    whole: bool = False

    @property
    def name(self) -> str:
        return self.go.__name__.replace("_", "-")

    @property
    def caption(self) -> str:
        return self.go.__doc__

    def file(self, look: Look) -> str:
        return f"{self.name}-{'-'.join(look)}.webp"


# Before one is signed in


def sign_in(visit: Visit) -> None:
    """Signing in."""
    visit.page.goto("/sign-in/")


def sign_up(visit: Visit) -> None:
    """Signing up, where the site lets people (`IM_SIGN_UP`)."""
    visit.page.goto("/sign-up/")


def lost_password(visit: Visit) -> None:
    """A lost password, where the site sends mail."""
    visit.page.goto("/password/")


# The list


def empty(visit: Visit) -> None:
    """The first visit, before anybody has written."""
    expect(visit.page.locator("#no-conversations")).to_be_visible()


def conversations(visit: Visit) -> None:
    """The list: what is pinned, unread, muted, a mention; who is online or away."""
    expect(visit.page.locator(".presence[data-presence=away]").first).to_be_visible()


def search(visit: Visit) -> None:
    """Searching: people, groups, and messages with the words found."""
    visit.page.locator("#search").fill(visit.words["search"])
    expect(visit.page.locator("#search-results [role=option]").nth(4)).to_be_visible()


def new_conversation(visit: Visit) -> None:
    """A new conversation: two people are chosen, a third is looked for."""
    visit.page.locator("#new-conversation").click()
    dialog = visit.page.locator("#new-conversation-dialog")
    box = dialog.get_by_role("combobox")
    for name in visit.words["pick"].split(", "):
        box.fill(name)
        dialog.get_by_role("option").first.click()
    dialog.locator("#new-title").fill(visit.words["group"])
    box.fill(visit.words["find"])
    expect(dialog.get_by_role("option").first).to_be_visible()


def notifications(visit: Visit) -> None:
    """The bell: notifications of other services."""
    visit.page.locator("#bell").click()
    expect(visit.page.locator("#notifications .notification").nth(4)).to_be_visible()


# A conversation


def conversation(visit: Visit) -> None:
    """A conversation of two: days, a link, an answer, an edit, ticks."""
    visit.open("bob")


def group(visit: Visit) -> None:
    """A group: a picture, what is new since the last visit, a message that was recalled, a mention."""
    visit.open("move")
    expect(visit.page.locator("#messages .new-line")).to_be_visible()


def group_panel(visit: Visit) -> None:
    """A group's members and settings, as its owner sees them."""
    visit.open("move")
    visit.page.locator("#group-details").click()
    expect(visit.page.locator("#group-panel .member")).to_have_count(6)


def attachments(visit: Visit) -> None:
    """Pictures and files in a conversation."""
    visit.open("emma")


def viewer(visit: Visit) -> None:
    """A picture, looked at."""
    visit.open("emma")
    visit.page.locator("#messages .picture").first.click()
    expect(visit.page.locator("#viewer .stage img")).to_be_visible()


def files_to_send(visit: Visit) -> None:
    """Files to send: a picture that is ready, a paper on its way."""
    visit.open("hugo")
    files = visit.page.locator("#attach-files")
    files.set_input_files([{"name": visit.words["photo"], "mimeType": "image/jpeg", "buffer": pictures.shelves()}])
    expect(visit.page.locator("#attach-tray li[data-state=ready]")).to_have_count(1)
    visit.page.route("**/uploads/*?offset=*", lambda route: None)
    files.set_input_files([{"name": visit.words["plan"], "mimeType": "application/pdf", "buffer": pictures.paper()}])
    expect(visit.page.locator("#attach-tray progress:visible")).to_have_count(1)


def emoji(visit: Visit) -> None:
    """Choosing an emoji."""
    visit.open("bob")
    visit.page.locator("#emoji-button").click()
    expect(visit.page.locator("#emoji-picker .grid button").first).to_be_visible()


def mentions(visit: Visit) -> None:
    """Mentioning a member."""
    visit.open("move")
    visit.page.locator("#words").press_sequentially("@")
    expect(visit.page.locator("#mention-list li")).to_have_count(5)


def reply(visit: Visit) -> None:
    """Answering a message."""
    visit.open("dora")
    visit.menu_of("4711")
    visit.page.locator("#message-menu [data-action=reply]").click()
    visit.write(visit.words["draft"])
    expect(visit.page.locator("#composer-context")).to_be_visible()


def message_menu(visit: Visit) -> None:
    """What one can do with a message of one's own."""
    visit.open("bob")
    visit.menu_of(visit.site.scene.talks["bob"].said[-1].words)


def readers(visit: Visit) -> None:
    """Who has read a message, and when."""
    visit.open("move")
    visit.menu_of(next(said.words for said in visit.site.scene.talks["move"].said if said.key == "layout"))
    visit.page.locator("#message-menu [data-action=readers]").click()
    expect(visit.page.locator("#readers-dialog .readers li")).to_have_count(5)


# The connection


def offline(visit: Visit) -> None:
    """Offline: what one writes is kept, and sent later."""
    visit.open("bob")
    visit.page.context.set_offline(True)
    expect(visit.page.locator("#status")).to_have_attribute("data-state", "offline")
    visit.write(visit.words["offline"])
    visit.page.locator("#words").press("Enter")
    expect(visit.page.locator("#messages .tick[data-tick=waiting]")).to_be_visible()


def replaced(visit: Visit) -> None:
    """Replaced by a connection elsewhere, where the site allows one at a time."""
    visit.open("bob")
    visit.site.replace()
    expect(visit.page.locator("#status")).to_have_attribute("data-state", "closed", timeout=30_000)


# What one chooses


def options(visit: Visit) -> None:
    """What one chooses for this browser."""
    visit.page.locator("#open-options").click()
    expect(visit.page.locator("#browser-options")).to_be_visible()


def shortcuts(visit: Visit) -> None:
    """The sheet of keys."""
    options(visit)
    visit.page.locator("#open-shortcuts").click()
    expect(visit.page.locator("#shortcuts")).to_be_visible()


def settings(visit: Visit) -> None:
    """The settings, all sections."""
    visit.page.goto("/settings/")


# The admin


def admin_messages(visit: Visit) -> None:
    """The admin: messages, and how far each has come."""
    visit.page.goto("/admin/messages_store/message/")


def admin_message(visit: Visit) -> None:
    """The admin: one message and its trace."""
    visit.page.goto(f"/admin/messages_store/message/{visit.site.messages['move:9']}/change/")


def admin_transcript(visit: Visit) -> None:
    """The admin: what was said in a conversation."""
    visit.page.goto(f"/admin/messages_store/conversation/{visit.site.places['move']}/transcript/")


def admin_cluster(visit: Visit) -> None:
    """The admin: the nodes."""
    visit.page.goto("/admin/chat/node/")


SCREENS = (
    Screen(sign_in, EVERY_LOOK, NOBODY),
    Screen(conversations, EVERY_LOOK),
    Screen(conversation, EVERY_LOOK),
    Screen(group, EVERY_LOOK),
    Screen(attachments, EVERY_LOOK),
    Screen(search, EVERY_LOOK),
    Screen(notifications, EVERY_LOOK),
    Screen(settings, EVERY_LOOK, whole=True),
    Screen(sign_up, OPPOSITE_LOOKS, NOBODY),
    Screen(lost_password, OPPOSITE_LOOKS, NOBODY),
    Screen(empty, OPPOSITE_LOOKS, NEWCOMER),
    Screen(new_conversation, OPPOSITE_LOOKS),
    Screen(group_panel, OPPOSITE_LOOKS),
    Screen(viewer, OPPOSITE_LOOKS),
    Screen(files_to_send, OPPOSITE_LOOKS),
    Screen(emoji, OPPOSITE_LOOKS),
    Screen(mentions, OPPOSITE_LOOKS),
    Screen(reply, OPPOSITE_LOOKS),
    Screen(message_menu, OPPOSITE_LOOKS),
    Screen(readers, OPPOSITE_LOOKS),
    Screen(offline, OPPOSITE_LOOKS),
    Screen(replaced, OPPOSITE_LOOKS),
    Screen(options, OPPOSITE_LOOKS),
    Screen(shortcuts, OPPOSITE_LOOKS),
    Screen(admin_messages, ADMIN_LOOKS, ADMIN),
    Screen(admin_message, ADMIN_LOOKS, ADMIN, whole=True),
    Screen(admin_transcript, ADMIN_LOOKS, ADMIN, whole=True),
    Screen(admin_cluster, ADMIN_LOOKS, ADMIN),
)
