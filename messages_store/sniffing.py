"""What a file is, by its bytes. What its name or its sender says counts for nothing.

Only types with magic numbers are told apart. Text is `text/plain`, whatever it is written in: HTML and SVG are among
what a browser would run.
"""

import codecs

import filetype

HEAD = 8_192  # bytes that are looked at
PICTURES = {"image/jpeg", "image/png", "image/gif", "image/webp"}  # what is decoded and made anew
TEXT, ANYTHING = "text/plain", "application/octet-stream"
CONTROLS = bytes(code for code in range(32) if chr(code) not in "\t\n\f\r\x1b")


def type_of(head: bytes) -> str:
    """The media type of what begins so."""
    return filetype.guess_mime(head) or (TEXT if _is_text(head) else ANYTHING)


def _is_text(head: bytes) -> bool:
    """UTF-8, perhaps cut off in the middle of a character, without control characters."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return not head.translate(None, delete=bytes(set(range(256)) - set(CONTROLS)))


def is_allowed(type: str, allowed: list[str]) -> bool:
    """Whether it is one of these: `image/png`, `image/*`, `*`."""
    return any(one in ("*", type) or (one.endswith("/*") and type.startswith(one[:-1])) for one in allowed)


def pictures_allowed(allowed: list[str]) -> list[str]:
    """The types of pictures that are among these."""
    return sorted(type for type in PICTURES if is_allowed(type, allowed))
