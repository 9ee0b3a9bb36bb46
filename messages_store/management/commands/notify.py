import json

from django.core.management.base import BaseCommand, CommandError

from messages_store import notify
from messages_store.errors import ChatError
from messages_store.notices import LEVELS


class Command(BaseCommand):
    help = "Send a notification: manage.py notify --to alice,bob --title 'Lunch' --body 'It is ready.'"

    def add_arguments(self, parser):
        whom = parser.add_mutually_exclusive_group(required=True)
        whom.add_argument("--to", type=names, metavar="NAMES", help="usernames, separated by commas")
        whom.add_argument("--conversations", type=ids, metavar="IDS", help="to who is in these, separated by commas")
        whom.add_argument("--everyone", action="store_true", help="to all active people")
        parser.add_argument("--title", required=True)
        parser.add_argument("--body", default="")
        parser.add_argument("--url", default="", help="http, https, or a path of this site")
        parser.add_argument("--level", default="info", choices=LEVELS)
        parser.add_argument("--data", type=json_object, metavar="JSON", help="an object, for programs")
        parser.add_argument("--key", help="with the same key it is sent once, however often the command runs")

    def handle(self, *, to, conversations, everyone, title, body, url, level, data, key, **options):
        whom = {"conversations": conversations or (), "everyone": everyone}
        what = {"title": title, "body": body, "url": url, "level": level, "data": data}
        try:
            notification = notify(to or (), **whom, **what, key=key)
        except ChatError as error:
            raise CommandError(error.message) from None
        notification.refresh_from_db()
        self.stdout.write(f"Notification {notification.pk}: {notification.done} of {notification.total} inboxes.")
        if notification.finished_at is None:
            self.stdout.write("A worker delivers the rest.")


def names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def ids(text: str) -> list[int]:
    return [int(id) for id in names(text)]


def json_object(text: str) -> dict:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError
    return found
