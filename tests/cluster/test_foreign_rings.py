"""Others publish into our channels: nobody is told anything wrong, no node minds, and no log fills."""

import pytest

from imsite.proof.foreign import foreign_events

from .conftest import BRIEFLY

WARNINGS = 4  # lines of each node: two kinds of nonsense, each once a minute


@pytest.fixture(scope="module")
def seconds() -> float:
    return BRIEFLY


async def test_others_publish_nonsense_into_our_channels(cluster, talk, report):
    """Noise, other programs' messages, broken rings, heads far ahead: at most somebody looks, and finds nothing."""
    published = []

    async def others():
        users = [person.id for person in talk.everybody]
        published.append(await foreign_events(cluster.redis.url, users, talk.seconds + 0.5))

    logged = {node.name: node.log_path.stat().st_size for node in cluster.nodes}
    async with talk:
        await talk.during(others())
        figures = await talk.finish()
    report(figures)
    assert published[0] > 100 * talk.seconds
    assert figures.reconnects == 0
    for node in cluster.nodes:
        fresh = node.log_path.read_bytes()[logged[node.name] :].decode()
        warnings = [line for line in fresh.splitlines() if "WARNING" in line]
        assert 0 < len(warnings) <= WARNINGS, warnings
