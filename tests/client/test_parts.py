"""The pure parts of the client's socket, and its file."""

import asyncio
import os

import pytest

from imsite_client import Accepted, Backoff, Cursor, Draft, Event, FileStore, Message, Resync, Saved
from imsite_client.intake import Intake, Verdict
from imsite_client.outbox import ANSWER_WITHIN, Outbox
from imsite_client.socket import address


def event(seq: int) -> Event:
    return Event(type="message", seq=seq, message=Message(id=seq), epoch="e1")


@pytest.fixture
def intake() -> Intake:
    intake = Intake()
    intake.welcomed("e1", 10)
    return intake


def test_handled_means_all_before_it_too(intake):
    for seq in (11, 12, 13):
        assert intake.take(seq, event(seq) if seq != 12 else None) is Verdict.NEXT
    assert (intake.handled, intake.seen) == (10, 13)
    assert intake.done(intake.first())
    assert intake.handled == 12  # 12 is for nobody
    assert not intake.done(event(12))
    assert intake.done(intake.first())
    assert intake.handled == 13


def test_duplicates_and_holes_move_nothing(intake):
    assert intake.take(10, event(10)) is Verdict.DUPLICATE
    assert intake.take(12, event(12)) is Verdict.HOLE
    assert (intake.seen, intake.first()) == (10, None)


def test_an_answer_before_its_turn_is_passed_over_when_the_turn_comes(intake):
    intake.take_answer(12)
    assert intake.seen == 10
    assert intake.take(11, None) is Verdict.NEXT
    assert (intake.seen, intake.handled) == (12, 12)
    assert intake.take(12, event(12)) is Verdict.DUPLICATE


@pytest.mark.parametrize(("epoch", "start", "resync"), [("e2", 3, False), ("e1", 10, True), ("e1", 15, False)])
def test_a_welcome_that_does_not_go_on_is_a_resync(intake, epoch, start, resync):
    """Another epoch, the word itself, or a place beyond what was seen."""
    intake.take(11, event(11))
    waiting = intake.first()
    intake.welcomed(epoch, start, resync=resync)
    assert intake.first() == Resync(epoch=epoch, seq=start)
    assert intake.handled == 0
    assert not intake.done(waiting)
    assert intake.done(intake.first())
    assert (intake.epoch, intake.seen, intake.handled) == (epoch, start, start)


def draft(n: int, place: int = 7) -> Draft:
    return Draft(client_id=str(n), body=str(n), conversation=place)


def accepted(n: int) -> Accepted:
    return Accepted(client_id=str(n), message=n, conversation=7, number=n, created_at=None, seq=n)


def ids(drafts: list[Draft]) -> list[str]:
    return [draft.client_id for draft in drafts]


def test_of_each_conversation_one_is_on_its_way():
    outbox = Outbox([draft(1), draft(2), draft(3, place=8)])
    assert ids(outbox.take(0)) == ["1", "3"]
    assert outbox.take(1) == []
    assert outbox.next_turn() == ANSWER_WITHIN
    assert outbox.answered("1", accepted(1))
    assert not outbox.answered("1", accepted(1))
    assert ids(outbox.take(1)) == ["2"]


def test_what_is_not_answered_goes_again():
    outbox = Outbox([draft(1)])
    assert ids(outbox.take(5)) == ["1"]
    assert outbox.take(5 + ANSWER_WITHIN - 0.1) == []
    assert ids(outbox.take(5 + ANSWER_WITHIN)) == ["1"]


def test_a_pause_is_for_all_and_ends_with_the_connection():
    outbox = Outbox([draft(1), draft(2, place=8)])
    outbox.take(0)
    outbox.pause("1", until=20)
    assert outbox.next_turn() == 20
    assert outbox.take(19) == []
    assert ids(outbox.take(20)) == ["1", "2"]
    outbox.reconnected()
    assert ids(outbox.take(0)) == ["1", "2"]


def test_pauses_double_and_are_never_the_same_for_all():
    assert [Backoff(random=lambda: 1).after(failures) for failures in (0, 1, 2, 10)] == [0.5, 1, 2, 30]
    assert Backoff(random=lambda: 0).after(10) == 0
    assert len({Backoff().after(5) for _ in range(10)}) > 1


@pytest.mark.parametrize(
    ("given", "found"),
    [("https://chat.example.com/", "wss://chat.example.com/ws/v1/"), ("ws://a:1", "ws://a:1/ws/v1/")],
)
def test_an_address_of_the_site_is_enough(given, found):
    assert address(given) == found


@pytest.mark.parametrize("wrong", ["chat.example.com", "ftp://chat", "https://"])
def test_a_wrong_address_is_told_at_once(wrong):
    with pytest.raises(ValueError, match="no address"):
        address(wrong)


CURSOR = Cursor(user=1, epoch="e1", seq=5)


async def test_a_file_has_all_that_was_written(tmp_path):
    store = FileStore(tmp_path / "state")
    await asyncio.gather(*(store.add(draft(n)) for n in range(50)), store.save_cursor(CURSOR))
    await store.remove("0")
    found = await FileStore(tmp_path / "state").load()
    assert found == Saved(cursor=CURSOR, outbox=tuple(draft(n) for n in range(1, 50)))
    assert os.listdir(tmp_path) == ["state"]
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600


async def test_who_is_cancelled_while_writing_spoils_nothing(tmp_path):
    """The write goes on, and the next one comes after it."""
    store = FileStore(tmp_path / "state")
    for n in range(20):
        writing = asyncio.create_task(store.add(draft(n)))
        await asyncio.sleep(0)
        writing.cancel()
    await store.save_cursor(CURSOR)
    found = FileStore(tmp_path / "state").saved
    assert found.cursor == CURSOR
    assert ids(found.outbox) == [str(n) for n in range(20)]


async def test_a_crash_while_writing_leaves_the_old_file(tmp_path, monkeypatch):
    store = FileStore(tmp_path / "state")
    await store.save_cursor(CURSOR)
    monkeypatch.setattr(os, "fsync", lambda file: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await store.add(draft(1))
    assert FileStore(tmp_path / "state").saved == Saved(cursor=CURSOR)


def test_another_kind_of_file_is_not_taken_for_ours(tmp_path):
    (tmp_path / "state").write_text("[]")
    with pytest.raises(ValueError, match="Expected `object`"):
        FileStore(tmp_path / "state")
