"""Notifiers for a shift of a worker, and what became of its reminders."""

import threading
import time

from messages_store.models import Reminder
from messages_store.notifiers import Notifier, NotifyError
from messages_store.reminders import Reminders

PATIENCE = 30  # seconds


class Good(Notifier):
    name = "good"

    def __init__(self):
        self.told = []

    def notify(self, outgoing):
        self.told.append(outgoing.user_id)


class Hanging(Good):
    """Does not come back before it may."""

    name = "hanging"

    def __init__(self):
        super().__init__()
        self.may_go = threading.Event()

    def notify(self, outgoing):
        self.told.append(outgoing.user_id)
        self.may_go.wait(PATIENCE)


class Dead(Good):
    name = "dead"

    def notify(self, outgoing):
        raise NotifyError("nobody answers", retry_after=900)


def step_until(reminders: Reminders, condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        reminders.step()
        time.sleep(0.01)


def outcomes(name: str) -> list[str]:
    return sorted(Reminder.objects.filter(notifier=name, number=1).values_list("outcome", flat=True))
