import argparse
import json
import os
import tempfile
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from messages_store.services.demo import people, talk


def whole_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise argparse.ArgumentTypeError(f"must be a number of people from 0 to 999999, not {text!r}")
    return int(text)


class Command(BaseCommand):
    help = "Make people and a little history to try the site with. Running it again harms nothing."

    def add_arguments(self, parser):
        parser.add_argument("--users", type=whole_number, default=0, metavar="N", help="also make u00001 to uN")
        parser.add_argument(
            "--tokens",
            type=Path,
            metavar="FILE",
            help='give everybody a new token instead of the ones they had, and write {username: {"id", "token"}} here',
        )
        parser.add_argument("--password", metavar="P", help="for alice and the others; a random one otherwise")

    def handle(self, *, users, tokens, password, **options):
        if password == "":
            raise CommandError("--password must not be empty.")
        if tokens and (tokens.is_dir() or not tokens.parent.is_dir()):
            raise CommandError(f"--tokens must name a file in a directory that exists, not {tokens}.")
        self.make_cast(password)
        self.make_crowd(users)
        self.make_history()
        if tokens:
            self.write_tokens(users, tokens)

    def make_cast(self, given: str | None) -> None:
        password = given or people.readable_password()
        chosen = people.make_cast(password=password, for_all=given is not None)
        if chosen:
            self.say(f"The password of {listing(chosen)} is: {password}")
            self.say("Sign in at / with any of these names; at /admin/ as admin.")
        else:
            self.say(f"{listing(people.CAST_NAMES)} exist already, with the passwords they have (--password sets one).")

    def make_crowd(self, size: int) -> None:
        if size:
            made = people.make_crowd(size=size)
            names = people.crowd_names(size)
            self.say(
                f"{names[0]} to {names[-1]}: {made} made, {size - made} there already. They sign in by token only."
            )

    def make_history(self) -> None:
        if said := talk.make_history():
            self.say(f"Alice and Bob talk, and so does the group {talk.TITLE}: {said} messages.")

    def write_tokens(self, size: int, path: Path) -> None:
        everybody = people.accounts([*people.CAST_NAMES, *people.crowd_names(size)])
        with transaction.atomic():  # no file, no new tokens
            keys = people.renew_tokens(users=list(everybody.values()))
            found = {name: {"id": user.pk, "token": keys[user.pk]} for name, user in everybody.items()}
            write_private(path, json.dumps(found, indent=1))
        self.say(f"New tokens of {len(found)} people: {path}")

    def say(self, text: str) -> None:
        self.stdout.write(text)


def listing(names: list[str]) -> str:
    """alice, bob and admin"""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def write_private(path: Path, text: str) -> None:
    """All of it or nothing, and readable only by us from the first byte on."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 600
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
