"""What lasts. `from messages_store import notify` tells people something from any Python code of the site."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .models import Notification, User


def notify(
    users: "Iterable[User | int | str]" = (),
    *,
    title: str,
    body: str = "",
    url: str = "",
    level: str = "info",
    data: dict | None = None,
    conversations: "Iterable[int]" = (),
    everyone: bool = False,
    sender: "User | None" = None,
    key: str | None = None,
) -> "Notification":
    """Notify these users (objects, ids or usernames), the members of conversations, or everyone.

    It belongs to the transaction around the call: rolled back with it; delivered and rung after its commit, to more
    than 1,000 people by the worker. `url` is http, https or a path; `level` info, success, warning, error or urgent.
    The same `key` again (of the same sender) gives the notification that is there. Raises a ChatError of
    messages_store.errors where something is wrong, before anything is written.
    """
    from .notices import Notice  # with the first call: models cannot be imported while Django loads its apps
    from .working import notify_after_commit

    names = tuple(user if isinstance(user, int | str) else user.pk for user in users)
    whom = {"users": names, "conversations": tuple(conversations), "everyone": everyone}
    notice = Notice(title=title, body=body, url=url, level=level, data=data, **whom)
    return notify_after_commit(sender_id=sender and sender.pk, notice=notice, key=key)
