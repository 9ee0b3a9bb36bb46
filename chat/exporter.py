"""`GET /metrics` for Prometheus: what this node has counted, and how it stands now.

Plain ASGI like chat.health, and not for the public: only for this machine itself, or with IM_METRICS_TOKEN.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address
from itertools import accumulate

from django.conf import settings
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from messages_store.services import notifications, reading, workers

from . import runtime
from .database import Unavailable
from .metrics import Histogram, counts

logger = logging.getLogger(__name__)

FRESH = 10  # seconds for which an answer of the store is shown
PROXIED = {b"forwarded", b"x-forwarded-for", b"x-forwarded-proto"}


async def metrics(scope, receive, send) -> None:
    if may_see(scope):
        node = runtime.current()
        await store.look(node)
        await _answer(send, 200, CONTENT_TYPE_LATEST, page(node))
    else:
        text = b"Only from the machine itself, past no proxy, or with `Authorization: Bearer` and IM_METRICS_TOKEN.\n"
        await _answer(send, 403, "text/plain; charset=utf-8", text)


def may_see(scope) -> bool:
    """Who knows the token, or who sits at this machine. Behind a proxy here, everybody seems to."""
    headers = dict(scope["headers"])
    given, token = headers.get(b"authorization", b"").decode("latin1"), settings.IM_METRICS_TOKEN
    if token and constant_time_compare(given, f"Bearer {token}"):
        return True
    try:
        address = ip_address((scope.get("client") or ("",))[0])
    except ValueError:
        return False
    return address.is_loopback and not PROXIED & headers.keys()


async def _answer(send, status: int, kind: str, body: bytes) -> None:
    headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def page(node: runtime.Runtime) -> bytes:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(Collector(node))
    return generate_latest(registry)


class Store:
    """What only the store knows: asked now and then, and left out where it does not answer."""

    def __init__(self):
        self.oldest_unsent: float | None = None
        self.oldest_unfinished: float | None = None
        self.reminders: workers.Standing | None = None
        self._asked_at = float("-inf")

    async def look(self, node: runtime.Runtime) -> None:
        if time.monotonic() - self._asked_at < FRESH:
            return
        self._asked_at = time.monotonic()
        self.oldest_unsent = self.oldest_unfinished = self.reminders = None
        try:
            async with asyncio.timeout(3):
                self.oldest_unfinished = await node.readers.run(notifications.oldest_unfinished)
                self.reminders = await node.readers.run(workers.standing)
                self.oldest_unsent, now = await node.readers.run(reading.oldest_unsent)
        except (TimeoutError, Unavailable):
            return
        counts.skew = now.timestamp() - time.time()


store = Store()


class Collector:
    """A node's numbers as Prometheus takes them."""

    def __init__(self, node: runtime.Runtime):
        self._node = node

    def collect(self) -> Iterator[Metric]:
        yield from self._now()
        yield from self._reminded()
        yield from self._counted()
        yield histogram("imsite_batch_messages", "Messages that one transaction stored", counts.batch)
        yield histogram("imsite_commit_seconds", "From handing messages over until they are stored", counts.commit)
        yield histogram("imsite_push_seconds", "From a message's creation until it is pushed", counts.pushed_after)
        yield histogram("imsite_ack_seconds", "From a message's creation until it is acknowledged", counts.acked_after)

    def _now(self) -> Iterator[Metric]:
        node = self._node
        yield labelled(GaugeMetricFamily, "imsite_node_info", "Which node this is", "node", {node.name: 1})
        kinds = Counter(connection.device_kind for connection in node.connections())
        yield labelled(GaugeMetricFamily, "imsite_connections", "Open connections", "device_kind", kinds)
        yield GaugeMetricFamily("imsite_draining", "1 while the node is stopping", int(node.draining))
        yield GaugeMetricFamily("imsite_sends_waiting", "Messages that wait for their transaction", node.sender.waiting)
        yield GaugeMetricFamily("imsite_clock_skew_seconds", "How far the database's clock is ahead", counts.skew)
        if store.oldest_unsent is not None:
            what = "Age of the oldest delivery that nobody acknowledged, over all users; 0: there is none"
            yield GaugeMetricFamily("imsite_oldest_unsent_seconds", what, store.oldest_unsent)
        if store.oldest_unfinished is not None:
            what = "Age of the oldest notification that somebody still has to get; 0: there is none"
            yield GaugeMetricFamily("imsite_oldest_unfinished_notification_seconds", what, store.oldest_unfinished)

    def _reminded(self) -> Iterator[Metric]:
        if (known := store.reminders) is None:
            return
        yield GaugeMetricFamily("imsite_reminders_due", "Reminders that could go out now, of the whole site", known.due)
        what = "How long the first of them has been due; 0: there is none"
        yield GaugeMetricFamily("imsite_oldest_due_reminder_seconds", what, known.oldest)
        what = "Reminders that were sent, failed or were cancelled, of the whole site"
        ended = CounterMetricFamily("imsite_reminders", what, labels=["notifier", "outcome"])
        for labels, count in sorted(known.ended.items()):
            ended.add_metric(labels, count)
        yield ended
        yield GaugeMetricFamily(
            "imsite_digests_due", "Daily mails that could go out now, of the whole site", known.digests_due
        )
        what = "Daily mails that were sent, failed or were cancelled, of the whole site"
        yield labelled(CounterMetricFamily, "imsite_digests", what, "outcome", known.digests_ended)
        what = "What was kept no longer and deleted, of the whole site"
        yield labelled(CounterMetricFamily, "imsite_pruned", what, "what", known.pruned)

    def _counted(self) -> Iterator[Metric]:
        counter = CounterMetricFamily
        yield counter("imsite_messages_stored", "Messages, edits and recalls that were stored", counts.stored)
        yield counter("imsite_messages_repeated", "Sends, edits and recalls of what was so already", counts.repeated)
        yield counter("imsite_events_pushed", "Events that went out to connections", counts.pushed)
        yield counter("imsite_events_refilled", "Events that had to be read from the database", counts.refilled)
        yield counter("imsite_events_held", "Events that were rung ahead of others", counts.held)
        yield counter("imsite_events_old", "Events that were rung though the connection had them", counts.old)
        yield counter("imsite_layer_errors", "Failures of the channel layer", counts.layer_errors)
        yield counter("imsite_store_errors", "Failures of the database, each attempt", counts.store_errors)
        yield labelled(counter, "imsite_refused", "Frames that were answered by an error", "code", counts.refused)
        yield labelled(counter, "imsite_closed", "Connections that the node ended", "code", counts.closed)


def labelled(family: type[Metric], name: str, what: str, label: str, values: dict) -> Metric:
    metric = family(name, what, labels=[label])
    for key, value in sorted(values.items()):
        metric.add_metric([str(key)], value)
    return metric


def histogram(name: str, what: str, counted: Histogram) -> Metric:
    bounds = [*(str(float(bound)) for bound in counted.bounds), "+Inf"]
    buckets = list(zip(bounds, accumulate(counted.counts), strict=True))
    return HistogramMetricFamily(name, what, buckets=buckets, sum_value=counted.sum)
