"""Where it is one moment for ever: `python -m tests.web.scenes.stopped_clock 2026-03-12T14:20+00:00 serve …`.

Everything that asks Python or SQLite for the time of day gets that moment; periods, which are monotonic, stay what they
are. So pages say the same whenever they are looked at.
"""

import os
import sys
from datetime import UTC, datetime

import time_machine
from django.core.management import execute_from_command_line

STORED = "%Y-%m-%d %H:%M:%f"  # the only way that Django and `messages_store.sql` ask SQLite


def stop(moment: datetime) -> time_machine.Traveller:
    """From now on it is that moment, until `move_to()` of what is returned. Before the first connection is made."""
    from django.db.backends.signals import connection_created

    connection_created.connect(_tell_sqlite, dispatch_uid="stopped_clock")
    return time_machine.travel(moment, tick=False).start()


def _tell_sqlite(connection, **kwargs) -> None:
    connection.connection.create_function("strftime", 2, _now)


def _now(form: str, of: str) -> str:
    if form != STORED or of.lower() != "now":
        raise ValueError(form, of)
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
    stop(datetime.fromisoformat(sys.argv[1]))
    execute_from_command_line(["manage.py", *sys.argv[2:]])
