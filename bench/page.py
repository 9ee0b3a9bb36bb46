"""`python -m bench.page`: the web chat page in a real browser: what its first load transfers, and how long things take.

One node on PostgreSQL and Redis, all three started for it; Chromium (CHROMIUM_PATH) on the same machine. Each figure is
the median of several runs, each in a browser context that has seen nothing. The times are the browser's own.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

from bench.stage import ROOT, Stage
from imsite.localservers import Node, free_port

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")

# Until the page can be used: connected, with its conversations. In milliseconds since the navigation began.
USABLE = """() => document.querySelector("#status")?.dataset.state === "live"
    && document.querySelector("#conversations a") ? performance.now() : null"""
# From the click to the frame in which the newest message is there, in milliseconds.
OPEN = """async ([link, newest]) => {
    const began = performance.now()
    document.querySelector(link).click()
    const messages = document.querySelector("#messages")
    while (!messages.textContent.includes(newest)) await new Promise(requestAnimationFrame)
    await new Promise(requestAnimationFrame)
    return performance.now() - began
}"""
# Scroll to the top until `want` messages went by, as fast as they come: the most elements that the page had at a time,
# and of the frames meanwhile the 95th percentile of their lengths in milliseconds.
SCROLL = """async (want) => {
    const log = document.querySelector("#log"), messages = document.querySelector("#messages")
    const number = () => Number(/message (\\d+)/.exec(messages.textContent)?.[1] ?? Infinity)
    const first = number(), frames = []
    let most = 0, last = performance.now()
    while (first - number() < want) {
        log.scrollTop = 0
        await new Promise(requestAnimationFrame)
        most = Math.max(most, messages.children.length)
        frames.push(performance.now() - last)
        last = performance.now()
    }
    frames.sort((one, other) => one - other)
    return { most, frame: frames[Math.floor(0.95 * frames.length)] }
}"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000, help="in the conversation that is opened")
    parser.add_argument("--conversations", type=int, default=100, help="in the list")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with node(options) as (url, person), sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM_PATH") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        runs = [measure(browser, url, person, options.messages) for _ in range(options.runs)]
        browser.close()
    print("| | median | least | most |", "|---|---|---|---|", sep="\n")
    for what in runs[0]:
        found = [run[what] for run in runs]
        print(f"| {what} | {median(found):.0f} | {min(found):.0f} | {max(found):.0f} |")


@contextmanager
def node(options: argparse.Namespace) -> Iterator[tuple[str, dict]]:
    """The URL of a node, and who uses it: {"session", "conversation"}."""
    with tempfile.TemporaryDirectory() as directory, Stage(Path(directory)) as stage:
        environment = {
            "DATABASE_URL": stage.postgres.url(),
            "REDIS_URL": stage.redis.url,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "127.0.0.1",
            "DEBUG": "false",
            "HTTPS": "false",
            "IM_SENDS_PER_MINUTE": "1000000",
            "STATIC_ROOT": f"{directory}/static",
        }
        person = json.loads(make(environment, options.messages, options.conversations))
        with Node(free_port(), environment, Path(directory) / "node.log") as running:
            yield running.url, person


def make(environment: dict[str, str], messages: int, conversations: int) -> str:
    """The database, with somebody who has so many conversations; what `bench.reader` printed."""
    environment = os.environ | environment
    for command in (
        ["manage.py", "collectstatic", "--noinput", "--verbosity=0"],
        ["manage.py", "migrate", "--verbosity=0"],
        ["-m", "bench.reader", str(messages), str(conversations)],
    ):
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
    return done.stdout


def measure(browser: Browser, url: str, person: dict, messages: int) -> dict[str, float]:
    """One visit by somebody who is signed in and has nothing in the browser's cache."""
    # What the shell's worker fetches for the page is in no page's figures: without it, everything is.
    window = {"width": 1100, "height": 700}
    context = browser.new_context(base_url=url, viewport=window, locale="en-GB", service_workers="block")
    context.add_cookies([{"name": "sessionid", "value": person["session"], "url": url}])
    page = context.new_page()
    transferred = answers(page)
    page.goto("/")
    usable = page.wait_for_function(USABLE).json_value()
    page.wait_for_load_state("networkidle")
    first = [size for moment, size in transferred if moment <= usable]
    rest = [size for _, size in transferred]
    link = f"#conversations a[href='#c{person['conversation']}']"
    opened = page.evaluate(OPEN, [link, f"message {messages}"])
    scrolled = page.evaluate(SCROLL, min(2_000, messages // 2))
    context.close()
    return {
        "first load: kB transferred": sum(first) / 1_000,
        "first load: requests": len(first),
        "first load: ms until connected, with the conversations": usable,
        "with what it fetches after that by itself: kB transferred": sum(rest) / 1_000,
        "with what it fetches after that by itself: requests": len(rest),
        f"ms to open a conversation of {messages:,} messages": opened,
        "scrolling back: the most rows at a time": scrolled["most"],
        "scrolling back: ms of the 95th percentile of frames": scrolled["frame"],
    }


def answers(page: Page) -> list[tuple[float, int]]:
    """What comes from the server from now on: ms since the first was asked for, bytes (compressed, with headers)."""
    found: list[tuple[float, int]] = []
    began: list[float] = []
    session = page.context.new_cdp_session(page)

    def note(event: dict) -> None:
        if event["encodedDataLength"]:  # else it was in the browser's cache
            found.append(((event["timestamp"] - began[0]) * 1_000, event["encodedDataLength"]))

    session.on("Network.requestWillBeSent", lambda event: began.append(event["timestamp"]))
    session.on("Network.loadingFinished", note)
    session.send("Network.enable")
    return found


if __name__ == "__main__":
    main()
