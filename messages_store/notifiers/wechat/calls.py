"""One call of WeChat's interface."""

import json
import time

from messages_store.notifiers.base import NotifyError
from messages_store.notifiers.outbound import Outbound


def call(http: Outbound, url: str, asked: dict, until: float) -> dict:
    """POST JSON to WeChat; what it says, with its errcode."""
    left = until - time.monotonic()
    if left <= 0:
        raise NotifyError("there was no time left to ask WeChat")
    body = json.dumps(asked, ensure_ascii=False).encode()
    answer = http.post(url, body, {"Content-Type": "application/json"}, timeout=left)
    if not answer.ok:
        raise answer.error
    try:
        said = json.loads(answer.text)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise NotifyError("WeChat's answer is none")
    return said
