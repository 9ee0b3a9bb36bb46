"""Nodes die, and nodes are stopped."""

import signal

from imsite.localservers.node import UVICORN
from imsite.proof.faults import nodes_killed, nodes_stopped


async def test_a_node_is_killed_every_three_seconds(cluster, talk, report):
    """`kill -9`, turn by turn, and each comes back."""
    async with talk:
        await talk.during(nodes_killed(cluster, talk.seconds))
        figures = await talk.finish()
    report(figures)
    assert figures.reconnects > 0


async def test_a_node_is_stopped_under_load(cluster, talk, report, program):
    """SIGTERM: everybody hears `bye` 4000 and goes elsewhere; the node ends by itself and well."""
    codes = []

    async def stop():
        codes.extend(await nodes_stopped(cluster, talk.seconds))

    async with talk:
        await talk.during(stop())
        figures = await talk.finish()
    report(figures)
    # uvicorn gives itself the signal again when all is done.
    assert codes == [-signal.SIGTERM if program is UVICORN else 0] * 2
    ends = {visit.code for person in talk.everybody for visit in person.record.visits} - {None}
    assert ends == {4000}, "a close without `bye`, or a broken connection"
