"""Skipping is failing, in every way that pytest knows."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "source",
    [
        "@pytest.mark.skip\ndef test_it(): pass",
        "def test_it(): pytest.skip('no database')",
        "pytest.skip('not here', allow_module_level=True)",
        "pytest.importorskip('there_is_no_such_module')",
        "@pytest.mark.xfail\ndef test_it(): assert False",
    ],
)
def test_a_skip_is_a_failure(source, tmp_path):
    assert _run(tmp_path, source) == 1


def test_a_test_that_passes_still_does(tmp_path):
    assert _run(tmp_path, "def test_it(): pass") == 0


def _run(directory: Path, source: str) -> int:
    file = directory / "test_it.py"
    file.write_text(f"import pytest\n{source}\n")
    plugins = ("-p", "tests.no_skips", "-p", "no:django", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", *plugins, f"--rootdir={directory}", "-c", "/dev/null", file]
    code = subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode
    return 1 if code == 2 else code  # an error while collecting ends the run with 2
