"""`make screenshots`: a picture of a screen is the same each time, whatever was done there before."""

from io import BytesIO

import pytest
from PIL import Image

from .scenes.screens import SCREENS, Look
from .scenes.site import site
from .screenshots import keep, take

LOOK = Look("phone", "dark", "zh")
[GROUP] = [screen for screen in SCREENS if screen.name == "group"]


@pytest.fixture(scope="module")
def its():
    with site(LOOK.language) as its:
        yield its


def test_a_second_picture_is_as_the_first(browser, its, tmp_path):
    """Though the visit before has read what was new."""
    path = tmp_path / GROUP.file(LOOK)
    assert keep(take(browser, its, GROUP, LOOK), path)
    its.restore()
    assert not keep(take(browser, its, GROUP, LOOK), path)
    with Image.open(path) as kept:
        assert kept.size == (360, 740)


def test_another_picture_replaces_the_one_before(tmp_path):
    path = tmp_path / "one.webp"
    for colour, is_new in (("red", True), ("blue", True), ("blue", False)):
        buffer = BytesIO()
        Image.new("RGB", (9, 9), colour).save(buffer, "PNG")
        assert keep(buffer.getvalue(), path) is is_new
    assert Image.open(path).getpixel((0, 0)) == (0, 0, 255)
