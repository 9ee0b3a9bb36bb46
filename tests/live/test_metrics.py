"""What Prometheus sees of a node, and who may see it."""

import asyncio
import re

import pytest
from django.db import OperationalError
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from chat import exporter, runtime
from chat.exporter import Store
from chat.metrics import Counts
from messages_store import working
from messages_store.models import Digest
from messages_store.notices import Notice
from messages_store.notifiers.log import LogNotifier
from messages_store.services import notifying, reading, sending, spells, workers
from tests.store.moved import later

from .rigged import none_at_all, twice

HERE = ("127.0.0.1", 40_000)
TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture(autouse=True)
def from_zero(monkeypatch):
    """Nothing was counted before, and nothing is known of the store."""
    fresh = Counts()
    for module in ("bells", "connection", "consumers", "database", "exporter", "layers", "writer"):
        monkeypatch.setattr(f"chat.{module}.counts", fresh)
    monkeypatch.setattr(exporter, "store", Store())
    return fresh


@pytest.fixture
def get(node, monkeypatch):
    """GET /metrics: status, content type and text."""
    monkeypatch.setattr(runtime, "current", lambda: node)

    async def get(client=HERE, headers=()) -> tuple[int, str, str]:
        sent = []

        async def send(message):
            sent.append(message)

        await exporter.metrics({"type": "http", "client": client, "headers": list(headers)}, None, send)
        start, body = sent
        return start["status"], dict(start["headers"])[b"content-type"].decode(), body["body"].decode()

    return get


@pytest.fixture
def scrape(get):
    """The values by name and labels: {"imsite_connections{device_kind=bot}": 2, …}."""

    async def scrape() -> dict[str, float]:
        status, kind, text = await get()
        assert status == 200
        assert kind.startswith("text/plain")
        found = {}
        for family in text_string_to_metric_families(text):
            assert family.documentation
            for sample in family.samples:
                labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
                found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
        return found

    return scrape


@pytest.mark.usefixtures("never_look")
async def test_what_was_sent_is_counted(alice, bob, connect, scrape, node):
    a, b = await connect(alice), await connect(bob)
    for n in range(3):
        accepted = await a.tell(f"m{n}", to=bob.pk)
        await b.seqs(1)
        if n:  # the second acknowledges the first as well, of which alone the time is taken
            await b.ack(n + 1)
            await a.wait_for("marks")  # which would come between a message and its answer
    await a.tell("m2", to=bob.pk, client_id=accepted["client_id"])
    seen = await scrape()
    expected = {
        "imsite_node_info{node=one}": 1,
        "imsite_connections{device_kind=bot}": 2,
        "imsite_messages_stored_total": 3,
        "imsite_messages_repeated_total": 1,
        "imsite_events_pushed_total": 6,
        "imsite_events_refilled_total": 0,
        "imsite_batch_messages_count": 4,
        "imsite_batch_messages_sum": 4,
        "imsite_commit_seconds_count": 4,
        "imsite_push_seconds_count": 2,
        "imsite_ack_seconds_count": 2,
        "imsite_push_seconds_bucket{le=+Inf}": 2,
        "imsite_store_errors_total": 0,
        "imsite_layer_errors_total": 0,
        "imsite_sends_waiting": 0,
        "imsite_draining": 0,
    }
    assert {name: seen.get(name) for name in expected} == expected
    assert 0 < seen["imsite_push_seconds_sum"] < 10
    assert seen["imsite_push_seconds_sum"] <= seen["imsite_ack_seconds_sum"] + 0.001
    assert any(name.startswith("process_") for name in seen)


@pytest.mark.usefixtures("never_look")
async def test_what_came_by_another_way_is_counted(alice, bob, connect, scrape, rigged_node, rigged):
    a, b = await connect(alice, rigged_node), await connect(bob)
    rigged.rule = none_at_all
    await a.tell("lost", to=bob.pk)
    rigged.rule = twice
    await a.tell("doubled", to=bob.pk)
    assert await b.seqs(2) == [1, 2]
    seen = await scrape()
    assert seen["imsite_events_held_total"] == 2
    assert seen["imsite_events_refilled_total"] == 2
    await a.tell("again doubled", to=bob.pk)
    await b.seqs(1)
    await b.pong()
    assert (await scrape())["imsite_events_old_total"] >= 1


async def test_refusals_and_ends_are_counted_by_code(alice, charlie, direct, connect, knock, scrape):
    c = await connect(charlie)
    await c.say("x", conversation=direct.pk)
    await c.expect_error("not_found")
    await c.send("{}")
    await c.expect_error("invalid")
    await c.send("no frame")
    assert await c.closed() == 4500
    assert await (await knock()).closed() == 4501
    seen = await scrape()
    assert {name: value for name, value in seen.items() if re.match("imsite_(refused|closed)", name)} == {
        "imsite_refused_total{code=invalid}": 1,
        "imsite_refused_total{code=not_found}": 1,
        "imsite_closed_total{code=4500}": 1,
        "imsite_closed_total{code=4501}": 1,
    }


async def test_the_oldest_unsent_delivery_has_its_age(alice, bob, direct, draft, scrape, store, monkeypatch):
    assert (await scrape())["imsite_oldest_unsent_seconds"] == 0
    await store(sending.send, [draft(alice, direct)])
    monkeypatch.setattr(exporter, "store", Store())
    await asyncio.sleep(0.01)
    assert 0 < (await scrape())["imsite_oldest_unsent_seconds"] < 10


async def test_a_notification_that_no_worker_delivers_has_its_age(alice, bob, scrape, store, monkeypatch):
    assert (await scrape())["imsite_oldest_unfinished_notification_seconds"] == 0
    monkeypatch.setattr(working, "work", lambda **_: 0)  # which a node without Redis would do
    monkeypatch.setattr(notifying, "CHUNK", 1)
    await store(notifying.notify, sender_id=None, notice=Notice(title="x", users=(alice.pk, bob.pk)))
    monkeypatch.setattr(exporter, "store", Store())
    await asyncio.sleep(0.01)
    assert 0 < (await scrape())["imsite_oldest_unfinished_notification_seconds"] < 10


async def test_reminders_that_are_due_and_how_they_ended(alice, bob, direct, draft, scrape, store, settings):
    settings.IM_NOTIFIERS = []  # or a node without Redis would send them itself
    await store(sending.send, [draft(alice, direct)])
    await store(later, seconds=11)
    await store(spells.look, notifiers={"log": LogNotifier()})
    await store(later, seconds=60)
    await store(workers.beat, name="w", ended={("log", "sent"): 2, ("mail", "failed"): 1})
    await store(workers.beat, name="w", ended={("log", "sent"): 1})
    seen = await scrape()
    assert seen["imsite_reminders_due"] == 1
    assert 60 <= seen["imsite_oldest_due_reminder_seconds"] < 80
    assert seen["imsite_reminders_total{notifier=log,outcome=sent}"] == 3
    assert seen["imsite_reminders_total{notifier=mail,outcome=failed}"] == 1


async def test_digests_that_are_due_and_how_they_ended(bob, scrape, store, settings):
    settings.IM_NOTIFIERS = []
    now = timezone.now()
    await store(Digest.objects.create, user=bob, day=now.date(), due_at=now, next_at=now, until_at=now)
    await store(workers.beat, name="w", ended={("digest", "sent"): 2})
    seen = await scrape()
    assert seen["imsite_digests_due"] == 1
    assert seen["imsite_digests_total{outcome=sent}"] == 2
    assert not any(name.startswith("imsite_reminders_total") for name in seen)


async def test_the_store_is_asked_now_and_then_only(scrape, watch):
    asked = watch(reading, "oldest_unsent")
    for _ in range(5):
        await scrape()
    assert len(asked.calls) == 1


async def test_without_the_store_the_rest_is_told(scrape, monkeypatch):
    def gone():
        raise OperationalError("gone")

    monkeypatch.setattr(reading, "oldest_unsent", gone)
    seen = await scrape()
    assert "imsite_oldest_unsent_seconds" not in seen
    assert seen["imsite_store_errors_total"] == 2


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        (("127.0.0.1", 1), [], 200),
        (("::1", 1), [], 200),
        (("10.0.0.7", 1), [], 403),
        (("203.0.113.5", 1), [], 403),
        (None, [], 403),
        (("", 0), [], 403),
        (("127.0.0.1", 1), [(b"x-forwarded-for", b"203.0.113.5")], 403),
        (("127.0.0.1", 1), [(b"x-forwarded-proto", b"https")], 403),
        (("127.0.0.1", 1), [(b"forwarded", b"for=203.0.113.5")], 403),
        (("203.0.113.5", 1), [(b"authorization", f"Bearer {TOKEN}".encode())], 200),
        (("203.0.113.5", 1), [(b"authorization", b"Bearer wrong")], 403),
        (("203.0.113.5", 1), [(b"authorization", b"Bearer \xff\xfe")], 403),
    ],
)
async def test_only_the_machine_itself_sees_them_or_who_knows_the_token(get, settings, client, headers, status):
    settings.IM_METRICS_TOKEN = TOKEN
    assert (await get(client, headers))[0] == status


async def test_without_a_token_no_token_opens_them(get, settings):
    settings.IM_METRICS_TOKEN = ""
    for given in (b"Bearer ", b"Bearer", b""):
        assert (await get(("203.0.113.5", 1), [(b"authorization", given)]))[0] == 403
