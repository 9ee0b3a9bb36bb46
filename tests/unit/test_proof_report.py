"""Which fault a message is counted under, and what the table says of it."""

import json
from collections import Counter

import pytest

from imsite.proof.episodes import NOTHING, Arrival, Episode, Row, cut_off, rows
from imsite.proof.record import BROKEN, SILENT, Record, Said, Visit
from imsite.proof.report import Outcome, as_data, report
from imsite.proof.wrong import DOUBLE, LOST, OTHER, Wrong

EPISODES = [
    Episode(NOTHING, began=0),
    Episode("node killed", began=10, ended=12, healed=12.5),
    Episode("Redis frozen", began=20, ended=22, healed=22),
    Episode("node killed", began=30, ended=32, healed=33),
    Episode(NOTHING, began=40),
]


def said(at: float, *, accepted: float | None) -> Said:
    return Said("x", 2, "hello", at, accepted_at=accepted)


def counted(*, arrivals=(), records=(), wrongs=(), episodes=EPISODES) -> dict[str, Row]:
    return {row.fault: row for row in rows(episodes, arrivals, records, wrongs)}


def test_a_row_for_each_kind_and_one_for_all():
    found = counted()
    assert list(found) == [NOTHING, "node killed", "Redis frozen", "total"]
    assert [row.times for row in found.values()] == [0, 2, 1, 3]


@pytest.mark.parametrize(
    ("message", "row"),
    [
        (Arrival(said(1, accepted=2), 3), NOTHING),
        (Arrival(said(15, accepted=16), 17), "node killed"),
        (Arrival(said(19, accepted=19.5), 20.5), "Redis frozen"),  # broke while it was on its way
        (Arrival(said(19, accepted=None), None), "node killed"),  # never came: what was broken when it was said
        (Arrival(said(41, accepted=42), 42), NOTHING),
    ],
)
def test_a_message_counts_under_what_it_met(message, row):
    found = counted(arrivals=[message])
    assert [name for name, row in found.items() if row.sent] == [row, "total"]


def test_accepted_is_not_sent():
    found = counted(arrivals=[Arrival(said(15, accepted=None), None), Arrival(said(15, accepted=15.5), 16)])
    assert (found["node killed"].sent, found["node killed"].accepted) == (2, 1)


def test_the_worst_times_of_all_episodes():
    found = counted(arrivals=[Arrival(said(11, accepted=12), 12), Arrival(said(31, accepted=34), 34)])
    assert (found["node killed"].heal, found["node killed"].answer) == (1, 3)
    assert (found[NOTHING].heal, found[NOTHING].answer) == (None, None)
    assert (found["total"].heal, found["total"].answer) == (1, 3)


def test_what_never_healed():
    found = counted(episodes=[Episode("node killed", began=10, ended=12)])
    assert "never" in report_of(list(found.values()))
    assert json.dumps(data(list(found.values()))["rows"][0]["seconds_to_heal"]) == "null"


def test_a_reconnect_counts_under_what_ended_the_connection():
    record = Record("alice", 1)
    record.visits = [Visit("a", 1006, ended=10.5), Visit("b", 4000, ended=20.5), Visit("c")]
    found = counted(records=[record])
    assert [found[name].reconnects for name in (NOTHING, "node killed", "Redis frozen", "total")] == [0, 1, 1, 2]


@pytest.mark.parametrize(
    ("code", "ended", "wrongs"),
    [(BROKEN, 10.5, 0), (BROKEN, 20.5, 1), (BROKEN, 5, 1), (SILENT, 20.5, 0), (4000, 20.5, 0), (None, None, 0)],
)
def test_only_a_killed_node_cuts_anybody_off(code, ended, wrongs):
    record = Record("alice", 1)
    record.visits = [Visit("a", code, ended=ended)]
    found = list(cut_off(EPISODES, [record]))
    assert [(wrong.kind, wrong.at) for wrong in found] == [(OTHER, ended)] * wrongs


def test_wrongs_by_kind_and_by_when_they_were_seen():
    found = counted(wrongs=[Wrong(LOST, "…", 11), Wrong(DOUBLE, "…", 11), Wrong(LOST, "…", 25), Wrong(LOST, "…")])
    assert found["node killed"].wrongs == Counter({LOST: 1, DOUBLE: 1})
    assert found["found at the end"].wrongs == Counter({LOST: 1})
    assert found["total"].wrongs == Counter({LOST: 3, DOUBLE: 1})


def outcome(rows: list[Row], **fields) -> Outcome:
    nothing = {"wrongs": [], "flooded": (0, 0, 0), "store_asked": True, "interrupted": False}
    return Outcome(rows, **nothing | fields)


def report_of(rows: list[Row], **fields) -> str:
    return "\n".join(report(outcome(rows, **fields)))


def data(rows: list[Row], **fields) -> dict:
    return as_data(outcome(rows, **fields), seed=1, plan=[])


def test_the_table_is_aligned():
    arrivals = [Arrival(said(15, accepted=16.25), 17)] * 123_456
    lines = report_of(list(counted(arrivals=arrivals).values())).strip("\n").splitlines()
    first, names, rule, *rows, end, total, _, verdict, checked = lines
    assert len({len(line) for line in (first, names, rule, *rows, end, total)}) == 1
    assert total.split() == ["total", "3", "123456", "123456", *"00000", "0", "1.00", "s", "1.25", "s"]
    assert verdict == "Nothing was lost, doubled, out of order or told to a stranger."
    assert checked == "Checked: what everybody was told, and every row in the database."


def test_violations_are_named_and_counted():
    wrongs = [Wrong(OTHER, "a close", 11)] * 5 + [Wrong(LOST, f"message {n}", 11) for n in range(30)]
    text = report_of(list(counted(wrongs=wrongs).values()), wrongs=wrongs, store_asked=False)
    assert "lost: message 0\n" in text
    assert "message 20" not in text
    assert "a close" not in text  # the worst first
    assert "35 VIOLATIONS" in text
    assert "Nothing was lost" not in text
    assert "Checked: what everybody was told." in text
    assert len(data([], wrongs=wrongs)["wrongs"]) == 35


def test_what_flooders_sent_is_told_apart():
    assert "sent 100 messages, far over the limits: 40 were accepted and arrived, 60 were refused" in report_of(
        list(counted().values()), flooded=(100, 40, 60)
    )


def test_an_interrupted_run_says_so():
    assert "up to the interruption" in report_of(list(counted().values()), interrupted=True)
