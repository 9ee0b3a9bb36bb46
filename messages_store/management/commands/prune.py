import argparse
import time

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from messages_store.pruning import Sweep
from messages_store.services.pruning import Days


def days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 36_500:
        raise argparse.ArgumentTypeError(f"must be a number of days from 0 (for ever) to 36500, not {text!r}")
    return int(text)


class Command(BaseCommand):
    help = (
        "Delete what is kept no longer: by default as IM_INBOX_DAYS, IM_UNSENT_DAYS, IM_MESSAGE_DAYS and "
        "IM_REMINDER_DAYS say. It may be interrupted or killed at any moment, run again, and run beside workers and "
        "other runs of itself."
    )

    def add_arguments(self, parser):
        given = {"type": days, "metavar": "DAYS"}
        parser.add_argument("--inbox-days", **given, help="inbox entries, after they were acknowledged")
        parser.add_argument("--unsent-days", **given, help="entries that nobody acknowledged, after they were stored")
        parser.add_argument("--message-days", **given, help="messages and notifications, after their last change")
        parser.add_argument("--reminder-days", **given, help="reminders and daily mails, after they ended")

    def handle(self, *, inbox_days, unsent_days, message_days, reminder_days, **options):
        asked = inbox_days, unsent_days, message_days, reminder_days
        given = any(one is not None for one in asked)
        kept = Days(*(one or 0 for one in asked)) if given else Days.of_settings()
        if not kept:
            raise CommandError("Everything is kept for ever. Say what is not, with --inbox-days or IM_INBOX_DAYS.")
        began = told = time.monotonic()
        try:
            sweep = Sweep(kept)
            while sweep.step():
                if time.monotonic() - told >= 1:
                    told = time.monotonic()
                    self.tell(sweep, "", told - began)
        except (OperationalError, InterfaceError) as error:
            raise CommandError(f"The store does not answer; run it again: {str(error).strip()}") from None
        self.tell(sweep, "Done: ", time.monotonic() - began)
        if sweep.beside:
            what = ", ".join(str(label) for label in sweep.beside)
            self.stdout.write(f"Another run was at it too: the admin shows how far that one is with {what}.")

    def tell(self, sweep: Sweep, how: str, seconds: float) -> None:
        counts = ", ".join(f"{stage.done:,} {stage.what.label}" for stage in sweep.stages)
        self.stdout.write(f"{how}{counts} in {seconds:.1f} s")
        self.stdout.flush()
