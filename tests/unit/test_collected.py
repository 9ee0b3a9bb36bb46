"""Whether collected static files may be served."""

import os

import pytest

from imsite.collected import is_current


@pytest.fixture
def source(tmp_path):
    (tmp_path / "source" / "chat").mkdir(parents=True)
    for name in ("a.js", "b.css"):
        (tmp_path / "source" / "chat" / name).write_text(name)
    return tmp_path / "source"


@pytest.fixture
def root(tmp_path, source):
    (tmp_path / "root" / "chat").mkdir(parents=True)
    for name in ("a.js", "b.css"):
        (tmp_path / "root" / "chat" / name).write_text(name)
    return tmp_path / "root"


def test_what_was_collected_since_the_last_change_is_current(root, source):
    assert is_current(root, source)


def test_nothing_was_collected(tmp_path, source):
    assert not is_current(tmp_path / "nowhere", source)


def test_a_file_changed_since(root, source):
    later = (root / "chat" / "a.js").stat().st_mtime + 1
    os.utime(source / "chat" / "a.js", (later, later))
    assert not is_current(root, source)


def test_a_file_came_since(root, source):
    (source / "chat" / "c.js").write_text("new")
    assert not is_current(root, source)


def test_of_nothing_nothing_is_current(root, tmp_path):
    assert not is_current(root, tmp_path / "empty")
