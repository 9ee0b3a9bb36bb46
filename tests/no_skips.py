"""Plugin: a test that is skipped, or expected to fail, counts as failed. What cannot run here must say so loudly."""

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    return _fail_if_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    """A module skipped as a whole, by `importorskip` for example."""
    return _fail_if_skipped((yield))


def _fail_if_skipped(report):
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"A test must not be skipped: {report.longrepr}"
        report.__dict__.pop("wasxfail", None)
    return report
