"""What a search looks for: words that may be just begun, and Chinese or Japanese characters in a row. Pure.

A message is found when everything that was asked for is in it: "quart rep" finds "The Quarterly report", 会议 finds
明天的会议室, and "red car" in quotes only those two next to each other. Letter case does not matter, and everything
between words is alike: foo-bar is the two words foo and bar next to each other.

The database splits the bodies in the same way: see the migration that makes messages_store_words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Each of these characters is a word of its own, since their writing has no spaces: Han, Kana, their extensions.
ALONE = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff"
)
# These part words, whatever the database's locale holds them for: punctuation and symbols, full-width ones, emoji.
BETWEEN = (
    r"!-/:-@\[-`{-~"
    "\u00a0-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u2000-\u206f\u2190-\u2bff\u3000-\u3004"
    "\u3008-\u3020\u3030-\u303f\ufe10-\ufe6f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
    "\U0001f000-\U0001faff"
)
WORD = re.compile(rf"[{ALONE}]|[^\s{BETWEEN}{ALONE}]+")
PART = re.compile(r'"([^"]*)"?|([^\s"]+)')
NOT_IN_A_WORD = rf"(?:^|(?<=[\s{BETWEEN}{ALONE}]))"
NOT_IN_A_WORD_AFTER = rf"(?=$|[\s{BETWEEN}{ALONE}])"
BETWEEN_WORDS = rf"[\s{BETWEEN}]*"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words next to each other. `open`: the last one may go on."""

    words: tuple[str, ...]
    open: bool

    def as_tsquery(self) -> str:
        """For PostgreSQL's to_tsquery: 'foo' <-> 'bar':*"""
        quoted = ["'{}'".format(word.replace("'", "''")) for word in self.words]
        return " <-> ".join(quoted) + (":*" if self.open else "")

    def as_pattern(self) -> str:
        """The same for who matches by regular expression."""
        *first, last = [_pattern(word) for word in self.words]
        whole = [word if alone else NOT_IN_A_WORD + word + NOT_IN_A_WORD_AFTER for word, alone in first]
        word, alone = last
        end = "" if alone or self.open else NOT_IN_A_WORD_AFTER
        return BETWEEN_WORDS.join([*whole, word if alone else NOT_IN_A_WORD + word + end])


def _pattern(word: str) -> tuple[str, bool]:
    return re.escape(word), bool(re.fullmatch(f"[{ALONE}]", word))


def phrases(text: str) -> list[Phrase]:
    """What a text asks for: all of these. Empty where it has no word at all."""
    return list(_phrases(text))


def _phrases(text: str) -> Iterator[Phrase]:
    for quoted, plain in PART.findall(text):
        words = tuple(WORD.findall(quoted or plain))
        if words:
            yield Phrase(words, open=not quoted and not re.fullmatch(f"[{ALONE}]", words[-1]))
