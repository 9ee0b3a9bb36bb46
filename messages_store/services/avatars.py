"""Pictures of people: made of an upload, a small square, under a new address each time."""

import secrets
from tempfile import SpooledTemporaryFile

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from messages_store import files, pictures, sniffing
from messages_store.errors import Invalid, NotFound
from messages_store.models import Attachment, Avatar, User
from messages_store.sql import now

from . import inspecting


def choose(*, user: User, upload_id: int) -> None:
    """Make one's picture of an upload of one's own that is ready; the upload is used up."""
    upload = Attachment.objects.filter(
        pk=upload_id, owner=user.pk, message=None, sent_at=None, removed_at=None, state=Attachment.State.READY
    ).first()
    if upload is None:
        raise NotFound
    if upload.type not in sniffing.PICTURES:
        raise Invalid(_("This is no picture."))
    square = _square(upload)
    file = files.save(square)
    with transaction.atomic():
        moment = now()
        key = secrets.token_urlsafe(16)
        Avatar.objects.create(key=key, user=user, file=file, size=len(square), created_at=moment)
        _replace(user, key)
        Attachment.objects.filter(pk=upload.pk, message=None, removed_at=None).update(removed_at=moment)


def _square(upload: Attachment) -> bytes:
    with inspecting.turn(), SpooledTemporaryFile(inspecting.IN_MEMORY) as whole:
        whole.writelines(files.Pieces(upload.file))
        whole.seek(0)
        try:
            return pictures.make_square(whole, pixels=settings.IM_PICTURE_PIXELS)
        except (pictures.Unreadable, pictures.TooManyPixels):
            raise Invalid(_("This picture cannot be read.")) from None


@transaction.atomic
def remove(*, user: User) -> None:
    """Nobody sees a picture of this user any more. Its bytes go by the worker."""
    _replace(user, "")


def _replace(user: User, key: str) -> None:
    Avatar.objects.filter(user=user).exclude(pk=key).update(user=None)
    User.objects.filter(pk=user.pk).update(avatar=key)
    user.avatar = key


def find(*, key: str) -> Avatar:
    """The picture that is somebody's now."""
    found = Avatar.objects.filter(pk=key, user__isnull=False).first() if len(key) <= 32 else None
    if found is None:
        raise NotFound
    return found
