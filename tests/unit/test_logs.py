"""Log lines as JSON."""

import json
import logging
from datetime import datetime

import pytest

from imsite.logs import JsonFormatter


@pytest.fixture
def log():
    """Log something: the lines that it makes."""
    lines = []

    class Kept(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    handler = Kept()
    handler.setFormatter(JsonFormatter("node-1"))
    logger = logging.Logger("chat.test")  # noqa: LOG001 (one that nobody else hears)
    logger.addHandler(handler)

    def log(level, *arguments, **keywords) -> dict:
        logger.log(level, *arguments, **keywords)
        assert "\n" not in lines[-1]
        return json.loads(lines[-1])

    return log


def test_a_line_says_who_says_what_and_when(log):
    line = log(logging.INFO, "User %s is signed out", 7)
    assert datetime.fromisoformat(line.pop("time")).tzinfo is not None
    assert line == {"level": "INFO", "logger": "chat.test", "node": "node-1", "message": "User 7 is signed out"}


def test_ids_are_fields(log):
    line = log(logging.WARNING, "gone", extra={"user": 7, "connection": "abc"})
    assert (line["user"], line["connection"]) == (7, "abc")


def test_what_is_no_json_is_told_as_text(log):
    assert log(logging.INFO, "x", extra={"codes": {1}, "when": datetime(2026, 1, 1)})["codes"] == "{1}"  # noqa: DTZ001


def test_nobody_makes_a_second_line(log):
    line = log(logging.INFO, "one\ntwo \u2028 %s", "\r\n{", extra={"message_id": 'x"y\n'})
    assert line["message"] == "one\ntwo \u2028 \r\n{"


def test_a_traceback_is_part_of_its_line(log):
    try:
        raise RuntimeError("a bug")
    except RuntimeError:
        line = log(logging.ERROR, "failed", exc_info=True)
    assert line["error"].startswith("Traceback")
    assert "a bug" in line["error"]


def test_extra_cannot_pretend_to_be_something_else(log):
    assert log(logging.INFO, "x", extra={"node": "another", "level": "DEBUG"})["node"] == "node-1"
