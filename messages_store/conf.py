"""Every setting of ours: name, default, unit, bounds, and what it is for.

`from_environment()` turns the environment into the values that `imsite/settings.py` puts into Django's settings;
everything else reads them from there (`settings.IM_WINDOW`). Pure: imports nothing of Django or ours.
"""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import combinations
from typing import Any

from . import conf_attachments, conf_reminding, conf_values
from .conf_kinds import BadSetting, Setting, Words, plain, seconds, whole

__all__ = ["SETTINGS", "BadSetting", "Setting", "Words", "as_markdown", "from_environment", "plain"]

KINDS_OF_USER = ("user", "customer", "agent", "visitor", "service")
SESSION_POLICIES = ("unlimited", "one_per_device_kind", "newest_only", "refuse_new")


def session_policies(text: str) -> dict[str, str]:
    """The policy of each kind of user: of all of them alike, or kind:policy, … with the rest unlimited."""
    policies = dict.fromkeys(KINDS_OF_USER, text if text in SESSION_POLICIES else "unlimited")
    for part in [] if text in SESSION_POLICIES else text.split(","):
        kind, _, policy = (word.strip() for word in part.partition(":"))
        if kind not in KINDS_OF_USER or policy not in SESSION_POLICIES:
            raise ValueError(part)
        policies[kind] = policy
    return policies


def kinds(text: str) -> frozenset[str]:
    found = frozenset(part.strip() for part in text.split(",") if part.strip()) - {"none"}
    if not found <= set(KINDS_OF_USER):
        raise ValueError(text)
    return found


def networks(text: str) -> list[IPv4Network | IPv6Network]:
    return [ip_network(part.strip()) for part in text.split(",") if part.strip()]


def key(text: str) -> str:
    if text and len(text) < 20:
        raise ValueError
    return text


SETTINGS = (
    whole("IM_WINDOW", 64, "events", "events on their way to one connection before it must acknowledge", most=10_000),
    whole("IM_FRAME_BYTES", 65_536, "bytes", "the largest frame a client may send", least=1_024, most=16_777_216),
    whole("IM_BODY_CHARACTERS", 20_000, "characters", "the longest body of a message", most=1_000_000),
    whole("IM_DATA_BYTES", 8_192, "bytes", "the largest `data` of a message, as JSON", least=2, most=1_000_000),
    whole("IM_SENDS_PER_MINUTE", 6_000, "messages", "what one user may send in a minute of the clock, over all nodes",
          most=10_000_000),
    whole("IM_EDIT_SECONDS", 900, "seconds", "how long one may edit or recall what one sent; 0: never", least=0,
          most=315_360_000),
    whole("IM_FRAMES_PER_SECOND", 200, "frames", "what a connection may send a second; ten times as many at once"),
    whole("IM_BYTES_PER_SECOND", 1_048_576, "bytes", "what a connection may send a second; ten times as many at once",
          least=1_024, most=1_000_000_000),
    whole("IM_REQUESTS_PER_MINUTE", 1_200, "requests",
          "REST calls of one user in a minute of the clock, over all nodes; 0: no limit", least=0),
    whole("IM_TOKEN_REQUESTS_PER_MINUTE", 6_000, "requests",
          "the same by one token, which then counts alone; 0: no limit", least=0),
    whole("IM_STRANGER_REQUESTS_PER_MINUTE", 300, "requests",
          "the same from one address by whoever is not signed in; 0: no limit", least=0),
    whole("IM_BATCH", 200, "messages", "the most messages that one transaction stores", most=5_000),
    whole("IM_QUEUE", 5_000, "messages", "messages that may wait for their transaction before `busy`", most=1_000_000),
    whole("IM_PENDING_SENDS", 256, "messages", "unanswered sends of one connection before `busy`", most=100_000),
    whole("IM_READERS", 4, "threads", "threads of one node that read from the database", most=64),
    whole("IM_CONNECTIONS_PER_USER", 50, "connections", "what one user may have open at a time; 0: no limit", least=0),
    whole("IM_CONNECTIONS_PER_ADDRESS", 5_000, "connections",
          "what one address may have open at a time (many people may sit behind one); 0: no limit", least=0),
    whole("IM_GROUP_MEMBERS", 1_000, "members", "the most members of a group", least=2, most=100_000),
    whole("IM_MARKS_MEMBERS", 50, "members", "larger conversations get no live `marks`", least=0),
    seconds("IM_HEADS_SECONDS", 3, "how often a node looks at the heads of its inboxes, and who is signed out",
            least=0.05),
    seconds("IM_HOLD_SECONDS", 0.08, "how long an event that is ahead waits for the ones before it", most=10),
    seconds("IM_GATHER_SECONDS", 0.1, "how long acks and read marks are gathered into one transaction", most=10),
    seconds("IM_HELLO_SECONDS", 10, "how long a new connection may take to say hello", least=0.05),
    seconds("IM_WORK_SECONDS", 1, "how often the worker looks for what waits: recipients of notifications, and "
            "reminders that are due", least=0.05),
    whole("IM_TICKET_SECONDS", 30, "seconds", "how long a ticket from `POST /api/v1/tickets` opens a socket",
          most=3_600),
    seconds("IM_PING_SECONDS", 20, "how often the server pings a silent connection", least=1),
    seconds("IM_IDLE_SECONDS", 60, "after how long without a sign of life a connection is closed; at least two pings",
            least=1),
    seconds("IM_LIFE_SECONDS", 43_200, "how long a connection lives, a fifth more or less, before it must come again",
            least=1, most=2_592_000),
    seconds("IM_SEND_SECONDS", 20, "how long a client may leave its socket unread before it is closed", least=0.1),
    seconds("IM_STORE_SECONDS", 5, "how long one statement or the wait for a connection to the database may take",
            least=0.1),
    seconds("IM_LAYER_SECONDS", 2, "how long Redis may take to answer before the layer reconnects", least=0.1),
    seconds("IM_DRAIN_SECONDS", 15, "how long a stopping node may take; then it ends, whatever hangs", least=1),
    seconds("IM_DRAIN_GRACE_SECONDS", 0, "how long of that it says `not ready` and works on before it lets its clients "
            "go: more than a load balancer that polls `/readyz` needs to notice"),
    whole("IM_RETURNS_PER_SECOND", 200, "connections",
          "how many of a stopping node's connections a second are told to come back, one behind the other"),
    seconds("IM_BEAT_SECONDS", 4, "how often a node says that it is alive; after 3 beats without, it has lapsed",
            least=0.05, most=3_600),
    seconds("IM_PRESENCE_GRACE_SECONDS", 5, "how long somebody counts as online whose last connection has closed"),
    Words("IM_SESSION_POLICY", "unlimited", "policy",
          f"one of {', '.join(SESSION_POLICIES)}, or one per kind of user ({', '.join(KINDS_OF_USER)}) such as "
          "user:one_per_device_kind,agent:newest_only",
          "which connections a user may have at a time: one policy, or per kind of user like "
          "`user:one_per_device_kind,agent:newest_only` (the rest unlimited). See [the wire](protocol.md#sessions)",
          session_policies),
    Words("IM_USER_SEARCH", "user,agent,service", "kinds of users",
          f"kinds of users ({', '.join(KINDS_OF_USER)}) or none",
          "who finds everybody by `GET /api/v1/users`, separated by commas; `none`: nobody but staff. Others find whom "
          "they share a conversation with", kinds),
    Words("IM_TRUSTED_PROXIES", "", "networks", "addresses or networks such as 10.0.0.0/8,192.0.2.7",
          "the proxies, separated by commas, whose `X-Forwarded-For` says where a connection or a call comes from",
          networks),
    Words("IM_METRICS_TOKEN", "", "text", "a random text of at least 20 characters",
          "opens `GET /metrics` with `Authorization: Bearer …`; without one, only the machine itself may see it", key,
          secret=True),
    Words("IM_SIGN_UP", "false", "", "true or false",
          "`true`: whoever comes by makes an account of the kind `user`; else an administrator makes them",
          conf_values.yes_or_no),
    whole("IM_TRIES_PER_ACCOUNT", 20, "tries", "to sign in to one account, or to have its password reset, in a minute "
          "of the clock, over all nodes and from wherever; 0: no limit", least=0),
    whole("IM_TRIES_PER_ADDRESS", 100, "tries", "to sign in, to sign up or to have a password reset, from one address "
          "in a minute of the clock, over all nodes; 0: no limit", least=0),
    *conf_reminding.SETTINGS,
    *conf_attachments.SETTINGS,
)  # fmt: skip


def from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Every setting's value: from the environment where it is given there, else its default."""
    known = {setting.name for setting in SETTINGS}
    for name in environment:
        if name.startswith("IM_") and name not in known and not name.startswith("IM_TEST_"):
            raise BadSetting(f"{name} is not a setting; the settings are listed in docs/settings.md.")
    values = {setting.name: setting.parse(environment.get(setting.name) or _default(setting)) for setting in SETTINGS}
    if values["IM_IDLE_SECONDS"] < 2 * values["IM_PING_SECONDS"]:
        raise BadSetting(
            "IM_IDLE_SECONDS must be at least twice IM_PING_SECONDS, or living connections would be closed."
        )
    if values["IM_DRAIN_GRACE_SECONDS"] > values["IM_DRAIN_SECONDS"] / 2:
        raise BadSetting("IM_DRAIN_GRACE_SECONDS must be at most half of IM_DRAIN_SECONDS, of which it is a part.")
    for shorter, longer in combinations(("IM_INBOX_DAYS", "IM_UNSENT_DAYS", "IM_MESSAGE_DAYS"), 2):
        if 0 < values[longer] < values[shorter]:
            raise BadSetting(f"{shorter} must be at most {longer}: entries do not outlive what they belong to.")
    return values


def _default(setting: Setting | Words) -> str:
    return setting.default if isinstance(setting, Words) else plain(setting.default)


def as_markdown() -> str:
    """The table of docs/settings.md."""
    rows = [f"| `{s.name}` | {plain(s.default)} | {s.unit} | {s.purpose} |" for s in SETTINGS]
    return "\n".join(["| setting | default | unit | what it is for |", "|---|---|---|---|", *rows]) + "\n"
