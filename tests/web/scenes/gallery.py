"""docs/screenshots.md: all pictures with their captions."""

from collections.abc import Iterable, Iterator

from .screens import EVERY_LOOK, SCREENS, Look, Screen

HEAD = """# Screenshots

`make screenshots` makes this page and its pictures, for looking at: nothing overlaps, is cut off, or looks unfinished.
It starts a node for each language, on SQLite and with a clock that stands still, on which a company has had its
Thursday (`tests/web/scenes/`). So a picture changes where the screen did, or where other fonts are installed: commit
those that did. `make screenshots ARGS="search group"` makes these alone.

The main screens are here in all looks: desktop (1100 × 700) and phone (360 × 740), light and dark, English and Chinese.
The others are in two that have something of each: desktop, light, English; phone, dark, Chinese. The admin is for
laptops (1366 × 768) and larger. Settings and some pages of the admin are shown down to their end.
"""
NAMES = {"light": "light", "dark": "dark", "en": "English", "zh": "中文"}


def page() -> str:
    return "\n".join([HEAD, *(line for screen in SCREENS for line in section(screen))])


def section(screen: Screen) -> Iterator[str]:
    yield f"## {screen.name}"
    yield ""
    yield screen.caption
    yield ""
    if screen.looks == EVERY_LOOK:
        for size, columns in (("desktop", 2), ("phone", 4)):
            yield from table(screen, [look for look in screen.looks if look.size == size], columns)
    else:
        yield from table(screen, screen.looks, 2)


def table(screen: Screen, looks: Iterable[Look], columns: int) -> Iterator[str]:
    cells = [cell(screen, look) for look in looks]
    yield row([""] * columns)
    yield row(["---"] * columns)
    for start in range(0, len(cells), columns):
        yield row(cells[start : start + columns])
    yield ""


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def cell(screen: Screen, look: Look) -> str:
    words = f"{look.size}, {NAMES[look.theme]}, {NAMES[look.language]}"
    return f"![{screen.name}: {words}](screenshots/{screen.file(look)})<br>{words}"
