"""Pictures, decoded and made anew: without metadata, without whatever else was in the file, and not too large.

Pillow is given the four formats that are common on the web, and nothing of a picture is decoded before its size is
known.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from PIL import Image, ImageCms, ImageOps

FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
THUMBNAIL = (480, 480)  # pixels, at most
AVATAR = (256, 256)
MOST_FRAMES = 1_000
SMOOTH = ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr")  # kinds of pixels that can be made smaller as they are
STILL = {"JPEG": ("JPEG", "image/jpeg"), "PNG": ("PNG", "image/png")}  # all others become WebP
WEBP = ("WEBP", "image/webp")
OPTIONS = {"JPEG": {"quality": 85, "progressive": True}, "PNG": {}, "WEBP": {"quality": 82, "method": 3}}
SMALL = {"quality": 75, "method": 4}
MOVING = {"quality": 75, "method": 1}  # so that hundreds of frames are a matter of seconds

# Frames may be larger than what the file's beginning says. Pillow then only warns.
warnings.simplefilter("error", Image.DecompressionBombWarning)


class Unreadable(Exception):
    """This is no picture that can be read."""


class TooManyPixels(Exception):
    """It has more pixels than may be."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture made anew, and a small one of it, as WebP. Sizes are (width, height) in pixels."""

    type: str
    content: bytes
    size: tuple[int, int]
    thumbnail: bytes
    thumbnail_size: tuple[int, int]


def make_anew(file: BinaryIO, *, pixels: int, edge: int) -> Picture:
    """Of a picture with at most so many pixels, all frames together, one whose longer edge is at most `edge`."""
    image = _open(file, pixels)
    try:
        moving = image.format != "JPEG" and getattr(image, "is_animated", False)
        content, first = _moving(image, pixels, edge) if moving else (None, _clean(image, (edge, edge)))
        name, type = WEBP if moving else STILL.get(image.format, WEBP)
        content = content or _encoded(first, name, **OPTIONS[name])
        small = _shrunk(first, THUMBNAIL)
        return Picture(type, content, first.size, _encoded(small, "WEBP", **SMALL), small.size)
    except TooManyPixels:
        raise
    except Exception as error:  # decoders raise whatever they stumble over
        raise Unreadable from error


def make_square(file: BinaryIO, *, pixels: int) -> bytes:
    """Its middle as a small square WebP."""
    image = _open(file, pixels)
    try:
        small = _clean(image, (8 * AVATAR[0], 8 * AVATAR[1]))
        return _encoded(ImageOps.fit(small, AVATAR, Image.Resampling.LANCZOS), "WEBP", **OPTIONS["WEBP"])
    except Exception as error:
        raise Unreadable from error


def _open(file: BinaryIO, pixels: int) -> Image.Image:
    try:
        image = Image.open(file, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixels from error
    except Exception as error:
        raise Unreadable from error
    if image.width * image.height > pixels:
        raise TooManyPixels
    return image


def _moving(image: Image.Image, pixels: int, edge: int) -> tuple[bytes, Image.Image]:
    """All frames in their pace, and the first one. The encoder wants them all at once: `pixels` bounds the memory."""
    pace, loop = [], image.info.get("loop", 0)
    first, *others = _frames(image, pixels, (edge, edge), pace)
    content = _encoded(first, "WEBP", save_all=True, append_images=others, duration=pace, loop=loop, **MOVING)
    return content, first


def _frames(image: Image.Image, pixels: int, edges: tuple[int, int], pace: list[int]) -> Iterator[Image.Image]:
    most = min(MOST_FRAMES, pixels // (image.width * image.height))
    for number in range(most + 1):
        try:
            image.seek(number)
        except EOFError:
            return
        if number == most:
            raise TooManyPixels
        frame = _clean(image.copy(), edges)
        pace.append(int(image.info.get("duration", 100)) or 100)  # a WebP knows it once the frame is decoded
        yield frame


def _clean(image: Image.Image, most: tuple[int, int]) -> Image.Image:
    """Its pixels and nothing else: turned as its metadata says, in sRGB, and within this size. It is used up.

    What is large is made smaller first: each copy of it takes as much memory as the picture itself.
    """
    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    if image.mode not in SMOOTH:
        image = image.convert(mode)
    image.thumbnail(most, Image.Resampling.LANCZOS, reducing_gap=2.0)
    turned = ImageOps.exif_transpose(image)
    if profile and turned.mode in ("RGB", "CMYK"):
        turned = _in_srgb(turned, profile)
    clean = turned.convert(mode)
    clean.info = {}
    return clean


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Without this, the colours of many phones' pictures are dull once the profile is gone."""
    try:
        given = ImageCms.ImageCmsProfile(BytesIO(profile))
        return ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _shrunk(image: Image.Image, most: tuple[int, int]) -> Image.Image:
    small = image.copy()
    small.thumbnail(most, Image.Resampling.LANCZOS)
    return small


def _encoded(image: Image.Image, name: str, **options) -> bytes:
    buffer = BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()
