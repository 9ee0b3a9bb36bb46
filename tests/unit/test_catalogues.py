"""What stands in locale/: nothing untranslated, every name to be filled in, and compiled as it is written."""

import gettext
from pathlib import Path

import polib
import pytest

CATALOGUES = Path(__file__).resolve().parents[2] / "locale" / "zh_Hans" / "LC_MESSAGES"
DOMAINS = ("django", "djangojs")


def compiled(entries) -> dict:
    """What gettext looks up → what it finds. A context stands before the text, a plural's form beside it."""
    found = {}
    for entry in entries:
        key = f"{entry.msgctxt}\4{entry.msgid}" if entry.msgctxt else entry.msgid
        if entry.msgid_plural:
            found |= {(key, form): said for form, said in entry.msgstr_plural.items()}
        else:
            found[key] = entry.msgstr
    return found


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_compiled_catalogue_says_what_is_written(domain):
    """Otherwise: make messages."""
    written = compiled(entry for entry in polib.pofile(CATALOGUES / f"{domain}.po") if entry.translated())
    with (CATALOGUES / f"{domain}.mo").open("rb") as file:
        read = gettext.GNUTranslations(file)._catalog
    del read[""]  # the head
    assert read == written
    assert written
