"""What a worker does about reminders and digests: it looks for whom to remind, and has what is due tried in threads.

A notifier's threads are its own and bounded, and so are the digest's: what hangs holds up no other. What takes longer
than IM_NOTIFY_SECONDS has failed; its thread cannot be stopped, and counts until it comes back.
"""

import logging
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from types import ModuleType

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, connections

from . import notifiers
from .models import Reminder
from .notifiers import Notifier, NotifyError
from .services import digesting, reminding, spells, workers
from .services.reminding import Claimed

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.5  # at most, between two looks of all workers together
PAGES = 20  # of inboxes that one step looks at
IN_A_STEP = 50  # reminders that are tried within their transactions
CANCELLED = Reminder.Outcome.CANCELLED.value
PERSIST = 0.5  # seconds until the outcome is written again that the store did not take


@dataclass(eq=False)
class Attempt:
    """What a thread is at. What has answered is never overdue, though its outcome is not written yet."""

    claimed: Claimed
    began: float = field(default_factory=time.monotonic)
    has_answered: bool = False
    is_overdue: bool = False


@dataclass(eq=False)
class Hand:
    """One thread, and what it is at: by one notifier, of what `desk` gives out (`reminding` or `digesting`)."""

    notifier: Notifier
    desk: ModuleType = reminding
    at: Attempt | None = None
    thread: threading.Thread | None = field(default=None, repr=False)


class Reminders:
    """All that one process does about reminders. `step` is called again and again, by one thread."""

    def __init__(self):
        self._hands: set[Hand] = set()
        self._lock = threading.Lock()
        self._ended: Counter[tuple[str, str]] = Counter()
        self._stopping = threading.Event()
        self._after: int | None = None  # the user from whom on the look goes on

    def step(self) -> int:
        """Look for what is due, and have it tried; how much was found that does not wait for its thread."""
        known = notifiers.load()
        if not known:
            return 0
        self._overdue()
        done = self._look(known)
        for notifier in known.values():
            try:
                done += self._remind(notifier)
            except (OperationalError, InterfaceError):
                raise
            except Exception:
                logger.exception("Reminding by %s fails", notifier.name)  # and the others must go on
        return done + self._digest(known.get(digesting.BY))

    def ended(self) -> Counter[tuple[str, str]]:
        """How many ended that are not `counted` yet, by notifier (or DIGEST) and outcome."""
        with self._lock:
            return self._ended.copy()

    def counted(self, ended: Counter[tuple[str, str]]) -> None:
        """These are written down. Others may have ended meanwhile."""
        with self._lock:
            self._ended -= ended

    def stop(self, *, within: float) -> None:
        """Take nothing more, and wait so many seconds for what is on its way; then it has failed, this time."""
        self._stopping.set()
        until = time.monotonic() + within
        for hand in self._all():
            hand.thread.join(max(0.0, until - time.monotonic()))
        self._overdue(stopping=True)

    def wait(self) -> None:
        """Until nothing that is due is on its way, or hangs."""
        for hand in self._all():
            while hand.thread.is_alive() and not ((at := hand.at) and at.is_overdue):
                hand.thread.join(0.05)
                self._overdue()

    # Found

    def _look(self, known: dict[str, Notifier]) -> int:
        if self._after is None:
            every = max(settings.IM_WORK_SECONDS, min(LOOK_SECONDS, settings.IM_REMIND_AFTER_SECONDS / 4))
            if not workers.take(chore=workers.LOOK, every=every):
                return 0
        found = 0
        for _ in range(PAGES):
            look = spells.look(notifiers=known, after=self._after or 0)
            found, self._after = found + look.begun, look.next
            with self._lock:
                self._ended.update({(name, CANCELLED): count for name, count in look.cancelled.items()})
            if look.next is None:
                break
        return found

    # Tried

    def _remind(self, notifier: Notifier) -> int:
        if notifier.within_transaction:
            return self._remind_here(notifier)
        self._start(notifier, reminding)
        return 0

    def _digest(self, notifier: Notifier | None) -> int:
        if notifier is None:
            return 0
        found = digesting.look(notifier=notifier)
        self._start(notifier, digesting)
        return found

    def _remind_here(self, notifier: Notifier) -> int:
        for done in range(IN_A_STEP):
            outcome = reminding.remind_one(notifier=notifier)
            if outcome is None:
                return done
            self._count(Hand(notifier), outcome)
        return IN_A_STEP

    def _start(self, notifier: Notifier, desk: ModuleType) -> None:
        """Threads for what is due, as many as there may be."""
        busy = sum(hand.notifier is notifier and hand.desk is desk for hand in self._all())
        if busy < settings.IM_NOTIFY_AT_ONCE and desk.is_due(notifier=notifier):
            for _ in range(settings.IM_NOTIFY_AT_ONCE - busy):
                self._set_to_work(Hand(notifier, desk))

    def _set_to_work(self, hand: Hand) -> None:
        name = f"notify-{hand.notifier.name}"
        hand.thread = threading.Thread(target=self._keep_on, args=[hand], name=name, daemon=True)
        with self._lock:
            self._hands.add(hand)
        hand.thread.start()

    def _keep_on(self, hand: Hand) -> None:
        """Until nothing is due any more. In a thread."""
        try:
            while not self._stopping.is_set():
                claimed, rest = hand.desk.claim(notifier=hand.notifier, limit=1)
                if not claimed and not rest:
                    return
                for outcome in rest:
                    if outcome != Reminder.Outcome.WAITING:
                        self._count(hand, outcome)
                for one in claimed:
                    self._try(hand, one)
        except (OperationalError, InterfaceError) as error:
            logger.warning("Reminding by %s has to wait: %s", hand.notifier.name, str(error).strip())
        except Exception:
            logger.exception("Reminding by %s fails", hand.notifier.name)
        finally:
            connections.close_all()
            with self._lock:
                self._hands.discard(hand)

    def _try(self, hand: Hand, claimed: Claimed) -> None:
        hand.at = at = Attempt(claimed)
        error = reminding.attempt(notifier=hand.notifier, outgoing=claimed.outgoing)
        at.has_answered = True
        while not self._finish(hand, claimed, error):  # or it would go out again when the store is back
            if self._stopping.is_set() and time.monotonic() - at.began > 2 * settings.IM_NOTIFY_SECONDS:
                break
            time.sleep(PERSIST)
        hand.at = None

    def _finish(self, hand: Hand, claimed: Claimed, error: NotifyError | None) -> bool:
        try:
            outcome = hand.desk.finish(claimed=claimed, error=error)
        except (OperationalError, InterfaceError) as failure:
            logger.warning("The outcome of a reminder has to wait: %s", str(failure).strip())
            connection.close()
            return False
        if outcome is not None:
            self._count(hand, outcome)
        return True

    def _overdue(self, *, stopping: bool = False) -> None:
        """Let those fail that take too long; all of them where nobody waits for them any more."""
        now, seconds = time.monotonic(), f"{settings.IM_NOTIFY_SECONDS:g} s"
        reason = "The worker stopped before it answered." if stopping else f"It did not answer within {seconds}."
        for hand in self._all():
            at = hand.at
            if at is None or at.has_answered or at.is_overdue:
                continue
            if stopping or now - at.began > settings.IM_NOTIFY_SECONDS:
                at.is_overdue = self._finish(hand, at.claimed, NotifyError(reason))

    def _count(self, hand: Hand, outcome: str) -> None:
        name = hand.notifier.name if hand.desk is reminding else notifiers.DIGEST
        with self._lock:
            self._ended[name, outcome] += 1

    def _all(self) -> list[Hand]:
        with self._lock:
            return list(self._hands)
