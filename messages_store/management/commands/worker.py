import signal
import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from messages_store import working
from messages_store.services import notifying

ENDING = {signal.SIGTERM, signal.SIGINT}


class Command(BaseCommand):
    help = (
        "Deliver notifications to many people. Any number may run at the same time. SIGTERM ends it after its step; "
        "what was not done, another one does, or the next start."
    )

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="do what is there, and end")

    def handle(self, *, once, **options):
        if once:
            self.work_off()
            return
        # Blocked, and asked for between two steps: a signal never comes into the middle of one.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        self.stdout.write(f"A worker that looks for work every {settings.IM_WORK_SECONDS:g} s")
        self.stdout.flush()
        served = 0
        while signal.sigtimedwait(ENDING, 0 if served else settings.IM_WORK_SECONDS) is None:
            served = working.work()

    def work_off(self) -> None:
        began, served = time.monotonic(), 0
        while step := working.work():
            served += step
        self.stdout.write(f"Delivered to {served} inboxes in {time.monotonic() - began:.1f} s.")
        if waiting := len(notifying.unfinished()):
            raise CommandError(f"Not finished: {waiting} notifications.")
