"""Uploading: a file is announced, comes in parts, each behind the one before, and is looked at when it is whole.

Each part is a file of its own in the storage until then, so that any node may take the next one.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from messages_store import files, sniffing
from messages_store.errors import Conflict, Invalid, NotFound, RateLimited, TooLarge
from messages_store.models import Attachment, User
from messages_store.models.attachment import NAME_CHARACTERS
from messages_store.sql import now

from . import inspecting

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)
SMALLEST_PART = 65_536  # bytes; the last one may be smaller
RECEIVING, READY, REFUSED = Attachment.State.RECEIVING, Attachment.State.READY, Attachment.State.REFUSED


@transaction.atomic
def begin(*, owner_id: int, name: str, size: int, type: str = "") -> Attachment:
    """Announce a file of so many bytes. `type` is what its sender thinks it is: enough to refuse it at once."""
    if size > settings.IM_ATTACHMENT_BYTES:
        raise TooLarge(_("A file has at most %d bytes.") % settings.IM_ATTACHMENT_BYTES)
    allowed = settings.IM_ATTACHMENT_TYPES
    if not allowed or (type in sniffing.PICTURES and not sniffing.is_allowed(type, allowed)):
        raise Invalid(_("Files of this type cannot be sent here."))
    _check_quota(owner_id, size)
    return Attachment.objects.create(owner_id=owner_id, name=clean_name(name=name), size=size, created_at=now())


def _check_quota(owner_id: int, size: int) -> None:
    """What one announces within a day counts, whatever becomes of it. One at a time for each user."""
    User.objects.select_for_update(no_key=True).get(pk=owner_id)
    lately = Attachment.objects.filter(owner=owner_id, created_at__gt=now() - DAY)
    most = settings.IM_ATTACHMENT_MB_PER_DAY * 1_000_000
    if most and (lately.aggregate(sum=Sum("size"))["sum"] or 0) + size > most:
        raise RateLimited(_("You have sent as many files as you may in a day."), retry_after=3_600)


def clean_name(*, name: str) -> str:
    """The last part of a path, without what cannot be seen or would turn its letters around; its ending is kept."""
    visible = "".join(letter for letter in name.replace("\\", "/") if letter.isprintable())
    name = visible.rpartition("/")[2].strip(" .") or "file"
    stem, dot, ending = name.rpartition(".")
    if len(name) <= NAME_CHARACTERS:
        return name
    if not dot or len(ending) > 16:
        return name[:NAME_CHARACTERS]
    return f"{stem[: NAME_CHARACTERS - len(ending) - 1]}.{ending}"


def find(*, owner_id: int, upload_id: int) -> Attachment:
    """One's own upload, unless it is gone."""
    found = Attachment.objects.filter(pk=upload_id, owner=owner_id, removed_at=None).first()
    if found is None:
        raise NotFound
    return found


def append(*, owner_id: int, upload_id: int, offset: int, part: bytes) -> Attachment:
    """Take the bytes from `offset` on. Whoever sends what is there already, or leaves a gap, gets a Conflict and asks
    how far it is; the last part answers when the file was looked at.

    An empty part at the end looks at it once more, where that failed.
    """
    upload = find(owner_id=owner_id, upload_id=upload_id)
    if upload.state != RECEIVING or offset != upload.received:
        raise Conflict(_("The next byte is not there: ask how far this upload is."))
    if part:
        _receive(upload, part)
    elif offset < upload.size:
        raise Invalid(_("A part has at least %d bytes, but for the last one.") % SMALLEST_PART)
    if upload.received == upload.size:
        inspecting.inspect(upload=upload)
    return upload


def _receive(upload: Attachment, part: bytes) -> None:
    """Store a part, and count it if nobody was faster."""
    received = upload.received + len(part)
    if received > upload.size:
        raise TooLarge(_("This is more than was announced."))
    if len(part) < SMALLEST_PART and received < upload.size:
        raise Invalid(_("A part has at least %d bytes, but for the last one.") % SMALLEST_PART)
    name = files.save(part)
    still = Attachment.objects.filter(pk=upload.pk, received=upload.received, state=RECEIVING, removed_at=None)
    if not still.update(received=received, parts=[*upload.parts, name]):
        files.delete([name])
        raise Conflict(_("The next byte is not there: ask how far this upload is."))
    upload.received, upload.parts = received, [*upload.parts, name]


def cancel(*, owner_id: int, upload_id: int) -> None:
    """One's own upload goes, unless a message has it. Its bytes go by the worker."""
    own = Attachment.objects.filter(pk=upload_id, owner=owner_id, removed_at=None)
    if own.filter(message=None, sent_at=None).update(removed_at=now()):
        return
    if own.exists():
        raise Conflict(_("A message has this file already."))
    raise NotFound
