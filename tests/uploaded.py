"""Files as people have them, and as attackers make them; and how they are uploaded, through the services."""

import struct
import zlib
from io import BytesIO
from uuid import uuid4

from PIL import Image

from messages_store.attachments import KIND
from messages_store.drafts import Draft
from messages_store.models import Attachment, User
from messages_store.services import uploading

HTML = b"<!DOCTYPE html><script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
GPS = {1: "N", 2: (51.0, 28.0, 40.0), 3: "W", 4: (0.0, 0.0, 5.0)}


def picture(kind="PNG", size=(80, 60), colour=(200, 30, 30), **options) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind, **options)
    return buffer.getvalue()


def photograph(size=(600, 400), orientation=1) -> bytes:
    """A JPEG as a phone makes it: with the place, the camera, a comment and how it was held."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Camera of Alice", orientation
    exif.get_ifd(0x8825).update(GPS)
    return picture("JPEG", size, exif=exif, comment=b"secret comment")


def animation(kind="GIF", size=(40, 30), frames=4, **options) -> bytes:
    images = [Image.new("RGB", size, (60 * number % 256, 80, 120)) for number in range(frames)]
    buffer = BytesIO()
    images[0].save(buffer, kind, save_all=True, append_images=images[1:], duration=80, loop=0, **options)
    return buffer.getvalue()


def bomb(width=60_000, height=60_000) -> bytes:
    """A PNG of some kB with billions of pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def uploaded(owner: User, content: bytes, name="photo.png") -> Attachment:
    """An upload that is whole, in one part."""
    upload = uploading.begin(owner_id=owner.pk, name=name, size=len(content))
    return uploading.append(owner_id=owner.pk, upload_id=upload.pk, offset=0, part=content)


def with_files(sender: User, conversation, *attachments: Attachment, **fields) -> Draft:
    """The draft of a message with these."""
    fields = {"client_id": uuid4(), "body": "", "kind": KIND} | fields
    data = {"attachments": [attachment.describe() for attachment in attachments]}
    return Draft(sender=sender.pk, conversation=conversation.pk, data=data, **fields)
