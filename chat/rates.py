"""A node's counters, as its beat writes them."""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .runtime import Runtime


class Rates:
    """How much there is now, and how much was done per second since the last time it was asked."""

    def __init__(self):
        self._at = time.monotonic()
        self._stored = 0

    def counters(self, node: "Runtime") -> dict:
        now = time.monotonic()
        per_second = (node.sender.stored - self._stored) / max(now - self._at, 0.001)
        self._at, self._stored = now, node.sender.stored
        return {
            "connections": len(node.connections()),
            "stored": node.sender.stored,
            "stored_per_second": round(per_second, 1),
            "sends_waiting": node.sender.waiting,
            "receipts_waiting": node.recorder.waiting,
            "openings_waiting": node.registrar.waiting,
        }
