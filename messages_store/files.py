"""The storage of attachments: Django's `STORAGES["attachments"]`, whatever is behind it.

Names are random, have no extension, and say nothing of what is in them or whose it is.
"""

import logging
import secrets
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages
from django.utils.translation import gettext as _

from .errors import Busy, NotFound

logger = logging.getLogger(__name__)

PIECE = 65_536  # bytes that are read at once


def storage() -> Storage:
    return storages["attachments"]


def save(content: bytes | BinaryIO) -> str:
    """Store it; its name. Busy where the storage takes nothing."""
    key = secrets.token_hex(16)
    file = ContentFile(content) if isinstance(content, bytes) else File(content)
    try:
        return storage().save(f"{key[:2]}/{key}", file)
    except OSError as error:
        logger.error("The storage of attachments takes nothing: %s", error)
        raise Busy(_("Files cannot be stored right now; try again.")) from None


class Pieces:
    """What is in a file from `start` up to but without `stop`, in pieces. NotFound at once where it is not there."""

    def __init__(self, name: str, start: int = 0, stop: int | None = None):
        try:
            self._file = storage().open(name)
        except FileNotFoundError:
            logger.error("The storage of attachments has lost %s", name)
            raise NotFound from None
        self._file.seek(start)
        self._left = None if stop is None else stop - start

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = self._file.read(PIECE if self._left is None else min(PIECE, self._left))
        if not piece:
            self.close()
            raise StopIteration
        if self._left is not None:
            self._left -= len(piece)
        return piece

    def close(self) -> None:
        self._file.close()


def delete(names: Iterable[str]) -> None:
    """What is not there any more is as good as deleted."""
    for name in filter(None, names):
        storage().delete(name)
