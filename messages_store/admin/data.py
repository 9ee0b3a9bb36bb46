"""The `data` of a message, for the eye."""

import json


def as_text(data: dict | None) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) if data else ""
