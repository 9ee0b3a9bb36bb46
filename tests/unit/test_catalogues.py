"""What stands in locale/: nothing untranslated, every name to be filled in, and compiled as it is written."""

import gettext
import re
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


def entries() -> list[polib.POEntry]:
    return [entry for domain in DOMAINS for entry in polib.pofile(CATALOGUES / f"{domain}.po") if not entry.obsolete]


def test_everything_is_translated():
    """And by a person: what a tool guessed is marked as fuzzy, and not used."""
    assert [entry.msgid for entry in entries() if entry.fuzzy or not entry.translated()] == []


NAMES = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w+\}|`\w+`")


def names(text: str) -> list[str]:
    """What is filled in, and what is not to be translated: %(name)s, %d, {name}, `title`."""
    return sorted(NAMES.findall(text))


def wrong(entry: polib.POEntry) -> bool:
    """Whether the Chinese has other names than the English. Chinese has one form, and says "one" with its number."""
    expected = names(entry.msgid_plural or entry.msgid)
    return any(names(said) != expected for said in (entry.msgstr_plural.values() or [entry.msgstr]))


def test_each_translation_fills_in_the_same_names():
    assert [entry.msgid for entry in entries() if wrong(entry)] == []


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("%(name)s left.", "%(nmae)s 退出了群聊。"),
        ("%d bytes", "字节"),
        ("{actor} left.", "退出了群聊。"),
        ("{count} of {all}", "{all} 的 {count} {count}"),
        ("Say `title`.", "请提供 `标题`。"),
    ],
)
def test_a_name_that_is_missing_doubled_or_misspelt_is_seen(english, chinese):
    assert wrong(polib.POEntry(msgid=english, msgstr=chinese))
    assert wrong(polib.POEntry(msgid="x", msgid_plural=english, msgstr_plural={0: chinese}))


def test_chinese_is_written_with_chinese_signs():
    """No English comma, full stop or bracket after a Chinese character."""
    found = [said for entry in entries() for said in (entry.msgstr, *entry.msgstr_plural.values())]
    assert [said for said in found if re.search(r"[\u4e00-\u9fff][,.;:?!(]", said)] == []
