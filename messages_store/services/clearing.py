"""Clearing away the bytes of what nobody can have any more: in the storage first, then here.

Whoever is killed in between deletes once more what is gone.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from messages_store import files
from messages_store.models import Attachment, Avatar
from messages_store.sql import now

from .uploading import DAY

TOGETHER = 50  # files that one step clears


def clear() -> int:
    """A step of it; how much was done.

    Attachments go that were recalled, whose message was pruned, that were refused or cancelled, or that nobody sent
    within IM_UPLOAD_HOURS. A row stays for a day all the same: it counts among what its owner uploaded.
    """
    return _clear_attachments() + _clear_avatars() + _forget()


def _clear_attachments() -> int:
    late = now() - timedelta(hours=settings.IM_UPLOAD_HOURS)
    lost = Q(removed_at__isnull=False) | Q(sent_at__isnull=False) | Q(created_at__lt=late)
    with_bytes = ~Q(file="") | ~Q(thumbnail="") | ~Q(parts=[])
    going = list(Attachment.objects.filter(lost, with_bytes, message=None).order_by("created_at")[:TOGETHER])
    ids = [attachment.pk for attachment in going]
    # From here on nobody can send it, or take one more part of it.
    Attachment.objects.filter(pk__in=ids, message=None, removed_at=None).update(removed_at=now())
    for attachment in Attachment.objects.filter(pk__in=ids, removed_at__isnull=False):
        files.delete([attachment.file, attachment.thumbnail, *attachment.parts])
        Attachment.objects.filter(pk=attachment.pk).update(file="", thumbnail="", parts=[])
    return len(going)


def _clear_avatars() -> int:
    going = list(Avatar.objects.filter(user=None)[:TOGETHER])
    for avatar in going:
        files.delete([avatar.file])
        avatar.delete()
    return len(going)


def _forget() -> int:
    """Rows without bytes that are a day old; empty announcements too."""
    old = Attachment.objects.filter(message=None, file="", thumbnail="", parts=[])
    old = old.filter(created_at__lt=now() - max(DAY, timedelta(hours=settings.IM_UPLOAD_HOURS)))
    return Attachment.objects.filter(pk__in=list(old.values_list("pk", flat=True)[: TOGETHER * 10])).delete()[0]
