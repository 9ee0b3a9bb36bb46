"""A worker's shift: all that it does, step by step, and its beat in between. The embedded node has one too."""

import logging
import time

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from . import working
from .forgetting import Forgetter
from .pruning import Pruner
from .reminders import Reminders
from .services import clearing, workers

logger = logging.getLogger(__name__)

CLEAR = 10  # seconds from one look for files that are to go to the next


class Shift:
    """Called by one thread: `step` again and again, then `end`."""

    def __init__(self):
        self._reminders = Reminders()
        self._pruner, self._forgetter = Pruner(), Forgetter()
        self._beaten = self._cleared = float("-inf")
        self.delivered = 0  # to so many inboxes

    def step(self) -> int:
        """One step of everything that waits; how much was done, 0 where there is time for a pause."""
        self._beat()
        served = working.work(between=self._beat)
        self.delivered += served
        steps = (self._reminders.step, self._pruner.step, self._forgetter.step, self._clear)
        return served + sum(map(self._safely, steps))

    def wait(self) -> None:
        """Until what was begun has ended, or hangs."""
        self._reminders.wait()

    def end(self, *, within: float | None = None) -> None:
        """Finish what was begun, in so many seconds, and say that this worker is gone."""
        self._reminders.stop(within=settings.IM_NOTIFY_SECONDS if within is None else within)
        self._safely(self._say_what_ended)
        self._safely(lambda: workers.leave(name=settings.NODE_NAME))

    def _clear(self) -> int:
        """Files that nobody can have any more, as long as there are some; else a look now and then."""
        if time.monotonic() - self._cleared < CLEAR:
            return 0
        cleared = clearing.clear()
        self._cleared = float("-inf") if cleared else time.monotonic()
        return cleared

    def _beat(self) -> None:
        if time.monotonic() - self._beaten >= settings.IM_BEAT_SECONDS:
            self._beaten = time.monotonic()
            self._safely(self._say_what_ended)

    def _say_what_ended(self) -> None:
        """With the beat, in its transaction: what a beat that fails did not say, the next one does."""
        ended = self._reminders.ended()
        workers.beat(name=settings.NODE_NAME, ended=ended)
        self._reminders.counted(ended)

    @staticmethod
    def _safely(do) -> int:
        """What it returns; 0 where it fails, so that the rest goes on and it is tried again."""
        try:
            return do() or 0
        except (OperationalError, InterfaceError) as error:
            logger.warning("The store does not answer: %s", str(error).strip())
            connection.close_if_unusable_or_obsolete()
        except Exception:
            logger.exception("A worker's step fails")
        return 0
