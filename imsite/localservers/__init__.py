"""Real servers on this machine, for development, tests and benchmarks: PostgreSQL, Redis and our own nodes.

Each is a context manager with `start()`, `stop()`, the faults that tests need, and the URL that a node takes.
Nothing here outlives the process that started it. Production never imports this package.
"""

from .node import Node
from .ports import free_port
from .postgres import Postgres
from .program import NotReady
from .redis import Redis
from .worker import Worker

__all__ = ["Node", "NotReady", "Postgres", "Redis", "Worker", "free_port"]
