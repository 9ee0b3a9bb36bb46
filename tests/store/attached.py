"""Uploads as tests make them, and what the storage has of them."""

from messages_store import files
from messages_store.models import Attachment
from messages_store.services import clearing, sending, uploading

PART = uploading.SMALLEST_PART


def stored(folder) -> int:
    """How many files there are."""
    return sum(path.is_file() for path in folder.rglob("*"))


def begin(owner, size, name="notes.txt", **fields) -> Attachment:
    return uploading.begin(owner_id=owner.pk, name=name, size=size, **fields)


def append(upload, offset, part) -> Attachment:
    return uploading.append(owner_id=upload.owner_id, upload_id=upload.pk, offset=offset, part=part)


def content(name: str) -> bytes:
    return b"".join(files.Pieces(name))


def outcome(draft):
    [found] = sending.send([draft]).outcomes
    return found


def clear() -> None:
    while clearing.clear():
        pass
