"""The same with docker/nginx.conf in a real nginx between clients and nodes, which refuses nobody."""

import pytest

from imsite.localservers.nginx import Nginx
from imsite.proof.http_load import HttpLoad
from imsite.proof.talk import PEOPLE, STRANGERS, Talk

from .rolling import CALLERS, assert_nobody_noticed, roll, summary


@pytest.fixture
def nginx(cluster, tmp_path):
    with Nginx(tmp_path, [node.port for node in cluster.nodes]) as running:
        yield running


async def test_nodes_are_restarted_behind_a_balancer(cluster, nginx, some_people, report):
    people = some_people(PEOPLE + STRANGERS)
    talk = Talk(people, [nginx], database=cluster.postgres.url(), seconds=1)
    load = HttpLoad.of(some_people(CALLERS), [nginx.port])
    restarts, figures = await roll(cluster, talk, load)
    print(summary(load.tally, restarts))
    report(figures)
    assert_nobody_noticed(talk, load.tally, restarts)
    assert load.tally.refused == 0
