"""`make screenshots`: pictures of every main screen into docs/screenshots/, which docs/screenshots.md shows.

For looking at: nothing overlaps, is cut off, or looks unfinished. The scenes are always the same, on a clock that
stands still, so that a picture changes where the screen did. `python -m tests.web.screenshots NAME …` makes those
screens alone.
"""

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.machine import chromium_path

from .conftest import ARGUMENTS
from .scenes.agents import ADDRESSES, AGENTS
from .scenes.gallery import page
from .scenes.screens import ADMIN, NOBODY, SCREENS, VISITOR, Look, Screen, Visit
from .scenes.site import ROOT, SCENES, Site, site

DIRECTORY = ROOT / "docs" / "screenshots"
PAGE = ROOT / "docs" / "screenshots.md"
SIZES = {
    "desktop": {"viewport": {"width": 1100, "height": 700}},
    "laptop": {"viewport": {"width": 1366, "height": 768}},
    "phone": {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True},
}
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
# What is in view is there: pictures too, and what fades has faded.
IN_VIEW = """() => Promise.all([...document.images].filter((image) => {
  const { top, bottom, width } = image.getBoundingClientRect()
  return width && bottom > 0 && top < innerHeight
}).map((image) => image.decode().catch(() => {})))"""


def main(names: list[str], *, looks: list[Look] | None = None, directory: Path = DIRECTORY) -> None:
    """Take these screens, or all, in the looks that are kept of them, or in those given."""
    unknown = set(names) - {screen.name for screen in SCREENS}
    if unknown:
        sys.exit(f"No such screen: {', '.join(sorted(unknown))}. There are {', '.join(one.name for one in SCREENS)}.")
    chosen = [screen for screen in SCREENS if not names or screen.name in names]
    directory.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        for language in SCENES:
            wanted = [
                (screen, look)
                for screen in chosen
                for look in screen.looks
                if look.language == language and look in (looks or screen.looks)
            ]
            if wanted:
                take_all(browser, language, wanted, directory)
        browser.close()
    if directory == DIRECTORY:
        PAGE.write_text(page())


def take_all(browser: Browser, language: str, wanted: list[tuple[Screen, Look]], directory: Path) -> None:
    with site(language) as its:
        for screen, look in wanted:
            picture = take(browser, its, screen, look)
            its.restore()
            new = keep(picture, directory / screen.file(look))
            print(f"{screen.file(look)}{'' if new else ' (as before)'}", flush=True)


def take(browser: Browser, its: Site, screen: Screen, look: Look) -> bytes:
    """A PNG of that screen, of a visit of its own."""
    device = "phone" if look.size == "phone" else "desktop"
    context = browser.new_context(
        base_url=its.url,
        color_scheme=look.theme,
        locale=LOCALES[look.language],
        timezone_id=its.scene.zone,
        user_agent=AGENTS[device],
        extra_http_headers={"X-Forwarded-For": ADDRESSES[device]},
        reduced_motion="reduce",
        **SIZES[look.size],
    )
    context.clock.set_fixed_time(its.scene.moment(its.scene.now))
    front = context.new_page()
    if screen.who != NOBODY:
        session = its.sessions[device if screen.who == VISITOR else screen.who]
        context.add_cookies([{"name": "sessionid", "value": session, "url": its.url}])
    if screen.who not in (NOBODY, ADMIN):
        come_in(front)
        front.wait_for_load_state("networkidle")  # with all that comes later: some screens hold something up
    screen.go(Visit(front, its))
    front.mouse.move(0, 0)  # nothing is pointed at
    front.wait_for_load_state("networkidle")
    front.evaluate(IN_VIEW)
    picture = front.screenshot(full_page=screen.whole, animations="disabled")
    context.close()
    return picture


def come_in(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#status")).to_have_attribute("data-state", "live")
    expect(page.locator("#conversations a, #no-conversations:visible").first).to_be_visible()


def keep(picture: bytes, path: Path) -> bool:
    """Store it, without loss, unless the one that is there shows the same."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    if path.exists():
        with Image.open(path) as before:
            if before.size == image.size and before.convert("RGB").tobytes() == image.tobytes():
                return False
    image.save(path, lossless=True, quality=90)
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
