"""`make test`: style, scripts, then pytest on both bases: embedded (SQLite, one process), cluster (PostgreSQL, Redis).

What starts nodes and browsers mostly waits for them, so it runs beside the rest. Arguments go to pytest each time.
Paths among them replace the directories: each run takes those that are its own. DATABASE_URL and REDIS_URL, where they
are given, are the cluster's, and one run comes after the other; otherwise each run starts its own.
"""

import contextlib
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from imsite.localservers import NotReady, Postgres, Redis
from tests.machine import chromium_path, has_gettext, has_nginx, node_path, require_redis

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Run:
    """One call of pytest."""

    name: str
    base: str
    directories: Sequence[str]


EMBEDDED = Run(
    "embedded",
    "embedded",
    [
        "tests/test_architecture.py",
        "tests/unit",
        "tests/client",
        "tests/store",
        "tests/live",
        "tests/api",
        "tests/infra",
    ],
)
CLUSTER = Run("cluster", "cluster", ["tests/store", "tests/live", "tests/api"])
PROCESSES = Run("processes", "cluster", ["tests/web", "tests/cluster"])
LANES = ((EMBEDDED, CLUSTER), (PROCESSES,))

NGINX_TESTS = ("tests/infra/test_nginx.py", "tests/cluster/test_balanced.py")
GETTEXT_TESTS = ("tests/infra/test_catalogues.py",)
NOTHING_COLLECTED = 5
FOR_TESTS = {
    "IM_TEST_CLUSTER_SECONDS",
    "IM_TEST_SERVER",
}  # what a caller may choose; tests/cluster/conftest.py says what it is


def main(arguments: list[str]) -> int:
    require_redis()
    environment = _environment() | {"CHROMIUM_PATH": chromium_path()}
    results = [("lint", *_lint()), ("scripts", *_scripts())]
    if not has_nginx():
        # The continuous integration has one. Nobody should have to install a web server to run the tests.
        results.append(("nginx", True, "NOT RUN: there is no nginx here; install it when you change docker/nginx.conf"))
        arguments = [*(f"--ignore={path}" for path in NGINX_TESTS), *arguments]
    if not has_gettext():
        results.append(
            (
                "gettext",
                True,
                "NOT RUN: there is no xgettext here; install gettext when you change words",
            )
        )
        arguments = [*(f"--ignore={path}" for path in GETTEXT_TESTS), *arguments]
    results += _run(environment, arguments)
    print("\n" + "\n".join(f"{name:<9} {'ok    ' if ok else 'FAILED'} {summary}" for name, ok, summary in results))
    return 0 if all(ok for _, ok, _ in results) else 1


def _run(environment: dict[str, str], arguments: list[str]) -> list[tuple[str, bool, str]]:
    """Every run that has something to do; two at a time unless they would meet on servers that were given."""
    lanes = [[run for run in lane if _paths(run, arguments)] for lane in LANES]
    lanes = [lane for lane in lanes if lane]
    if any(os.environ.get(name) for name in ("DATABASE_URL", "REDIS_URL")):
        lanes = [[run for lane in lanes for run in lane]]

    def go(lane: list[Run]) -> list[tuple[str, bool, str]]:
        return [(run.name, *_pytest(run, environment, arguments, live=len(lanes) == 1)) for run in lane]

    with ThreadPoolExecutor(len(lanes) or 1) as pool:
        return [result for lane in pool.map(go, lanes) for result in lane]


def _environment() -> dict[str, str]:
    """The caller's, without what would make the application another one than the tests expect."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IM_") or name in FOR_TESTS}
    for name in ("DEBUG", "NODE_NAME", "LAYER_PREFIX", "LOG_LEVEL", "SECRET_KEY_FALLBACKS", "PORT"):
        kept.pop(name, None)
    return kept | {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
        "CSRF_TRUSTED_ORIGINS": "",
        "HTTPS": "false",
    }


@contextlib.contextmanager
def _embedded() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="imsite-test-") as directory:
        yield {"DATABASE_URL": f"sqlite:///{directory}/imsite.sqlite3", "REDIS_URL": ""}


@contextlib.contextmanager
def _cluster() -> Iterator[dict[str, str]]:
    with contextlib.ExitStack() as stack:
        # Not durable: these tests break the server, never the machine, and every test writes.
        database = os.environ.get("DATABASE_URL") or stack.enter_context(Postgres(durable=False)).url()
        yield {"DATABASE_URL": database, "REDIS_URL": os.environ.get("REDIS_URL") or stack.enter_context(Redis()).url}


BASES: dict[str, Callable[[], AbstractContextManager[dict[str, str]]]] = {"embedded": _embedded, "cluster": _cluster}


def _paths(run: Run, arguments: list[str]) -> Sequence[str]:
    """What of the run is to be done: all of it, or the paths among the arguments that are its own."""
    chosen = [argument for argument in arguments if _is_path(argument)]
    own = tuple(run.directories)
    return [path for path in chosen if path.startswith(own)] if chosen else run.directories


def _pytest(run: Run, environment: dict[str, str], arguments: list[str], *, live: bool) -> tuple[bool, str]:
    """Whether all passed, and the line in which pytest counts. Not `live`, its output is shown when it has ended."""
    options = [argument for argument in arguments if not _is_path(argument)]
    paths = _paths(run, arguments)
    missing = [path for path in paths if not _is_path(path)]
    paths = [path for path in paths if path not in missing]
    command = [sys.executable, "-m", "pytest", "-p", "tests.no_skips", *options, *paths]
    with BASES[run.base]() as servers:
        code, summary = _stream(command, environment | servers | {"IM_TEST_BASE": run.base}, live=live)
    if missing:
        return False, f"{summary}; MISSING: {', '.join(missing)}"
    return code == 0 or (code == NOTHING_COLLECTED and bool(sys.argv[1:])), summary


def _is_path(argument: str) -> bool:
    return not argument.startswith("-") and (ROOT / argument.split("::")[0]).exists()


def _stream(command: list[str], environment: dict[str, str], *, live: bool) -> tuple[int, str]:
    """Run it, show what it prints, and keep the line in which pytest counts."""
    title = f"\n$ IM_TEST_BASE={environment['IM_TEST_BASE']} {' '.join(command[1:])}"
    print(title if live else f"{title} …", flush=True)
    summary, output = "pytest did not finish", [title]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if live:
                print(line, end="", flush=True)
            else:
                output.append(line.rstrip("\n"))
            counted = re.search(r"\d+ (passed|failed|error|deselected).* in [\d.]+s|no tests ran in [\d.]+s", line)
            summary = counted.group() if counted else summary
    if not live:
        print("\n".join(output), flush=True)
    return process.returncode, summary


def _lint() -> tuple[bool, str]:
    code = subprocess.run(["make", "--no-print-directory", "lint"], cwd=ROOT, check=False).returncode
    return code == 0, "ruff check, ruff format, mypy"


def _scripts() -> tuple[bool, str]:
    """The browser's modules without a browser."""
    tests = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/js/**/*.test.js"))
    if not tests:
        return True, "there are no tests of scripts"
    started = time.monotonic()
    code = subprocess.run([node_path(), "--test", *tests], cwd=ROOT, check=False).returncode
    return code == 0, f"node --test, {len(tests)} files in {time.monotonic() - started:.1f}s"


if __name__ == "__main__":
    os.chdir(ROOT)
    try:
        sys.exit(main(sys.argv[1:]))
    except NotReady as error:
        sys.exit(str(error))
