"""`make cluster`: PostgreSQL, Redis, three nodes and a worker on this machine, in one terminal.

DATABASE_URL and REDIS_URL, where they are given, are used instead of servers of our own. Data and logs are kept
under var/cluster/. What dies is started again, as a supervisor would; Ctrl-C ends everything in order.

With arguments it runs that command of manage.py for the cluster that runs: `.venv/bin/python -m imsite.cluster shell`.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from imsite.localservers import Node, NotReady, Postgres, Redis, Worker
from imsite.localservers.ports import is_free
from imsite.run import ROOT, become_manage, kept_secret_key

PORTS = {"a": 8001, "b": 8002, "c": 8003}
DIRECTORY = ROOT / "var" / "cluster"
TOKENS = "var/cluster/tokens.json"  # of the demo people: {username: {"id", "token"}}, new with every start
ENVIRONMENT = "environment.json"  # what the nodes that run were told; a secret
LOOK_SECONDS = 0.2
# A node that cannot even start must not be started hundreds of times.
RESTART_SECONDS = 2


def main() -> None:
    if sys.argv[1:]:
        os.environ |= _environment_of_running()
        become_manage(sys.argv[1:])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for port in PORTS.values():
        if not is_free(port):
            sys.exit(f"Port {port} is taken: end what listens there first.")
    try:
        _run()
    except KeyboardInterrupt:
        pass
    except NotReady as error:
        sys.exit(str(error))


def _run() -> None:
    with contextlib.ExitStack() as stack:
        environment = _environment(stack)
        DIRECTORY.mkdir(parents=True, exist_ok=True)
        stack.enter_context(_told(environment))
        for command in ("migrate --verbosity 0", f"demo --tokens {TOKENS}"):
            _manage(command, environment)
        nodes = [_node(name, port, environment) for name, port in PORTS.items()]
        programs = [*nodes, _worker(environment)]
        stack.callback(_stop, programs)
        for program in programs:
            program.start()
            threading.Thread(target=_print_log, args=[program], daemon=True).start()
        for program in programs:
            program.wait_ready()
        say("Ready: " + "  ".join(node.url for node in nodes) + "  (Ctrl-C stops everything)")
        _keep_running(programs)


def say(text: str) -> None:
    print(f"[cluster] {text}", flush=True)


def _environment(stack: contextlib.ExitStack) -> dict[str, str]:
    """What every node is told: production settings, but without TLS."""
    origins = [f"http://{host}:{port}" for host in ("127.0.0.1", "localhost") for port in PORTS.values()]
    given = {
        "SECRET_KEY": kept_secret_key,
        "DATABASE_URL": lambda: stack.enter_context(Postgres(DIRECTORY / "postgres")).url(),
        "REDIS_URL": lambda: stack.enter_context(Redis()).url,
        "ALLOWED_HOSTS": lambda: "127.0.0.1,localhost",
        "CSRF_TRUSTED_ORIGINS": lambda: ",".join(origins),
        "HTTPS": lambda: "false",
    }
    return {name: os.environ.get(name) or default() for name, default in given.items()}


@contextlib.contextmanager
def _told(environment: dict[str, str]) -> Iterator[None]:
    """Kept, for its owner only, as long as the cluster runs: commands that are run beside it need the same."""
    path = DIRECTORY / ENVIRONMENT
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(environment, file)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _environment_of_running() -> dict[str, str]:
    try:
        return json.loads((DIRECTORY / ENVIRONMENT).read_text())
    except FileNotFoundError:
        sys.exit("No cluster runs here: start one with `make cluster`.")


def _manage(command: str, environment: dict[str, str]) -> None:
    arguments = [sys.executable, "manage.py", *command.split()]
    if subprocess.run(arguments, cwd=ROOT, env=os.environ | environment, check=False).returncode:
        sys.exit(f"`manage.py {command}` failed.")


def _node(name: str, port: int, environment: dict[str, str]) -> Node:
    log = DIRECTORY / f"{name}.log"
    log.unlink(missing_ok=True)
    return Node(port, environment | {"NODE_NAME": name}, log)


def _worker(environment: dict[str, str]) -> Worker:
    log = DIRECTORY / "worker.log"
    log.unlink(missing_ok=True)
    return Worker(environment | {"NODE_NAME": "worker"}, log)


def _print_log(program: Node | Worker) -> None:
    """Follow its log for ever, each line with its name in front."""
    with Path(program.log_path).open(errors="replace") as log:
        while True:
            line = log.readline()
            if line:
                print(f"[{program.name}] {line.rstrip()}", flush=True)
            else:
                time.sleep(LOOK_SECONDS)


def _keep_running(programs: list[Node | Worker]) -> None:
    while True:
        for program in programs:
            if not program.is_running():
                say(f"{program.name} has ended with code {program.process.returncode} and starts again.")
                time.sleep(RESTART_SECONDS)
                program.start()
        time.sleep(LOOK_SECONDS)


def _stop(programs: list[Node | Worker]) -> None:
    """All of them drain at the same time."""
    say("Stopping …")
    for program in programs:
        program.terminate()
    for program in programs:
        program.stop()
    time.sleep(LOOK_SECONDS)  # for their last lines


if __name__ == "__main__":
    main()
