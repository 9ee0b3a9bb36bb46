"""What is kept no longer, deleted in chunks: by `manage.py prune`, and by a worker every so often.

What is done already is told by the floors, so whoever is killed in between is followed by the next run.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import F

from .models import Pruning
from .services import expiring, pruning, workers
from .services.pruning import Chunk, Cutoffs, Days, Found
from .sql import now

logger = logging.getLogger(__name__)

TOGETHER = 20  # inboxes or conversations that one transaction prunes
ASKED = 10  # seconds after which a worker asks again whether it is time
CHORE = "prune"


@dataclass(slots=True)
class Stage:
    """The pruning of one kind of thing: where it is, and what was found there and is still to do."""

    what: Pruning.What
    find: Callable[..., Found]
    prune: Callable[[list[int], Cutoffs, int], Chunk]
    after: int | None = 0
    waiting: list[int] = field(default_factory=list)
    done: int = 0

    @property
    def is_over(self) -> bool:
        return self.after is None and not self.waiting


def stages(days: Days) -> list[Stage]:
    """In this order: a message goes after its entries."""
    entries = Stage(
        Pruning.What.ENTRIES, pruning.find, lambda ids, cut, most: pruning.prune(user_ids=ids, cutoffs=cut, limit=most)
    )
    if not days.message:
        return [entries]
    messages = Stage(
        Pruning.What.MESSAGES,
        expiring.find_conversations,
        lambda ids, cut, most: expiring.prune_conversations(conversation_ids=ids, cutoffs=cut, limit=most),
    )
    notifications = Stage(
        Pruning.What.NOTIFICATIONS,
        expiring.find_notifications,
        lambda ids, cut, most: expiring.prune_notifications(notification_ids=ids, cutoffs=cut, limit=most),
    )
    return [entries, messages, notifications]


class Sweep:
    """One run through everything. Call `step` until it is over; a step that failed may be tried again."""

    def __init__(self, days: Days):
        self.stages = stages(days)
        self._cutoffs = Cutoffs.of(days)
        self._began: set[str] = set()

    def step(self) -> bool:
        """A look for what goes, or one chunk of it; whether there is more to do."""
        stage = next((stage for stage in self.stages if not stage.is_over), None)
        if stage is None:
            return False
        if stage.what not in self._began:
            self._begin(stage)
        done = self._prune(stage) if stage.waiting else self._find(stage)
        self._note(stage, done)
        return any(not stage.is_over for stage in self.stages)

    def _find(self, stage: Stage) -> int:
        found = stage.find(cutoffs=self._cutoffs, after=stage.after)
        stage.waiting, stage.after = found.ids, found.next
        return 0

    def _prune(self, stage: Stage) -> int:
        together = stage.waiting[: min(TOGETHER, settings.IM_PRUNE_CHUNK)]
        chunk = stage.prune(together, self._cutoffs, settings.IM_PRUNE_CHUNK)
        stage.waiting = [*chunk.more, *stage.waiting[len(together) :]]
        stage.done += chunk.done
        return chunk.done

    def _begin(self, stage: Stage) -> None:
        run = {"began_at": now(), "ended_at": None, "done": 0, "place": 0}
        Pruning.objects.update_or_create(what=stage.what, defaults=run)
        self._began.add(stage.what)

    def _note(self, stage: Stage, done: int) -> None:
        moment = now()
        ended: datetime | None = moment if stage.is_over else None
        place = stage.waiting[0] if stage.waiting else F("place")
        Pruning.objects.filter(what=stage.what).update(
            done=F("done") + done, total=F("total") + done, place=place, beat_at=moment, ended_at=ended
        )


class Pruner:
    """A worker's part of it: every IM_PRUNE_SECONDS one of the workers goes through everything, step by step."""

    def __init__(self):
        self._sweep: Sweep | None = None
        self._asked = float("-inf")

    def step(self) -> int:
        """1 while there is more to do, else 0."""
        if self._sweep is None and not self._is_time():
            return 0
        try:
            self._sweep = self._sweep or Sweep(Days.of_settings())
            more = self._sweep.step()
        except (OperationalError, InterfaceError):  # the store is away: the same step again
            raise
        except Exception:  # the next run begins anew
            self._sweep = None
            raise
        if not more:
            done = {str(stage.what): stage.done for stage in self._sweep.stages}
            logger.info("Pruned: %s", ", ".join(f"{count} {what}" for what, count in done.items()))
            self._sweep = None
        return int(more)

    def _is_time(self) -> bool:
        if not Days.of_settings() or time.monotonic() - self._asked < min(ASKED, settings.IM_PRUNE_SECONDS):
            return False
        self._asked = time.monotonic()
        return workers.take(chore=CHORE, every=settings.IM_PRUNE_SECONDS)
