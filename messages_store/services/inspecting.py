"""Looking at a file that is whole: what it is by its bytes, and whether that may be sent. Pictures are made anew."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from threading import BoundedSemaphore
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from messages_store import files, pictures, sniffing
from messages_store.errors import Busy, ChatError, Conflict, Invalid, TooLarge
from messages_store.models import Attachment
from messages_store.sql import now

logger = logging.getLogger(__name__)

AT_ONCE = 2  # in one process: decoded pictures take much memory, and time that others need
WAIT = 20  # seconds for one's turn, before `busy`
IN_MEMORY = 1_048_576  # bytes of a file; a larger one is put together on the disk

_turns = BoundedSemaphore(AT_ONCE)


@contextmanager
def turn() -> Iterator[None]:
    """While it lasts, pictures may be decoded."""
    if not _turns.acquire(timeout=WAIT):
        raise Busy(_("The server cannot look at this file right now; try again."))
    try:
        yield
    finally:
        _turns.release()


def inspect(*, upload: Attachment) -> None:
    """Make an attachment of an upload, or refuse it for good: Invalid or TooLarge.

    Two may do this at once; the second one's work is thrown away.
    """
    try:
        with turn(), SpooledTemporaryFile(IN_MEMORY) as whole:
            for part in upload.parts:
                whole.writelines(files.Pieces(part))
            found = _look(upload, whole)
    except (Invalid, TooLarge) as refusal:
        _refuse(upload, refusal)
        raise
    _settle(upload, found)


def _look(upload: Attachment, whole: BinaryIO) -> dict:
    """Store what is to be given to others; the fields that say what it is."""
    whole.seek(0)
    type = sniffing.type_of(whole.read(sniffing.HEAD))
    if not sniffing.is_allowed(type, settings.IM_ATTACHMENT_TYPES):
        raise Invalid(_("Files of this type cannot be sent here."))
    whole.seek(0)
    if type not in sniffing.PICTURES:
        return {"type": type, "file": files.save(whole), "file_size": upload.size}
    picture = _make_anew(whole)
    return {
        "type": picture.type,
        "file": files.save(picture.content),
        "file_size": len(picture.content),
        "thumbnail": files.save(picture.thumbnail),
        "thumbnail_size": len(picture.thumbnail),
        "width": picture.size[0],
        "height": picture.size[1],
        "thumbnail_width": picture.thumbnail_size[0],
        "thumbnail_height": picture.thumbnail_size[1],
        "name": _named(upload.name, picture.type),
    }


def _make_anew(whole: BinaryIO) -> pictures.Picture:
    try:
        return pictures.make_anew(whole, pixels=settings.IM_PICTURE_PIXELS, edge=settings.IM_PICTURE_EDGE)
    except pictures.TooManyPixels:
        raise TooLarge(_("A picture has at most %d pixels.") % settings.IM_PICTURE_PIXELS) from None
    except pictures.Unreadable:
        raise Invalid(_("This picture cannot be read.")) from None


ENDINGS = {"image/jpeg": ("jpg", "jpeg"), "image/png": ("png",), "image/webp": ("webp",)}


def _named(name: str, type: str) -> str:
    """The name with the ending of what it is now."""
    stem, dot, ending = name.rpartition(".")
    if not dot or ending.lower() in ENDINGS[type]:
        return name
    return f"{stem[:115]}.{ENDINGS[type][0]}"


def _settle(upload: Attachment, found: dict) -> None:
    """The upload is ready, once; its parts are of no more use."""
    still = Attachment.objects.filter(pk=upload.pk, state=Attachment.State.RECEIVING, removed_at=None)
    parts, found = upload.parts, {**found, "state": Attachment.State.READY, "parts": []}
    if not still.update(**found):
        files.delete([found["file"], found.get("thumbnail", "")])
        raise Conflict(_("This upload has ended meanwhile."))
    for name, value in found.items():
        setattr(upload, name, value)
    files.delete(parts)


def _refuse(upload: Attachment, refusal: ChatError) -> None:
    """Nobody can use it: it goes with its parts."""
    logger.info("Upload %s is refused: %s", upload.pk, refusal.code)
    still = Attachment.objects.filter(pk=upload.pk, state=Attachment.State.RECEIVING)
    still.update(state=Attachment.State.REFUSED, removed_at=now())
