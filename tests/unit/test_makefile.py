"""`make help`, which is where one looks first."""

import os
import re
import subprocess

from .test_settings import ROOT


def test_help_has_a_line_for_every_target_and_one_column_for_what_they_do():
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # as if no make ran us
    told = subprocess.run(["make", "help"], cwd=ROOT, env=alone, capture_output=True, text=True, check=True).stdout
    lines = [re.fullmatch(r"(  make (\w+) +)\S.*", line) for line in told.splitlines()]
    assert [line[2] for line in lines] == targets
    assert len({len(line[1]) for line in lines}) == 1, told
