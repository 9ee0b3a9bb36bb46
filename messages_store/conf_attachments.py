"""The settings of attachments. Pure."""

import re

from .conf_kinds import Words, whole


def types(text: str) -> list[str]:
    """Media types, `image/*` for all of a kind, `*` for all."""
    found = [part.strip().lower() for part in text.split(",") if part.strip() not in ("", "none")]
    if not all(one == "*" or re.fullmatch(r"[a-z]+/(\*|[a-z0-9.+_-]+)", one) for one in found):
        raise ValueError(text)
    return found


SETTINGS = (
    whole("IM_ATTACHMENT_BYTES", 26_214_400, "bytes", "the largest file that may be sent. See "
          "[attachments](attachments.md)", most=5_000_000_000),
    whole("IM_ATTACHMENT_MB_PER_DAY", 1_000, "MB", "what one user may upload within a day; 0: no limit", least=0,
          most=1_000_000_000),
    Words("IM_ATTACHMENT_TYPES", "*", "types", "media types such as image/*,application/pdf, or `*`, or `none`",
          "which files may be sent, by what their bytes say, separated by commas: `image/*`, `application/pdf`; `*`: "
          "all; `none`", types),
    whole("IM_PICTURE_PIXELS", 50_000_000, "pixels", "the largest picture, of an animation all frames together: each "
          "takes about 7 bytes while it is decoded", least=10_000, most=500_000_000),
    whole("IM_PICTURE_EDGE", 4_096, "pixels", "the longer edge of a picture; larger ones are made smaller", least=480,
          most=16_383),
    whole("IM_UPLOAD_HOURS", 24, "hours", "how long an upload that nobody sent is kept", most=8_760),
)  # fmt: skip
