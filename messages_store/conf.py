"""Every setting of ours: name, default, unit, bounds, and what it is for.

`from_environment()` turns the environment into the values that `imsite/settings.py` puts into Django's settings;
everything else reads them from there (`settings.IM_WINDOW`). Pure: imports nothing of Django or ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass


class BadSetting(Exception):
    """A setting is missing or has a value that cannot work; the message says what would be right."""


@dataclass(frozen=True)
class Setting:
    """One number from the environment, with the bounds in which it makes sense."""

    name: str
    default: float
    unit: str
    least: float
    most: float
    purpose: str
    whole: bool = True

    def parse(self, text: str) -> float:
        try:
            value = int(text) if self.whole else float(text)
        except ValueError:
            value = None
        if value is None or not self.least <= value <= self.most:
            kind = "a whole number" if self.whole else "a number"
            bounds = f"from {plain(self.least)} to {plain(self.most)}"
            raise BadSetting(f"{self.name} must be {kind} of {self.unit} {bounds}, not {text!r}.")
        return value


def plain(number: float) -> str:
    """Without an exponent: 10000000, 0.05."""
    return f"{number:.10g}"


def whole(name, default, unit, purpose, *, least=1, most=1_000_000) -> Setting:
    return Setting(name, default, unit, least, most, purpose)


def seconds(name, default, purpose, *, least=0.0, most=86_400.0) -> Setting:
    return Setting(name, default, "seconds", least, most, purpose, whole=False)


SETTINGS = (
    whole("IM_WINDOW", 64, "events", "events on their way to one connection before it must acknowledge", most=10_000),
    whole("IM_FRAME_BYTES", 65_536, "bytes", "the largest frame a client may send", least=1_024, most=16_777_216),
    whole("IM_BODY_CHARACTERS", 20_000, "characters", "the longest body of a message", most=1_000_000),
    whole("IM_DATA_BYTES", 8_192, "bytes", "the largest `data` of a message, as JSON", least=2, most=1_000_000),
    whole("IM_SENDS_PER_MINUTE", 6_000, "messages", "what `welcome` tells a client as its limit", most=10_000_000),
    whole("IM_BATCH", 200, "messages", "the most messages that one transaction stores", most=5_000),
    whole("IM_QUEUE", 5_000, "messages", "messages that may wait for their transaction before `busy`", most=1_000_000),
    whole("IM_PENDING_SENDS", 256, "messages", "unanswered sends of one connection before `busy`", most=100_000),
    whole("IM_READERS", 4, "threads", "threads of one node that read from the database", most=64),
    whole("IM_MARKS_MEMBERS", 50, "members", "larger conversations get no live `marks`", least=0),
    seconds("IM_HEADS_SECONDS", 3, "how often a node looks at the heads of its inboxes", least=0.05),
    seconds("IM_HOLD_SECONDS", 0.08, "how long an event that is ahead waits for the ones before it", most=10),
    seconds("IM_GATHER_SECONDS", 0.1, "how long acks and read marks are gathered into one transaction", most=10),
    seconds("IM_HELLO_SECONDS", 10, "how long a new connection may take to say hello", least=0.05),
    seconds("IM_PING_SECONDS", 20, "how often the server pings a silent connection", least=1),
    seconds("IM_SEND_SECONDS", 20, "how long a client may leave its socket unread before it is closed", least=0.1),
    seconds("IM_STORE_SECONDS", 5, "how long one statement or the wait for a connection to the database may take",
            least=0.1),
    seconds("IM_LAYER_SECONDS", 2, "how long Redis may take to answer before the layer reconnects", least=0.1),
    seconds("IM_DRAIN_SECONDS", 15, "how long a stopping node may take to finish", least=0),
)  # fmt: skip


def from_environment(environment: Mapping[str, str]) -> dict[str, float]:
    """Every setting's value: from the environment where it is given there, else its default."""
    known = {setting.name for setting in SETTINGS}
    for name in environment:
        if name.startswith("IM_") and name not in known and not name.startswith("IM_TEST_"):
            raise BadSetting(f"{name} is not a setting; the settings are listed in docs/settings.md.")
    return {
        setting.name: setting.parse(environment[setting.name]) if environment.get(setting.name) else setting.default
        for setting in SETTINGS
    }


def as_markdown() -> str:
    """The table of docs/settings.md."""
    rows = [f"| `{s.name}` | {plain(s.default)} | {s.unit} | {s.purpose} |" for s in SETTINGS]
    return "\n".join(["| setting | default | unit | what it is for |", "|---|---|---|---|", *rows]) + "\n"
