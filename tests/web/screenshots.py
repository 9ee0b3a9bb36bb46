"""`make screenshots`: the main screens, desktop and phone, light and dark, English and Chinese, into docs/screenshots/.

One node on SQLite with the people of `manage.py demo` and some history. For looking at: nothing overlaps, is cut off,
or looks unfinished. `python -m tests.web.screenshots NAME …` makes those screens alone.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from imsite.localservers import Node, free_port
from tests.machine import chromium_path

from .conftest import ARGUMENTS, ROOT

DIRECTORY = ROOT / "docs" / "screenshots"
SIZES = {"desktop": {"width": 1100, "height": 700}, "phone": {"width": 360, "height": 740}}
THEMES = ("light", "dark")
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}


@dataclass(frozen=True)
class Visit:
    """Somebody at the page, and what there is to look at."""

    page: Page
    conversations: dict[str, int]  # by their titles: "lunch", "bob", …

    def open(self, name: str) -> None:
        self.page.locator(f"#conversations a[href='#c{self.conversations[name]}']").click()
        expect(self.page.locator("#messages .message").last).to_be_visible()


Screen = Callable[[Visit], None]


def sign_in(visit: Visit) -> None:
    visit.page.context.clear_cookies()
    visit.page.goto("/sign-in/")


def conversations(visit: Visit) -> None:
    """The list; on a desktop with nothing chosen."""


def conversation(visit: Visit) -> None:
    visit.open("bob")


def group(visit: Visit) -> None:
    visit.open("lunch")


def notifications(visit: Visit) -> None:
    visit.page.locator("#bell").click()
    expect(visit.page.locator("#notifications .notification").first).to_be_visible()


def settings(visit: Visit) -> None:
    visit.page.goto("/settings/")


def devices(visit: Visit) -> None:
    visit.page.goto("/settings/#places")


def sign_up(visit: Visit) -> None:
    visit.page.context.clear_cookies()
    visit.page.goto("/sign-up/")


SCREENS: tuple[Screen, ...] = (
    *(sign_in, sign_up, conversations, conversation, group, notifications),
    *(settings, devices),
)


def main(names: list[str]) -> None:
    chosen = [screen for screen in SCREENS if not names or screen.__name__ in names]
    DIRECTORY.mkdir(exist_ok=True)
    with site() as (url, world), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        for size, theme, language in product(SIZES, THEMES, LANGUAGES):
            for screen in chosen:
                take(browser, url, world[language], screen, size, theme, language)
        browser.close()


def take(browser: Browser, url: str, world: dict, screen: Screen, size: str, theme: str, language: str) -> None:
    context = browser.new_context(
        base_url=url,
        viewport=SIZES[size],
        color_scheme=theme,
        locale=LANGUAGES[language],
        reduced_motion="reduce",
        is_mobile=size == "phone",
        has_touch=size == "phone",
        timezone_id="Europe/Berlin",
    )
    context.add_cookies([{"name": "sessionid", "value": world["session"], "url": url}])
    page = context.new_page()
    page.goto("/")
    expect(page.locator("#status")).to_have_attribute("data-state", "live")
    expect(page.locator("#conversations a").first).to_be_visible()
    screen(Visit(page, world["conversations"]))
    page.wait_for_load_state("networkidle")
    page.screenshot(path=DIRECTORY / f"{screen.__name__.replace('_', '-')}-{size}-{theme}-{language}.png")
    context.close()


@contextmanager
def site() -> Iterator[tuple[str, dict]]:
    """A node's URL, and by language {"session", "conversations"}: somebody who speaks it."""
    with tempfile.TemporaryDirectory() as directory:
        environment = {
            "DATABASE_URL": f"sqlite:///{directory}/imsite.sqlite3",
            "REDIS_URL": "",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "127.0.0.1",
            "IM_SIGN_UP": "true",
            "DEBUG": "false",
            "HTTPS": "false",
        }
        for command in (["manage.py", "migrate", "--verbosity=0"], ["-m", "tests.web.make_scenes"]):
            done = subprocess.run(
                [sys.executable, *command],
                cwd=ROOT,
                env=os.environ | environment,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
        with Node(free_port(), environment, Path(directory) / "node.log") as node:
            yield node.url, json.loads(done.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
