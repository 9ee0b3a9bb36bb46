"""The cluster, people for each test, and the figures in the report.

IM_TEST_CLUSTER_SECONDS says how long the people of each test talk. `make test` takes 5 seconds; the figures of
docs/reliability.md are of 30. IM_TEST_SERVER=uvicorn has all of it on uvicorn.
"""

import os
from itertools import islice

import pytest

from imsite.localservers.node import SERVE, UVICORN
from imsite.proof.figures import Figures
from imsite.proof.servers import Cluster
from imsite.proof.talk import PEOPLE, STRANGERS, Talk

SECONDS = float(os.environ.get("IM_TEST_CLUSTER_SECONDS") or 5)
BRIEFLY = SECONDS if SECONDS > 5 else SECONDS / 2
PROGRAM = {"serve": SERVE, "uvicorn": UVICORN}[os.environ.get("IM_TEST_SERVER") or "serve"]
TALKS = 45  # tests that need a crowd of their own


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that failed shows how the logs of the nodes end."""
    report = yield
    if report.failed and "cluster" in item.funcargs:
        for node in item.funcargs["cluster"].nodes:
            report.sections.append((f"log of node {node.name}", "\n".join(node.log_tail().splitlines()[-15:])))
    return report


def pytest_terminal_summary(terminalreporter):
    """One line for each fault: what was sent, and what became of it."""
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome)]
    rows = {report.nodeid.split("::")[-1]: dict(report.user_properties).get("figures") for report in reports}
    rows = {name: row for name, row in rows.items() if row}
    if rows:
        width = max(map(len, rows))
        columns = next(iter(rows.values()))
        terminalreporter.section(f"cluster: {PEOPLE} people talk for {SECONDS:g} s; times in seconds")
        terminalreporter.line(" " * width + "".join(f"{column:>11}" for column in columns))
        for name, row in rows.items():
            terminalreporter.line(f"{name:<{width}}" + "".join(f"{value:>11}" for value in row.values()))


@pytest.fixture(scope="package")
def program():
    """What every node of these tests runs, where a file does not say otherwise."""
    return PROGRAM


@pytest.fixture(scope="package")
def servers(tmp_path_factory, program):
    with Cluster(tmp_path_factory.mktemp("nodes"), program=program) as cluster:
        yield cluster


@pytest.fixture(scope="package")
def accounts(servers):
    return iter(servers.accounts((TALKS + 1) * (PEOPLE + STRANGERS)))


@pytest.fixture(scope="package")
def deployment(servers):
    """What a file's tests run on: a file may put `servers.other_nodes(…)` in its place."""
    return servers


@pytest.fixture
def cluster(deployment):
    """Everything runs at the start, and no node may have met anything that it did not expect at the end."""
    deployment.heal()
    deployment.tracebacks()
    yield deployment
    found = deployment.tracebacks()
    assert not found, "\n".join(found)


@pytest.fixture
def some_people(accounts):
    """some_people(3): so many who have nothing yet."""
    return lambda count: list(islice(accounts, count))


@pytest.fixture(scope="module")
def seconds() -> float:
    """How long the people of a file talk; `BRIEFLY` where their talk shows it soon."""
    return SECONDS


@pytest.fixture
def heartbeat() -> float | None:
    """After how many seconds of silence clients ping; None: as they do anyway."""
    return None


@pytest.fixture
def talk(cluster, some_people, seconds, heartbeat):
    people, database = some_people(PEOPLE + STRANGERS), cluster.postgres.url()
    return Talk(people, cluster.nodes, database=database, seconds=seconds, heartbeat=heartbeat)


@pytest.fixture
def report(record_property):
    """report(figures): into the report of this test, and into the table at the end."""

    def report(figures: Figures) -> None:
        record_property("figures", figures.as_row())

    return report
