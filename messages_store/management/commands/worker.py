import signal
import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from messages_store.services import notifying
from messages_store.shift import Shift

ENDING = {signal.SIGTERM, signal.SIGINT}


class Command(BaseCommand):
    help = (
        "Deliver notifications to many people, and remind people of what is unsent. Any number may run at the same "
        "time. SIGTERM ends it after its step; what was not done, another one does, or the next start."
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
        shift, served = Shift(), 0
        while signal.sigtimedwait(ENDING, 0 if served else settings.IM_WORK_SECONDS) is None:
            served = shift.step()
        shift.end()

    def work_off(self) -> None:
        began, shift = time.monotonic(), Shift()
        while shift.step():
            pass
        shift.wait()
        shift.end()
        self.stdout.write(f"Delivered to {shift.delivered} inboxes in {time.monotonic() - began:.1f} s.")
        if waiting := len(notifying.unfinished()):
            raise CommandError(f"Not finished: {waiting} of the notifications.")
