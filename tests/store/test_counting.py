"""Counts per minute: exact over threads and processes where Redis is, and never in anybody's way."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

from imsite.localservers import free_port
from messages_store import counting
from messages_store.counting import PAUSE, WINDOW, Counter, counter


def memory(name: str) -> LocMemCache:
    cache = LocMemCache(name, {})
    cache.clear()
    return cache


def redis_at(port: int) -> RedisCache:
    """As the settings configure one."""
    return RedisCache(
        f"redis://127.0.0.1:{port}", {"OPTIONS": {"socket_timeout": 0.25, "socket_connect_timeout": 0.25}}
    )


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """It stands, so that no test goes over its turn. clock(seconds): move it on."""
    now = [1_000_000 * WINDOW + 10.0]
    for clock in ("time", "monotonic"):
        monkeypatch.setattr(counting, clock, lambda: now[0])

    def move(seconds):
        now[0] += seconds

    return move


def test_it_counts_each_thing_for_itself():
    assert [counter().count("a")[0] for _ in range(3)] == [1, 2, 3]
    assert counter().count("b")[0] == 1


def test_it_begins_anew_with_the_minute(clock):
    assert counter().count("a") == (1, 50)
    clock(49)
    assert counter().count("a") == (2, 1)
    clock(1)
    assert counter().count("a") == (1, 60)


def test_nothing_is_lost_between_threads():
    with ThreadPoolExecutor(20) as threads:
        counted = list(threads.map(lambda _: counter().count("together")[0], range(200)))
    assert sorted(counted) == list(range(1, 201))


@contextmanager
def mute_server():
    """Takes connections and says nothing, like a frozen Redis."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("how", ["refuses", "hangs"])
def test_a_redis_that_is_away_holds_up_one_call_for_a_moment(how, caplog):
    with mute_server() as mute:
        shared = redis_at(mute if how == "hangs" else free_port())
        away = Counter(shared=shared, own=memory("own"))
        began = time.monotonic()
        assert [away.count("a")[0] for _ in range(100)] == list(range(1, 101))  # by itself
        assert time.monotonic() - began < 10  # if each call waited, it would be 25
        shared._cache.get_client().connection_pool.disconnect()
    assert caplog.text.count("does not count") == 1


def test_it_is_asked_again_after_a_pause(clock, monkeypatch):
    shared = memory("shared")
    both = Counter(shared=shared, own=memory("own"))
    both.count("a")
    with monkeypatch.context() as broken:
        broken.setattr(shared, "incr", lambda key: 1 / 0)
        assert both.count("a")[0] == 1
    assert both.count("a")[0] == 2
    clock(PAUSE + 1)
    assert both.count("a")[0] == 2


def test_a_count_stays_for_its_minute_and_not_for_ever(monkeypatch):
    kept = []
    shared = memory("shared")
    monkeypatch.setattr(shared, "add", lambda key, value, timeout: kept.append(timeout) or shared.set(key, value))
    Counter(shared=shared, own=memory("own")).count("a")
    assert WINDOW < kept[0] <= 2 * WINDOW


def test_nodes_that_share_a_cache_count_together():
    nodes = [Counter(shared=caches.create_connection("counters"), own=memory("own")) for _ in range(2)]
    for node in nodes:
        node.shared.key_prefix = counter().shared.key_prefix
    assert [nodes[n % 2].count("a")[0] for n in range(4)] == [1, 2, 3, 4]
