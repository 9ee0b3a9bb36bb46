import time

from django.core.management.base import BaseCommand, CommandError

from messages_store import notifiers
from messages_store.checks import broken
from messages_store.models import User
from messages_store.notifiers import Notifier, NotifyError
from messages_store.services import preferring, trying


class Command(BaseCommand):
    help = (
        "The notifiers of IM_NOTIFIERS, and what is wrong with them. --check sends a real test, and says what happened."
    )
    requires_system_checks = []  # what they would say, the list says

    def add_arguments(self, parser):
        parser.add_argument("--check", metavar="NAME", help="send a test by this one")
        parser.add_argument("--to", metavar="USER", help="to whom, by username")

    def handle(self, *, check, to, **options):
        if (check is None) != (to is None):
            raise CommandError("Say both: --check NAME --to USER.")
        if wrong := broken():
            raise CommandError(wrong)
        known = notifiers.load()
        if check is not None:
            self.check_one(known, check, to)
        elif not known:
            self.stdout.write("IM_NOTIFIERS names none: nobody is reminded.")
        for notifier in known.values() if check is None else ():
            self.stdout.write(f"{notifier.name}: {' '.join(notifier.problems()) or 'ready'}")

    def check_one(self, known: dict[str, Notifier], name: str, username: str) -> None:
        notifier, user = known.get(name), User.objects.filter(username=username).first()
        if notifier is None:
            raise CommandError(f"{name} is none of IM_NOTIFIERS ({', '.join(known) or 'none'}).")
        if user is None:
            raise CommandError(f"There is no user {username}.")
        if problems := notifier.problems():
            raise CommandError(" ".join(problems))
        if not notifier.reaches(user):
            raise CommandError(f"{username} has no address for {name}.")
        outgoing, began = trying.reminder(user=user, notifier=name), time.monotonic()
        chosen = preferring.of(user_id=user.pk).time_zone
        if chosen not in ("", outgoing.time_zone):
            self.stdout.write(f"There is no time zone {chosen} any more: {outgoing.time_zone} is taken.")
        try:
            notifier.notify(outgoing)
        except NotifyError as error:
            raise CommandError(f"Not sent: {error.reason}. {when(error)}") from None
        self.stdout.write(f"Sent in {time.monotonic() - began:.1f} s. Its id is {outgoing.id}.")


def when(error: NotifyError) -> str:
    if error.permanent:
        return "It would not be tried again."
    after = "" if error.retry_after is None else f" after {error.retry_after:.0f} s"
    return f"It would be tried again{after}."
