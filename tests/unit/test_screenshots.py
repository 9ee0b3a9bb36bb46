"""What docs/screenshots.md promises is there: every screen in every look that is kept of it."""

import re
from pathlib import Path

from tests.web.scenes.gallery import page
from tests.web.scenes.screens import SCREENS
from tests.web.scenes.site import SCENES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PICTURE = re.compile(r"!\[[^\]]*\]\(([^):]+)\)")


def test_the_page_is_as_make_screenshots_writes_it():
    assert (DOCS / "screenshots.md").read_text() == page()


def test_every_picture_was_made_and_no_other_is_kept():
    wanted = {screen.file(look) for screen in SCREENS for look in screen.looks}
    assert {path.name for path in (DOCS / "screenshots").iterdir()} == wanted


def test_the_pictures_that_documents_show_are_there():
    shown = [
        (document, name)
        for document in (ROOT / "README.md", *DOCS.glob("*.md"))
        for name in PICTURE.findall(document.read_text())
    ]
    assert len(shown) > len(SCREENS)
    assert [(document, name) for document, name in shown if not (document.parent / name).is_file()] == []


def test_both_scenes_are_the_same_day():
    """Who is written to, and when, is one story in two languages."""
    english, chinese = SCENES.values()
    assert english.words.keys() == chinese.words.keys()
    assert [(name, [(said.who, said.at, said.key) for said in talk.said]) for name, talk in english.talks.items()] == [
        (name, [(said.who, said.at, said.key) for said in talk.said]) for name, talk in chinese.talks.items()
    ]
