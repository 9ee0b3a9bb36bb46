"""The catalogues in locale/ are in step with the sources. It needs the gettext tools."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("manage.py", "imsite", "chat", "messages_store", "templates", "locale")
CATALOGUES = "locale/zh_Hans/LC_MESSAGES"


@pytest.fixture
def copy(tmp_path):
    """A copy of the sources, where `make messages` may write."""
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def make_messages(copy: Path) -> None:
    subprocess.run([sys.executable, "manage.py", "catalogs"], cwd=copy, env=os.environ, check=True, timeout=120)


def entries(directory: Path, domain: str) -> dict:
    """What is to be translated and how it is, by its context and text."""
    found = polib.pofile(directory / CATALOGUES / f"{domain}.po")
    return {
        (entry.msgctxt, entry.msgid): (entry.msgid_plural, entry.msgstr, entry.msgstr_plural, entry.flags)
        for entry in found
        if not entry.obsolete
    }


def test_what_is_said_in_the_sources_stands_in_the_catalogues(copy):
    """Neither more nor less. Otherwise: make messages."""
    make_messages(copy)
    for domain in ("django", "djangojs"):
        assert entries(ROOT, domain) == entries(copy, domain)


def test_what_is_new_anywhere_is_found(copy):
    """In Python, in a template, in a script, and where the docstring of an error is what it says."""
    new = {
        "chat/new.py": '_("New in Python")\n',
        "templates/new.html": '{% load i18n %}{% translate "New in a template" %}\n',
        "chat/static/chat/page/new.js": 'class New { #say = () => gettext("New in a script", { name }) }\n'
        'const some = (count) => ngettext("{count} new", "{count} new ones", count)\n',
    }
    for name, text in new.items():
        (copy / name).write_text(text)
    with (copy / "messages_store/errors.py").open("a") as errors:
        errors.write('\n\nclass New(ChatError):\n    """New in an error."""\n')
    make_messages(copy)
    django, scripts = (entries(copy, domain).keys() - entries(ROOT, domain).keys() for domain in ("django", "djangojs"))
    assert django == {(None, "New in Python"), (None, "New in a template"), (None, "New in an error.")}
    assert scripts == {(None, "New in a script"), (None, "{count} new")}
