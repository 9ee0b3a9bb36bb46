"""Attachments of messages: which may be sent with one, who may have them, and when they go."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from messages_store.attachments import KIND, attachment_ids
from messages_store.drafts import Draft
from messages_store.errors import NotFound
from messages_store.models import Attachment, Conversation
from messages_store.sql import Statement
from messages_store.sql import moment as as_parameter


def offered(*, drafts: Iterable[Draft]) -> dict[int, Attachment]:
    """What these drafts want to send, as far as it is ready and in no message, locked to the commit.

    Costs no query where nobody sends any. Locked after conversations and before inboxes, in the order of ids.
    """
    wanted = {id for draft in drafts if draft.kind == KIND for id in attachment_ids(draft.data)}
    if not wanted:
        return {}
    ready = Attachment.objects.filter(message=None, sent_at=None, removed_at=None, state=Attachment.State.READY)
    found = ready.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True)
    return {attachment.pk: attachment for attachment in found}


def take(*, draft: Draft, offered: dict[int, Attachment]) -> bool:
    """Whether this draft may send what it lists, exactly as its uploads gave it; then no other one may."""
    if draft.kind != KIND:
        return True
    listed = draft.data["attachments"]
    own = [offered.get(one["id"]) for one in listed]
    if not all(
        found is not None and found.owner_id == draft.sender and found.describe() == one
        for found, one in zip(own, listed, strict=True)
    ):
        return False
    for found in own:
        del offered[found.pk]
    return True


ATTACH = Statement(
    """
    UPDATE messages_store_attachment SET message_id = sent.message_id, sent_at = %(now)s
    FROM {sent} WHERE messages_store_attachment.id = sent.attachment_id""",
    sent={"attachment_id": "bigint", "message_id": "bigint"},
)


def attach(*, sent: Mapping[int, Draft], now: datetime) -> None:
    """These attachments are parts of messages now: drafts by the ids of their messages."""
    rows = [
        (attachment_id, message_id)
        for message_id, draft in sent.items()
        if draft.kind == KIND
        for attachment_id in attachment_ids(draft.data)
    ]
    if rows:
        ATTACH({"sent": rows}, now=as_parameter(now))


def detach(*, message_ids: Collection[int], now: datetime) -> None:
    """What was recalled gives its attachments to nobody any more. Their bytes go by the worker."""
    if message_ids:
        Attachment.objects.filter(message__in=message_ids).update(message=None, removed_at=now)


def readable(*, user_id: int, attachment_id: int) -> Attachment:
    """An attachment of a message that the user may read; or one's own that is not sent yet."""
    found = Attachment.objects.select_related("message").filter(pk=attachment_id, removed_at=None).first()
    if found is None or found.state != Attachment.State.READY:
        raise NotFound
    if found.message_id is None:
        may = found.owner_id == user_id and found.sent_at is None
    else:
        may = Conversation.objects.of(user_id).filter(pk=found.message.conversation_id).exists()
    if not may:
        raise NotFound
    return found
