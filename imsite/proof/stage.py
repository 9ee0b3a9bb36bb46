"""Where it happens: servers of our own, or nodes that run already."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .address import Address, Remote
from .people import Account, accounts_of
from .servers import Cluster


class Unusable(Exception):
    """There is no such place to try it; the message says what would be right."""


class Stage(NamedTuple):
    """`database` is None where the store cannot be asked, `cluster` where no process is ours to break."""

    nodes: Sequence[Address]
    accounts: Sequence[Account]
    database: str | None
    cluster: Cluster | None


@contextmanager
def here(*, nodes: int, people: int, logs: Path) -> Iterator[Stage]:
    """PostgreSQL, Redis and so many nodes, which end with it."""
    with Cluster(logs, nodes=nodes) as cluster:
        accounts = cluster.accounts(people)
        cluster.heal()
        yield Stage(cluster.nodes, accounts, cluster.postgres.url(), cluster)


@contextmanager
def elsewhere(*, urls: Sequence[str], tokens: Path | None, people: int, database: str) -> Iterator[Stage]:
    """A deployment, with people whom `manage.py demo` made there."""
    for url in urls:
        if not url.startswith(("http://", "https://")):
            raise Unusable(f"--url must begin with http:// or https://, not {url!r}.")
    needs = f"--url needs --tokens=FILE, which `manage.py demo --users={people} --tokens=FILE` writes over there"
    try:
        accounts = accounts_of(tokens)
    except (AttributeError, OSError, ValueError, TypeError, KeyError):
        raise Unusable(f"{needs}.") from None
    if len(accounts) < people:
        raise Unusable(f"{needs}: there are {len(accounts)} of {people} people in it.")
    nodes = [Remote(url.rstrip("/")) for url in urls]
    yield Stage(nodes, accounts[:people], database if database.startswith("postgres") else None, None)
