"""A real browser for the tests of the pages: found, or installed where we may."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The fonts are for what people write here: Chinese and emoji. Without them, screenshots show boxes.
PACKAGES = ("chromium", "fonts-noto-cjk", "fonts-noto-color-emoji")
MISSING = (
    "The tests of the pages need a browser: install Chromium, "
    "or run `.venv/bin/python -m playwright install chromium`, or set CHROMIUM_PATH."
)


def chromium_path() -> str:
    """Where Chromium is. Ends the run, with a sentence, where there is none and none can be had."""
    given = os.environ.get("CHROMIUM_PATH")
    if given and not os.access(given, os.X_OK):
        sys.exit(f"CHROMIUM_PATH must be the path of a browser, not {given!r}.")
    found = given or _on_the_path() or _of_playwright()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _install()
        found = _on_the_path()
    if found is None:
        sys.exit(MISSING)
    return found


def _on_the_path() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _install() -> None:
    print("There is no browser: installing Chromium with apt-get …", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *PACKAGES]):
        subprocess.run(["apt-get", *command], env=environment, check=False, stdout=subprocess.DEVNULL)
