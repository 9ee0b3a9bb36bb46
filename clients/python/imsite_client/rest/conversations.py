"""Conversations: listed, opened, and groups kept."""

from collections.abc import Iterator, Sequence

from ..records import Conversation, Member
from .transport import Transport


class Conversations:
    def __init__(self, transport: Transport):
        self._transport = transport

    def all(
        self, *, kind: str | None = None, unread: bool | None = None, pinned: bool | None = None, limit: int = 50
    ) -> Iterator[Conversation]:
        """One's own, newest activity first, `limit` of them per page."""
        return self._transport.pages(
            "conversations", Conversation, kind=kind, unread=unread, pinned=pinned, limit=limit
        )

    def get(self, conversation: int) -> Conversation:
        return self._transport.get(f"conversations/{conversation}", Conversation)

    def open(self, to: int) -> Conversation:
        """The direct conversation with a user: there is one, however often it is opened."""
        return self._transport.call("POST", "conversations", Conversation, body={"to": to}, repeatable=True)

    def create(self, title: str, members: Sequence[int] = ()) -> Conversation:
        """A group, of which one is the owner. Not repeated when no answer came: there might be two then."""
        body = {"title": title, "members": list(members)}
        return self._transport.call("POST", "conversations", Conversation, body=body, repeatable=False)

    def rename(self, conversation: int, title: str) -> Conversation:
        return self._change(conversation, title=title)

    def mute(self, conversation: int, *, muted: bool = True) -> Conversation:
        """For oneself alone."""
        return self._change(conversation, muted=muted)

    def pin(self, conversation: int, *, pinned: bool = True) -> Conversation:
        """For oneself alone."""
        return self._change(conversation, pinned=pinned)

    def _change(self, conversation: int, **change: object) -> Conversation:
        return self._transport.call(
            "PATCH", f"conversations/{conversation}", Conversation, body=change, repeatable=True
        )

    def members(self, conversation: int, *, q: str = "", limit: int = 50) -> Iterator[Member]:
        """Who is in it, the longest there first; with `q` by a part of their name or username."""
        return self._transport.pages(f"conversations/{conversation}/members", Member, q=q, limit=limit)

    def add(self, conversation: int, users: Sequence[int]) -> Conversation:
        path, body = f"conversations/{conversation}/members", {"users": list(users)}
        return self._transport.call("POST", path, Conversation, body=body, repeatable=True)

    def give_role(self, conversation: int, user: int, role: str) -> Conversation:
        """admin, member; `owner` hands the group over, and is not repeated: one may no longer do it then."""
        path, body = f"conversations/{conversation}/members/{user}", {"role": role}
        return self._transport.call("PATCH", path, Conversation, body=body, repeatable=role != "owner")

    def remove(self, conversation: int, user: int) -> None:
        """Remove a member, or leave. Not repeated when no answer came: the second answer would be `not_found`."""
        path = f"conversations/{conversation}/members/{user}"
        return self._transport.call("DELETE", path, type(None), repeatable=False)

    def read(self, conversation: int, number: int) -> None:
        """Everything up to this number was read."""
        path, body = f"conversations/{conversation}/read", {"number": number}
        return self._transport.call("POST", path, type(None), body=body, repeatable=True)
