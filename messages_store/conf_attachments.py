"""The settings of attachments, for conf.py. Pure."""

import re

# name, default, unit, purpose, least, most
NUMBERS = (
    ("IM_ATTACHMENT_BYTES", 26_214_400, "bytes", "the largest file that may be sent. See [attachments](attachments.md)",
     1, 5_000_000_000),
    ("IM_ATTACHMENT_MB_PER_DAY", 1_000, "MB", "what one user may upload within a day; 0: no limit", 0, 1_000_000_000),
    ("IM_PICTURE_PIXELS", 50_000_000, "pixels", "the largest picture, of an animation all frames together: while it is "
     "decoded, each takes 4 bytes and more", 10_000, 500_000_000),
    ("IM_PICTURE_EDGE", 4_096, "pixels", "the longer edge of a picture; larger ones are made smaller", 480, 16_383),
    ("IM_UPLOAD_HOURS", 24, "hours", "how long an upload that nobody sent is kept", 1, 8_760),
)  # fmt: skip
TYPES = (
    "IM_ATTACHMENT_TYPES", "*", "types", "media types such as image/*,application/pdf, or `*`, or `none`",
    "which files may be sent, by what their bytes say, separated by commas: `image/*`, `application/pdf`; `*`: all; "
    "`none`",
)  # fmt: skip


def types(text: str) -> list[str]:
    """Media types, `image/*` for all of a kind, `*` for all."""
    found = [part.strip().lower() for part in text.split(",") if part.strip() not in ("", "none")]
    if not all(one == "*" or re.fullmatch(r"[a-z]+/(\*|[a-z0-9.+_-]+)", one) for one in found):
        raise ValueError(text)
    return found
