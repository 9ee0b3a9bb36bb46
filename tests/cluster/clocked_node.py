"""A node whose clock is wrong: `python -m tests.cluster.clocked_node SECONDS serve …`.

Everything that asks Python for the time of day gets another one; periods, which are monotonic, stay what they are.
"""

import os
import sys
from datetime import UTC, datetime, timedelta

import time_machine
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
    time_machine.travel(datetime.now(UTC) + timedelta(seconds=float(sys.argv[1])), tick=True).start()
    execute_from_command_line(["manage.py", *sys.argv[2:]])
