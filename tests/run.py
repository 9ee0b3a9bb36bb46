"""`make test`: style, scripts, then pytest twice: embedded (SQLite, one process) and cluster (PostgreSQL and Redis).

Arguments go to pytest both times. Paths among them replace the directories: each base runs those that are its own.
DATABASE_URL and REDIS_URL, where they are given, are the cluster's; otherwise both are started for the run.
"""

import contextlib
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from imsite.localservers import NotReady, Postgres, Redis
from tests.machine import chromium_path, has_nginx, node_path, require_redis

ROOT = Path(__file__).resolve().parent.parent
BASES = {
    "embedded": ["tests/test_architecture.py", "tests/unit", "tests/store", "tests/live", "tests/api", "tests/infra"],
    "cluster": ["tests/store", "tests/live", "tests/api", "tests/web", "tests/cluster"],
}
NGINX_TESTS = "tests/infra/test_nginx.py"
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
        arguments = [f"--ignore={NGINX_TESTS}", *arguments]
    with _embedded() as servers:
        results.append(("embedded", *_pytest("embedded", environment | servers, arguments)))
    with _cluster() as servers:
        results.append(("cluster", *_pytest("cluster", environment | servers, arguments)))
    print("\n" + "\n".join(f"{name:<9} {'ok    ' if ok else 'FAILED'} {summary}" for name, ok, summary in results))
    return 0 if all(ok for _, ok, _ in results) else 1


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


def _pytest(base: str, environment: dict[str, str], arguments: list[str]) -> tuple[bool, str]:
    options = [argument for argument in arguments if not _is_path(argument)]
    chosen = [argument for argument in arguments if _is_path(argument)]
    paths = [path for path in chosen if any(path.startswith(own) for own in BASES[base])] if chosen else BASES[base]
    missing = [path for path in paths if not _is_path(path)]
    paths = [path for path in paths if path not in missing]
    if not paths:
        return True, "none of the paths given belongs to this base"
    command = [sys.executable, "-m", "pytest", "-p", "tests.no_skips", *options, *paths]
    code, summary = _stream(command, environment | {"IM_TEST_BASE": base})
    if missing:
        return False, f"{summary}; MISSING: {', '.join(missing)}"
    return code == 0 or (code == NOTHING_COLLECTED and bool(sys.argv[1:])), summary


def _is_path(argument: str) -> bool:
    return not argument.startswith("-") and (ROOT / argument.split("::")[0]).exists()


def _stream(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run it, show what it prints, and keep the line in which pytest counts."""
    print(f"\n$ IM_TEST_BASE={environment['IM_TEST_BASE']} {' '.join(command[1:])}", flush=True)
    summary = "pytest did not finish"
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            counted = re.search(r"\d+ (passed|failed|error|deselected).* in [\d.]+s|no tests ran in [\d.]+s", line)
            summary = counted.group() if counted else summary
    return process.returncode, summary


def _lint() -> tuple[bool, str]:
    code = subprocess.run(["make", "--no-print-directory", "lint"], cwd=ROOT, check=False).returncode
    return code == 0, "ruff check, ruff format"


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
