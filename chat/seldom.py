"""Warnings that others could cause a thousand times a second."""

import logging
from time import monotonic

EVERY = 60  # seconds


class Seldom:
    """Warns at once, and then at most once a minute, with how often there was reason to."""

    def __init__(self, logger: logging.Logger):
        self._logger = logger
        self._warned_at = float("-inf")
        self._kept_back = 0

    def warning(self, text: str, *arguments: object) -> None:
        now = monotonic()
        if now - self._warned_at < EVERY:
            self._kept_back += 1
            return
        if self._kept_back:
            text, arguments = f"{text} (and %s times since the last warning)", (*arguments, self._kept_back)
        self._logger.warning(text, *arguments)
        self._warned_at, self._kept_back = now, 0
