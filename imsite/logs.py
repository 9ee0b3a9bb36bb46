"""Log lines as JSON, one object each, for what collects logs."""

import json
import logging
from datetime import UTC, datetime

STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """`time`, `level`, `logger`, `node`, `message`; `error` with its traceback; and what was given as `extra`."""

    def __init__(self, node: str):
        super().__init__()
        self._node = node

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "node": self._node,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        extra = {name: value for name, value in vars(record).items() if name not in STANDARD}
        return json.dumps(extra | line, default=str)  # a line feed in a text is escaped: one line stays one line
