"""A worker's part of forgetting who was signed in where: whatever is kept for how long otherwise."""

import time

from django.conf import settings

from .services import forgetting, workers

ASKED = 10  # seconds after which a worker asks again whether it is time
CHORE = "forget sessions"


class Forgetter:
    """Every IM_PRUNE_SECONDS one of the workers goes through all of them, step by step."""

    def __init__(self):
        self._after: int | None = None  # the place among the sign-ins; None: it is not at it
        self._asked = float("-inf")

    def step(self) -> int:
        """1 while there is more to do, else 0. What fails is gone through anew the next time."""
        if self._after is None and not self._is_time():
            return 0
        after, self._after = self._after or 0, None
        if forgetting.forget_sessions() or forgetting.forget_tokens():
            self._after = after
        else:
            self._after = forgetting.forget_sign_ins(after=after)
        return int(self._after is not None)

    def _is_time(self) -> bool:
        if time.monotonic() - self._asked < min(ASKED, settings.IM_PRUNE_SECONDS):
            return False
        self._asked = time.monotonic()
        return workers.take(chore=CHORE, every=settings.IM_PRUNE_SECONDS)
