"""What a search asks for, and what that matches."""

import re

import pytest

from messages_store.words import Phrase, phrases


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pizza", [Phrase(("pizza",), True)]),
        ("  pizza \n today ", [Phrase(("pizza",), True), Phrase(("today",), True)]),
        ('"pizza today" please', [Phrase(("pizza", "today"), False), Phrase(("please",), True)]),
        ('"pizza today', [Phrase(("pizza", "today"), False)]),
        ("foo-bar", [Phrase(("foo", "bar"), True)]),
        ("会议", [Phrase(("会", "议"), False)]),
        ("明天 会议v2", [Phrase(("明", "天"), False), Phrase(("会", "议", "v2"), True)]),
        ("3.5", [Phrase(("3", "5"), True)]),
        ("Straße", [Phrase(("Straße",), True)]),
        ("", []),
        (' ,。… 👍 "" -- \' ', []),
    ],
)
def test_what_is_asked_for(text, found):
    assert phrases(text) == found


def test_as_postgresql_takes_it():
    found = phrases('会议 "red car" o\'neill')
    assert [phrase.as_tsquery() for phrase in found] == [
        "'会' <-> '议'",
        "'red' <-> 'car'",
        "'o' <-> 'neill':*",
    ]


@pytest.mark.parametrize("text", ["'", "\\", "':* | 'a", "a & b | !c", "<->", "(a)", "a:*b", "\u2019"])
def test_nothing_in_a_word_means_anything_to_postgresql(text):
    assert all(re.fullmatch(r"\w+", word) for phrase in phrases(text) for word in phrase.words)
