from django.core.management.commands import migrate
from django.db import connections


class Command(migrate.Command):
    """As Django's, without hurry: a migration of many rows takes as long as it takes.

    For its locks it waits no longer than anybody: whoever comes meanwhile would wait behind it.
    """

    def handle(self, *args, **options):
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            return super().handle(*args, **options)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        try:
            return super().handle(*args, **options)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout")
