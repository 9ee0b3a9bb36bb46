"""The benchmark's own arithmetic. Nothing here is timed."""

import math

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from bench import cpu, crowds, frames, memory, profiling, report
from bench.figures import Middle, Sample, middle, percentile, short
from bench.ledger import Ledger
from bench.load import thin
from bench.plan import CrowdResult, Result

SIZES = [0, 1, 125, 126, 65_535, 65_536]


def sample(**changed) -> Sample:
    plain = {"rate": 1000, "server": 80, "redis": 2, "postgres": 118, "p50": 2, "p99": 6, "generator": 0.1}
    return Sample(**{**plain, "faults": {}, **changed})


@pytest.mark.parametrize("size", SIZES)
def test_a_built_frame_is_read_by_websockets(size):
    server = ServerProtocol(state=OPEN)
    server.receive_data(frames.build(b"x" * size))
    (frame,) = server.events_received()
    assert (frame.opcode, frame.data, frame.fin) == (Opcode.TEXT, b"x" * size, True)


@pytest.mark.parametrize("step", [1, 3, 70_000])
def test_frames_of_websockets_are_parsed_however_they_are_cut(step):
    payloads = [b"y" * size for size in SIZES[:4]]
    stream = b"".join(Frame(Opcode.TEXT, payload).serialize(mask=False) for payload in payloads)
    parser, found = frames.Parser(), []
    for at in range(0, len(stream), step):
        found += parser.feed(stream[at : at + step])
    assert found == [(frames.TEXT, payload) for payload in payloads]


@pytest.mark.parametrize("frame", [b"\x01\x00", b"\x80\x00", b"\xc1\x00", b"\x81\x80\0\0\0\0"])
def test_fragments_extensions_and_masks_are_refused(frame):
    with pytest.raises(frames.FrameError):
        frames.Parser().feed(frame)


def test_percentile_is_the_nearest_rank():
    hundred = list(range(1, 101))
    assert [percentile(hundred, p) for p in (0, 1, 50, 99, 100)] == [1, 1, 50, 99, 100]
    assert percentile([7], 50) == percentile([7], 99) == 7
    assert percentile([1, 2, 3], 50) == 2
    assert math.isnan(percentile([], 50))


def test_middle_is_the_median_with_its_spread():
    assert Middle.of([9, 1, 5]) == Middle(5, 1, 9)
    assert Middle.of([1, 2]) == Middle(1.5, 1, 2)
    assert str(Middle.of([9, 1, 5])) == "5.0 (1.0–9.0)"
    assert str(Middle.of([1234.4])) == "1,234"
    assert short(math.nan) == "–"


def test_sample_divides_by_what_was_done():
    result = Result(
        count=2000, seconds=4, cpu={"server": 0.2, "redis": 0.02, "postgres": 0.1, "generator": 1},
        latencies=[1, 2, 3, 4], faults={},
    )  # fmt: skip
    found = Sample.of(result)
    assert (found.rate, found.server, found.redis, found.postgres) == pytest.approx((500, 100, 10, 50))
    assert found.cpu == pytest.approx(160)
    assert (found.p50, found.p99, found.generator) == (2, 4, 0.25)


def test_sample_of_nothing_done_is_not_a_number():
    nothing = Result(count=0, seconds=4, cpu={"server": 1, "generator": 0}, latencies=[], faults={"lost": 3})
    assert math.isnan(Sample.of(nothing).cpu)
    assert short(Sample.of(nothing).p99) == "–"


def test_the_median_of_the_sum_is_not_the_sum_of_medians():
    runs = [sample(server=1, postgres=9), sample(server=9, postgres=1), sample(server=5, postgres=5)]
    assert middle(runs, "cpu").value == 12


def test_table_has_a_row_per_side_and_the_ratio():
    samples = {
        ("w1", "ours"): [sample(), sample(), sample()],
        ("w1", "textbook"): [sample(server=680, faults={"lost": 2}), sample(server=680, faults={"lost": 1})],
        ("w4", "ours"): [],
    }
    text = report.text(samples).splitlines()
    assert text[0] == report.WORKS["w1"]
    assert text[2].split() == ["ours", "1,000", "200", "80.0", "2.0", "118", "2.0", "6.0", "0"]
    assert text[3].endswith("3 lost")
    assert text[4] == "w1: textbook needs 4.0 times the CPU of ours"
    assert report.WORKS["w4"] not in text


def test_markdown_is_a_table():
    lines = report.markdown({("w1", "ours"): [sample()]}, "2 cores.").splitlines()
    assert lines[0] == "2 cores."
    assert lines[4].count("|") == lines[5].count("|") == lines[6].count("|") == len(report.HEADERS) + 1


def test_message_is_done_when_accepted_and_received():
    ledger = Ledger("0000abcd", senders=2, copies=1)
    ledger.measured = (10, 20)
    one, two = (ledger.find(ledger.sends(1, now=11)) for _ in range(2))
    assert (one, two) == ((1, 0), (1, 1))
    assert not ledger.accepts(*one, now=12)
    assert ledger.receives(*one, now=13)
    assert not ledger.receives(*two, now=14)
    assert ledger.accepts(*two, now=25)
    assert (ledger.done, ledger.deliveries, list(ledger.latencies), ledger.waiting) == (1, 2, [2, 3], 0)


def test_a_room_message_is_done_with_its_last_copy():
    ledger = Ledger("0000abcd", senders=3, copies=2)
    found = ledger.find(ledger.sends(0, now=1))
    ledger.accepts(*found, now=2)
    assert [ledger.receives(*found, now=3), ledger.receives(*found, now=4)] == [False, True]


def test_losses_and_doubles_are_counted():
    ledger = Ledger("0000abcd", senders=1, copies=1)
    lost, silent, doubled = (ledger.find(ledger.sends(0, now=1)) for _ in range(3))
    ledger.accepts(*lost, now=2)
    for _ in range(2):
        ledger.accepts(*doubled, now=2)
        ledger.receives(*doubled, now=2)
    assert ledger.losses() == {"lost": 1, "unanswered": 1}
    assert ledger.faults == {"accepted twice": 1, "received twice": 1}
    assert ledger.abandon(0, before=2) == 2
    assert ledger.waiting == 0
    assert not ledger.receives(*silent, now=3)


def test_what_an_earlier_run_left_is_not_ours():
    earlier = Ledger("0000abce", senders=1, copies=1).sends(0, now=1)
    assert Ledger("0000abcd", senders=1, copies=1).find(earlier) is None


def test_client_ids_are_uuids():
    from uuid import UUID

    text = Ledger("0000abcd", senders=100, copies=1).sends(99, now=1)
    assert str(UUID(text)) == text
    assert UUID(text).version == 4


def test_thinned_latencies_keep_their_ends():
    assert thin([1.0, 2.0]) == [1.0, 2.0]
    thinned = thin([float(value) for value in range(100_001)])
    assert (len(thinned), thinned[0], thinned[-1]) == (10_000, 0.0, 100_000.0)
    assert percentile(thinned, 50) == pytest.approx(50_000, abs=10)


def test_cpu_time_is_read_after_the_name_whatever_is_in_it():
    assert cpu.parse("42 (a b) (c)) S 7 42 42 0 -1 4194304 1 2 3 4 10 20 30 40 20 0 1 0 5 6") == (7, 100)


def test_cpu_time_of_a_tree_counts_each_process_once():
    table = {1: (0, 1), 2: (1, 10), 3: (2, 100), 4: (0, 1000)}
    assert cpu.tree(1, table) == 111
    assert cpu.tree(9, table) == 0


def test_profile_tells_what_is_met_most():
    top = profiling.top("main (chat/a.py:1);send (lib/b.py:2) 3\nmain (chat/a.py:9);read (lib/b.py:4) 1\n")
    assert top.splitlines() == [
        "by package",
        " 100.0%  lib",
        "by itself",
        "  75.0%  send (lib/b.py)",
        "  25.0%  read (lib/b.py)",
        "ours, with all that it calls",
        " 100.0%  main (chat/a.py)",
    ]


def test_resident_memory_is_what_is_no_files():
    status = "Name:\tpython\nVmRSS:\t  9000 kB\nRssAnon:\t    6000 kB\nRssFile:\t 3000 kB\n"
    assert memory.anonymous(status) == 6_000 * 1024


def test_a_crowds_figures_are_medians_and_what_a_run_did_not_count_is_zero():
    runs = [CrowdResult({"kB each": 3}), CrowdResult({"kB each": 1, "bye 4008": 2}), CrowdResult({"kB each": 2})]
    assert crowds.middles(runs) == {"kB each": Middle(2, 1, 3), "bye 4008": Middle(0, 0, 2)}
    assert "kB each: 2.0 (1.0–3.0)" in crowds.text({"idle": runs})
