"""What may be said at all, before the database is asked."""

from dataclasses import replace
from types import SimpleNamespace
from uuid import UUID

import pytest

from messages_store.drafts import DEEPEST, LARGEST_ID, Draft, check, first_digest
from messages_store.errors import Invalid, TooLarge

GOOD = Draft(sender=1, client_id=UUID(int=1), body="hello", conversation=2)


def nested(levels: int) -> dict:
    """An object in an object in … so many levels."""
    data = {}
    for _ in range(levels - 1):
        data = {"a": data}
    return data


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"conversation": None, "to": 3},
        {"kind": "card.v2_a-b"},
        {"kind": "x" * 32},
        {"reply_to": LARGEST_ID},
        {"body": "", "data": {}},
        {"body": "😀 \u200b \t\n\r \x7f \ue000 ﷽"},
        {"body": r"\u0000 \ud800 \0 %s %(now)s {now} '; --"},
        {"data": {"": None, "a": [1, 2.5, -0.0, True, "😀", 2**64, {"b": [[]]}]}},
        {"data": {"a": r"\u0000 is no NUL", "b": "\\\\u0000"}},
        {"data": nested(DEEPEST)},
    ],
)
def test_a_draft_that_can_be_stored_passes(fields):
    check(replace(GOOD, **fields))


@pytest.mark.parametrize("fields", [{"conversation": None}, {"to": 3}])
def test_it_has_one_place_to_go(fields):
    with pytest.raises(Invalid, match="Say either"):
        check(replace(GOOD, **fields))


@pytest.mark.parametrize("field", ["conversation", "to", "reply_to"])
@pytest.mark.parametrize("id", [0, -1, LARGEST_ID + 1, 2**63, 10**400])
def test_ids_are_in_range(field, id):
    fields = {"conversation": None} if field == "to" else {}
    with pytest.raises(Invalid, match="out of range"):
        check(replace(GOOD, **{**fields, field: id}))


@pytest.mark.parametrize("kind", ["notification", "system"])
def test_kinds_that_are_ours_are_not_sent(kind):
    with pytest.raises(Invalid, match="kind"):
        check(replace(GOOD, kind=kind))


@pytest.mark.parametrize("kind", ["", "Text", "text\n", "té", "1st", "x" * 33, "a b", "__class__", "\0", "\ud800"])
def test_a_kind_is_a_short_word(kind):
    with pytest.raises(Invalid, match="kind"):
        check(replace(GOOD, kind=kind))


@pytest.mark.parametrize("body", ["", " ", "\t\r\n", "\u3000\u2003"])
def test_without_data_a_body_says_something(body):
    with pytest.raises(Invalid, match="empty"):
        check(replace(GOOD, body=body))


@pytest.mark.parametrize("body", ["a\0b", "\0", "\ud800 abc", "\udc00", "é\udfff"])
@pytest.mark.parametrize("data", [None, {}])
def test_a_body_has_only_characters_that_can_be_stored(body, data):
    with pytest.raises(Invalid, match="character"):
        check(replace(GOOD, body=body, data=data))


def test_a_body_is_counted_in_characters(settings):
    settings.IM_BODY_CHARACTERS = 3
    check(replace(GOOD, body="😀😀😀"))
    with pytest.raises(TooLarge, match="at most 3 characters"):
        check(replace(GOOD, body="aaaa"))


def test_data_is_counted_in_bytes_of_json(settings):
    settings.IM_DATA_BYTES = 10
    check(replace(GOOD, data={"a": "é"}))  # {"a":"é"}, of which é is two
    with pytest.raises(TooLarge, match="at most 10 bytes"):
        check(replace(GOOD, data={"a": "éa"}))


@pytest.mark.parametrize("data", [{"a": "x\0"}, {"a\0": 1}, {"a": ["\\\0"]}, {"\0": {}}])
def test_data_has_no_nul(data):
    with pytest.raises(Invalid, match="character"):
        check(replace(GOOD, data=data))


@pytest.mark.parametrize("data", [{"a": "\ud800"}, {"\udc00": 1}, {"a": object()}, {("a", 1): 1}])
def test_data_is_json(data):
    with pytest.raises(Invalid, match="JSON"):
        check(replace(GOOD, data=data))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_data_has_no_numbers_that_json_has_not(number):
    with pytest.raises(Invalid, match="JSON"):
        check(replace(GOOD, data={"a": [{"b": number}]}))


@pytest.mark.parametrize(
    "data", [nested(DEEPEST + 1), nested(990), nested(100_000), {"a": [[[[[[[[nested(DEEPEST - 7)]]]]]]]]}]
)
def test_data_is_not_nested_deeper_than_every_reader_can_follow(data):
    """A store or a client that gives up half way could never get past this message again."""
    with pytest.raises((Invalid, TooLarge)):
        check(replace(GOOD, data=data))


def test_breadth_is_not_depth():
    check(replace(GOOD, data={"a": [[] for _ in range(500)], "b": "[" * 500}))


# Whether it is what was stored before


def stored(**fields) -> SimpleNamespace:
    names = {"conversation_id": 2, "kind": "text", "body": "hello", "data": None, "reply_to_id": None}
    return SimpleNamespace(**names | {"first_digest": ""} | fields)


def changed(**fields) -> SimpleNamespace:
    """The same after an edit: of what was sent first only the digest is left."""
    first = stored(**fields)
    return stored(body="edited", first_digest=first_digest(first))


def test_the_same_draft_is_what_was_stored():
    assert GOOD.is_stored_as(stored())


@pytest.mark.parametrize("other", [{"body": "Hello"}, {"kind": "card"}, {"conversation_id": 3}, {"reply_to_id": 1}])
def test_another_draft_is_not(other):
    assert not GOOD.is_stored_as(stored(**other))


def test_a_message_that_was_changed_was_sent_as_what_it_said_first():
    assert GOOD.is_stored_as(changed())
    assert not replace(GOOD, body="edited").is_stored_as(changed())


@pytest.mark.parametrize("other", [{"body": "Hello"}, {"kind": "card"}, {"conversation_id": 3}, {"reply_to_id": 1}])
def test_and_as_nothing_else(other):
    assert not GOOD.is_stored_as(changed(**other))


def test_a_second_change_keeps_the_first_digest():
    once = changed()
    assert first_digest(once) == once.first_digest


def test_what_was_said_cannot_be_guessed_from_the_digest_without_our_key(settings):
    digest = first_digest(stored())
    settings.SECRET_KEY = "another" * 10
    assert first_digest(stored()) != digest


def test_a_rotated_key_forgets_nothing(settings):
    before = changed()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 10
    assert GOOD.is_stored_as(before)
    settings.SECRET_KEY_FALLBACKS = []
    assert not GOOD.is_stored_as(before)  # a conflict, and no second message


@pytest.mark.parametrize(
    ("data", "as_stored"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),  # PostgreSQL sorts keys
        ({"a": [1e23, 1e308]}, {"a": [10**23, 10**308]}),  # and writes numbers out
        ({"a": -0.0}, {"a": 0.0}),
        ({"a": 1.0}, {"a": 1}),
        ({"a": "😀"}, {"a": "😀"}),
    ],
)
def test_what_a_database_writes_differently_is_the_same_data(data, as_stored):
    assert replace(GOOD, data=data).is_stored_as(stored(data=as_stored))
    assert replace(GOOD, data=data).is_stored_as(changed(data=as_stored))


@pytest.mark.parametrize(
    ("data", "as_stored"), [({}, None), ({"a": 1}, {"a": 2}), ({"a": "1"}, {"a": 1}), ({"a": [1, 2]}, {"a": [2, 1]})]
)
def test_other_data_is_another_message(data, as_stored):
    assert not replace(GOOD, data=data).is_stored_as(stored(data=as_stored))
    assert not replace(GOOD, data=data).is_stored_as(changed(data=as_stored))
