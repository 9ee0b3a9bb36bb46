import argparse
import re
from datetime import datetime, timedelta

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from messages_store.errors import ChatError
from messages_store.models import Token, User
from messages_store.scopes import MEANINGS
from messages_store.services import programs, tokens

UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def end(text: str) -> datetime:
    """A time, or so long from now: 12h, 30d, 52w."""
    if match := re.fullmatch(r"([0-9]{1,5})([hdw])", text):
        return timezone.now() + timedelta(**{UNITS[match[2]]: int(match[1])})
    try:
        time = parse_datetime(text) or datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None:
        raise argparse.ArgumentTypeError(f"must be like 30d, 2027-01-31 or 2027-01-31T12:00Z, not {text!r}")
    time = time if timezone.is_aware(time) else timezone.make_aware(time)
    if time <= timezone.now():
        raise argparse.ArgumentTypeError(f"must not be over already: {text}")
    return time


class Command(BaseCommand):
    help = "Make a token for a user's program, and print its key: now and never again. Or list or delete tokens."

    def add_arguments(self, parser):
        parser.add_argument("user", nargs="?", metavar="USER", help="username of whom the program acts for")
        parser.add_argument("--name", default="", help="what it is for")
        parser.add_argument(
            "--scope",
            action="append",
            default=[],
            choices=MEANINGS,
            dest="scopes",
            help="may do this; several times for several. Without any: all that the user may",
        )
        parser.add_argument("--expires", type=end, metavar="WHEN", help="30d, 12h, or a time; without it: never")
        parser.add_argument("--create", action="store_true", help="make USER, where there is none: a service")
        parser.add_argument("--may-notify", action="store_true", help="give USER the permission to send notifications")
        other = parser.add_mutually_exclusive_group()
        other.add_argument("--list", action="store_true", help="the tokens of USER, or of everybody; no keys")
        other.add_argument("--delete", metavar="PREFIX", help="delete the one token whose key begins like this")

    def handle(self, *, user, list, delete, **options):
        if delete is not None:
            self.delete(delete)
        elif list:
            for token in tokens.of(user=user and self.find(user)):
                self.stdout.write(describe(token))
        elif user is None:
            raise CommandError("Whose? Give a username; --list shows all tokens.")
        else:
            self.stdout.write(self.make(user, **options))
            self.stderr.write("This is the key. It is not stored: keep it now.")

    @transaction.atomic
    def make(self, username, *, name, scopes, expires, create, may_notify, **options) -> str:
        user = self.create(username) if create else self.find(username)
        if may_notify:
            programs.permit_notifying(user=user)
        return tokens.issue(user=user, name=name, scopes=scopes, expires_at=expires)

    def create(self, username: str) -> User:
        try:
            return programs.account(username=username)
        except ChatError as error:
            raise CommandError(error.message) from None

    def find(self, username: str) -> User:
        found = User.objects.filter(username=username).first()
        if found is None:
            raise CommandError(f"There is no user {username}; --create makes a service of that name.")
        return found

    def delete(self, prefix: str) -> None:
        try:
            token = tokens.withdraw(prefix=prefix)
        except ChatError as error:
            raise CommandError(f"{error.message} --list shows how they begin.") from None
        self.stdout.write(f"Deleted: {describe(token)}")


def describe(token: Token) -> str:
    """One line: how it begins, whose it is, what for, what it may, and when."""
    times = {"made": token.created_at, "expires": token.expires_at, "last used": token.last_used_at}
    told = [f"{what} {time:%Y-%m-%d %H:%M}" if time else f"{what} never" for what, time in times.items()]
    return "  ".join([str(token), token.user.username, token.name or "-", ",".join(token.scopes or ["all"]), *told])
