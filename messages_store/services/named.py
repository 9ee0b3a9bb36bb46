"""Who is named by messages: who wrote them, whom they mention, and of whom the system speaks in them."""

from collections.abc import Iterable, Iterator

from messages_store.drafts import LARGEST_ID
from messages_store.models import Member, Message, User

KIND = "system"
TOLD = 5  # people of one change that are told by name; of more the sentence gives the number
MENTIONED = 50  # mentions of one message that are looked at: `data` is whatever its sender put there


def people(*, messages: Iterable[Message], known: Iterable[User] = ()) -> dict[int, User]:
    """By id. Two queries at most, none where all are known already.

    Who is mentioned is told where they are or were in that conversation: others need not be anybody's to know.
    """
    found = {user.pk: user for user in known}
    messages = list(messages)
    spoken_of = {id for message in messages for id in _speakers(message)}
    called = {id for message in messages for id in _mentioned(message)} - found.keys() - spoken_of
    if called:
        where = {message.conversation_id for message in messages}
        spoken_of |= set(Member.objects.filter(conversation__in=where, user__in=called).values_list("user", flat=True))
    missing = spoken_of - found.keys()
    return found | User.objects.in_bulk(missing) if missing else found


def names(*, message: Message) -> list[int]:
    """The ids of all whom a message may name, each once."""
    return list(dict.fromkeys([*_speakers(message), *_mentioned(message)]))


def _speakers(message: Message) -> Iterator[int]:
    """Who wrote it, or whom the system speaks of."""
    if message.kind != KIND:
        yield from _ids([message.sender_id])
        return
    data = message.data or {}
    users = data.get("users") or []
    yield from _ids([data.get("actor"), data.get("user"), data.get("owner"), *(users if len(users) <= TOLD else ())])


def _mentioned(message: Message) -> Iterator[int]:
    mentions = (message.data or {}).get("mentions")
    if message.kind != KIND and isinstance(mentions, list):
        yield from _ids(mentions[:MENTIONED])


def _ids(values: Iterable) -> Iterator[int]:
    return (value for value in values if type(value) is int and 0 < value <= LARGEST_ID)
