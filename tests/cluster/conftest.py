"""The cluster, people for each test, and the figures in the report.

IM_TEST_CLUSTER_SECONDS says how long the people of each test talk. `make test` takes 5 seconds; the figures of
docs/reliability.md are of 30.
"""

import os
from itertools import islice

import pytest

from imsite.proof.figures import Figures
from imsite.proof.servers import Cluster
from imsite.proof.talk import PEOPLE, STRANGERS, Talk

SECONDS = float(os.environ.get("IM_TEST_CLUSTER_SECONDS") or 5)
TALKS = 16  # tests that need a crowd of their own


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
def servers(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("nodes")) as cluster:
        yield cluster


@pytest.fixture(scope="package")
def accounts(servers):
    return iter(servers.accounts((TALKS + 1) * (PEOPLE + STRANGERS)))


@pytest.fixture
def cluster(servers):
    """Everything runs at the start, and no node may have met anything that it did not expect at the end."""
    servers.heal()
    servers.tracebacks()
    yield servers
    found = servers.tracebacks()
    assert not found, "\n".join(found)


@pytest.fixture
def some_people(accounts):
    """some_people(3): so many who have nothing yet."""
    return lambda count: list(islice(accounts, count))


@pytest.fixture
def talk(cluster, some_people):
    return Talk(some_people(PEOPLE + STRANGERS), cluster.nodes, database=cluster.postgres.url(), seconds=SECONDS)


@pytest.fixture
def report(record_property):
    """report(figures): into the report of this test, and into the table at the end."""

    def report(figures: Figures) -> None:
        record_property("figures", figures.as_row())

    return report
