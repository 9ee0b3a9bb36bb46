"""Rolling restarts: nobody who talks and no program that asks notices more than a `bye`."""

from imsite.proof.http_load import HttpLoad

from .rolling import CALLERS, assert_nobody_noticed, roll, summary


async def test_nodes_are_restarted_in_turn(cluster, talk, some_people, report):
    """IM_TEST_CLUSTER_SECONDS=30: ten rounds. Whoever is refused by a node that is away asks the next one."""
    load = HttpLoad.of(some_people(CALLERS), [node.port for node in cluster.nodes])
    restarts, figures = await roll(cluster, talk, load)
    print(summary(load.tally, restarts))
    report(figures)
    assert_nobody_noticed(talk, load.tally, restarts)
    assert load.tally.last_answers > 0, "nobody was told that this is the last answer on a kept-alive connection"
