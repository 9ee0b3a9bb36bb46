"""What is kept no longer, deleted in chunks: by `manage.py prune`, and by a worker every so often.

What is done already is told by the floors, so whoever is killed in between is followed by the next run.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import F, Q

from .models import Digest, Pruning, Reminder
from .services import ended, expiring, pruning, workers
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
    together: int = TOGETHER
    after: int | None = 0
    waiting: list[int] = field(default_factory=list)
    done: int = 0

    @property
    def is_over(self) -> bool:
        return self.after is None and not self.waiting


def stages(days: Days) -> list[Stage]:
    """In this order: a message goes after its entries."""
    found = []
    if days.inbox or days.unsent or days.message:
        found.append(ENTRIES)
    if days.message:
        found += [MESSAGES, NOTIFICATIONS]
    if days.reminder:
        found += [REMINDERS, DIGESTS]
    return [make() for make in found]


ENTRIES = partial(
    Stage,
    Pruning.What.ENTRIES,
    pruning.find,
    lambda ids, cut, most: pruning.prune(user_ids=ids, cutoffs=cut, limit=most),
)
MESSAGES = partial(
    Stage,
    Pruning.What.MESSAGES,
    expiring.find_conversations,
    lambda ids, cut, most: expiring.prune_conversations(conversation_ids=ids, cutoffs=cut, limit=most),
)
NOTIFICATIONS = partial(
    Stage,
    Pruning.What.NOTIFICATIONS,
    expiring.find_notifications,
    lambda ids, cut, most: expiring.prune_notifications(notification_ids=ids, cutoffs=cut, limit=most),
)
REMINDERS, DIGESTS = (
    partial(
        Stage,
        what,
        partial(ended.find, model=model),
        lambda ids, cut, _most, model=model: ended.prune(model=model, ids=ids, cutoffs=cut),
        together=pruning.SCAN,
    )
    for what, model in ((Pruning.What.REMINDERS, Reminder), (Pruning.What.DIGESTS, Digest))
)


class Sweep:
    """One run through everything. Call `step` until it is over; a step that failed may be tried again."""

    def __init__(self, days: Days):
        self.stages = stages(days)
        self._cutoffs = Cutoffs.of(days)
        self._began: set[str] = set()
        self._run = uuid4().hex
        self.beside: list[str] = []  # of what another run is at, whose progress is what one sees

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
        together = stage.waiting[: min(stage.together, settings.IM_PRUNE_CHUNK)]
        chunk = stage.prune(together, self._cutoffs, settings.IM_PRUNE_CHUNK)
        stage.waiting = [*chunk.more, *stage.waiting[len(together) :]]
        stage.done += chunk.done
        return chunk.done

    def _begin(self, stage: Stage) -> None:
        moment = now()
        row, _made = Pruning.objects.get_or_create(what=stage.what)
        is_free = Q(run="") | Q(ended_at__isnull=False) | Q(beat_at__lt=moment - timedelta(seconds=Pruning.ALIVE))
        begun = {"run": self._run, "began_at": moment, "beat_at": moment, "ended_at": None, "done": 0, "place": 0}
        if not Pruning.objects.filter(is_free, pk=row.pk).update(**begun):
            self.beside.append(stage.what.label)
            logger.info("Another run is at %s too", stage.what)
        self._began.add(stage.what)

    def _note(self, stage: Stage, done: int) -> None:
        moment = now()
        ended: datetime | None = moment if stage.is_over else None
        place = stage.waiting[0] if stage.waiting else F("place")
        row = Pruning.objects.filter(what=stage.what)
        row.update(total=F("total") + done)
        row.filter(run=self._run).update(done=F("done") + done, place=place, beat_at=moment, ended_at=ended)


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
