"""How often something was done in this minute of the clock: on all nodes together, where they share a cache.

Django's cache counts, atomically: in Redis, or in the memory of a single process. A shared cache that fails, or is slow
to answer, is left alone for a while. Each process counts for itself meanwhile, and nobody waits.
"""

import logging
from functools import cache
from time import monotonic, time

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache

logger = logging.getLogger(__name__)

WINDOW = 60  # seconds
PAUSE = 5  # seconds for which a cache that failed is not asked


class Counter:
    """Counts in a shared cache, and in one of its own while that one is away."""

    def __init__(self, *, shared: BaseCache, own: BaseCache):
        self.shared = shared
        self.own = own
        self.asked_again_at = 0.0

    def count(self, what: str) -> tuple[int, float]:
        """Count it once more: how often it was counted in this window, and the seconds until the next one."""
        window, past = divmod(time(), WINDOW)
        return self._add(f"{what}.{int(window)}"), WINDOW - past

    def _add(self, key: str) -> int:
        if monotonic() >= self.asked_again_at:
            try:
                return add(self.shared, key)
            except Exception as error:  # each cache raises what its library raises
                self.asked_again_at = monotonic() + PAUSE
                logger.warning("The shared cache does not count: %r", error)
        return add(self.own, key)


def add(counts: BaseCache, key: str) -> int:
    """Count up, from nothing where nothing is. The key outlives its window, and so it does not end in between."""
    try:
        return counts.incr(key)
    except ValueError:
        counts.add(key, 0, timeout=2 * WINDOW)
        return counts.incr(key)


@cache
def counter() -> Counter:
    """The one of this process. Django would make a cache, with connections of its own, for every request."""
    return Counter(shared=caches.create_connection("counters"), own=caches.create_connection("default"))
