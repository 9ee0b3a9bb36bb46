"""docker/nginx.conf in a real nginx on this machine."""

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from .ports import free_port, is_free
from .program import Program

CONFIGURATION = Path(__file__).resolve().parents[2] / "docker" / "nginx.conf"
PLACES = "/usr/sbin:/usr/local/sbin"


def nginx_program() -> str | None:
    return shutil.which("nginx", path=f"{os.environ['PATH']}:{PLACES}")


class Nginx(Program):
    """In front of nodes on these ports of 127.0.0.1. Its files and logs are in `directory`."""

    name = "nginx"

    def __init__(self, directory: Path, node_ports: Sequence[int]) -> None:
        super().__init__(directory / "nginx.log")
        self.port = free_port()
        self.path = directory / "nginx.conf"
        self.path.write_text(_adapted(directory, self.port, node_ports))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/v1/"

    def start(self) -> Self:
        self._spawn([nginx_program(), "-e", "stderr", "-c", str(self.path), "-g", "daemon off;"])
        self._wait_until(lambda: not is_free(self.port), 10)
        return self


def _adapted(directory: Path, port: int, node_ports: Sequence[int]) -> str:
    """The file as it is, but for names, ports, paths, and the number of workers: what is counted is per worker."""
    text = CONFIGURATION.read_text()
    nodes = iter(node_ports)
    text = re.sub(r"server node-\d:8000", lambda _: f"server 127.0.0.1:{next(nodes)}", text)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{port};")
    text = text.replace("pid /tmp/", f"pid {directory}/").replace("worker_processes auto", "worker_processes 1")
    text = text.replace("/dev/stdout", str(directory / "access.log")).replace("include /etc/nginx/mime.types;", "")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    own_paths = " ".join(f"{kind}_temp_path {directory}/{kind};" for kind in kinds)
    return text.replace("http {", f"http {{ {own_paths}")
