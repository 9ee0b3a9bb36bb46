"""`make cluster`: PostgreSQL, Redis and three nodes on this machine, in one terminal.

DATABASE_URL and REDIS_URL, where they are given, are used instead of servers of our own. Data and logs are kept
under var/cluster/. A node that dies is started again, as a supervisor would; Ctrl-C ends everything in order.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from imsite.localservers import Node, NotReady, Postgres, Redis
from imsite.localservers.ports import is_free
from imsite.run import ROOT, kept_secret_key

PORTS = {"a": 8001, "b": 8002, "c": 8003}
DIRECTORY = ROOT / "var" / "cluster"
LOOK_SECONDS = 0.2
# A node that cannot even start must not be started hundreds of times.
RESTART_SECONDS = 2


def main() -> None:
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
        for command in ("migrate --verbosity 0", "demo"):
            _manage(command, environment)
        nodes = [_node(name, port, environment) for name, port in PORTS.items()]
        stack.callback(_stop, nodes)
        for node in nodes:
            node.start()
            threading.Thread(target=_print_log, args=[node], daemon=True).start()
        for node in nodes:
            node.wait_ready()
        say("Ready: " + "  ".join(node.url for node in nodes) + "  (Ctrl-C stops everything)")
        _keep_running(nodes)


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


def _manage(command: str, environment: dict[str, str]) -> None:
    arguments = [sys.executable, "manage.py", *command.split()]
    if subprocess.run(arguments, cwd=ROOT, env=os.environ | environment, check=False).returncode:
        sys.exit(f"`manage.py {command}` failed.")


def _node(name: str, port: int, environment: dict[str, str]) -> Node:
    log = DIRECTORY / f"{name}.log"
    log.unlink(missing_ok=True)
    return Node(port, environment | {"NODE_NAME": name}, log)


def _print_log(node: Node) -> None:
    """Follow its log for ever, each line with its name in front."""
    with Path(node.log_path).open(errors="replace") as log:
        while True:
            line = log.readline()
            if line:
                print(f"[{node.name}] {line.rstrip()}", flush=True)
            else:
                time.sleep(LOOK_SECONDS)


def _keep_running(nodes: list[Node]) -> None:
    while True:
        for node in nodes:
            if not node.is_running():
                say(f"Node {node.name} has ended with code {node.process.returncode} and starts again.")
                time.sleep(RESTART_SECONDS)
                node.start()
        time.sleep(LOOK_SECONDS)


def _stop(nodes: list[Node]) -> None:
    """All of them drain at the same time."""
    say("Stopping …")
    for node in nodes:
        node.terminate()
    for node in nodes:
        node.stop()
    time.sleep(LOOK_SECONDS)  # for their last lines


if __name__ == "__main__":
    main()
