"""Every setting of ours: name, default, unit, bounds, and what it is for.

`from_environment()` turns the environment into the values that `imsite/settings.py` puts into Django's settings;
everything else reads them from there (`settings.IM_WINDOW`). Pure: imports nothing of Django or ours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import combinations
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from . import conf_attachments
from . import conf_values as values_of

KINDS_OF_USER = ("user", "customer", "agent", "visitor", "service")
SESSION_POLICIES = ("unlimited", "one_per_device_kind", "newest_only", "refuse_new")


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


@dataclass(frozen=True)
class Words:
    """Something that is not a number. `read` makes the value of it or raises ValueError; `right` says what it takes."""

    name: str
    default: str
    unit: str
    right: str
    purpose: str
    read: Callable[[str], Any]
    secret: bool = False  # what is wrong is not told again

    def parse(self, text: str) -> Any:
        try:
            return self.read(text)
        except ValueError:
            told = "" if self.secret else f", not {text!r}"
            raise BadSetting(f"{self.name} must be {self.right}{told}.") from None


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


def names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip() not in ("", "none")]


def quiet_hours(text: str) -> tuple[time, time] | None:
    """22:00-07:00: from when to when nobody is reminded of what is not urgent."""
    if not text:
        return None
    start, _, end = text.partition("-")
    return time.fromisoformat(start.strip()), time.fromisoformat(end.strip())


def time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, OSError):  # no such zone, or the name of a directory
        raise ValueError(text) from None
    return text


def page_address(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ValueError(text)
    return text.rstrip("/")


def key(text: str) -> str:
    if text and len(text) < 20:
        raise ValueError
    return text


def plain(value: float | str) -> str:
    """A default as one writes it: numbers without an exponent (10000000, 0.05)."""
    return value or "none" if isinstance(value, str) else f"{value:.10g}"


def whole(name, default, unit, purpose, *, least=1, most=1_000_000) -> Setting:
    return Setting(name, default, unit, least, most, purpose)


def seconds(name, default, purpose, *, least=0.0, most=86_400.0) -> Setting:
    return Setting(name, default, "seconds", least, most, purpose, whole=False)


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
    Words("IM_NOTIFIERS", "", "names", "names of notifiers, separated by commas",
          "how people are reminded of what no device of theirs acknowledged, separated by commas: `log`, `email`, "
          "`webhook`, `wechat`, `webpush` ([notifiers](notifiers.md)) or the dotted path of a class; `none`: they are "
          "not (with `DEBUG`, `log` is the default). See [reminders](reminders.md)", names),
    Words("IM_NOTIFIERS_ON", "all", "names", "names of notifiers, separated by commas, `all` or `none`",
          "which of them remind whoever has not chosen; `all` or `none`", names),
    seconds("IM_REMIND_AFTER_SECONDS", 10, "how long something must be unsent before anybody is reminded of it",
            most=31_536_000),
    seconds("IM_REMIND_AGAIN_SECONDS", 3_600, "how long after the first reminder of a spell the second one comes; each "
            "further one after twice as long", least=0.05, most=31_536_000),
    whole("IM_REMIND_MOST", 3, "reminders", "the most by one notifier in one spell", most=100),
    seconds("IM_NOTIFY_SECONDS", 10, "how long a notifier may take; then the attempt has failed", least=0.05,
            most=300),
    whole("IM_NOTIFY_AT_ONCE", 4, "reminders", "on their way at once, by one notifier of one worker", most=100),
    whole("IM_NOTIFY_ATTEMPTS", 8, "attempts", "by one notifier before a reminder has failed; the wait between two "
          "begins with 10 s and doubles, up to an hour", most=100),
    Words("IM_QUIET_HOURS", "", "hours", "two times of day such as 22:00-07:00",
          "when nobody is reminded of what is not urgent, such as `22:00-07:00`, in each one's time zone; whoever "
          "chose other hours has those", quiet_hours),
    Words("IM_TIME_ZONE", "UTC", "time zone", "a time zone such as Europe/Berlin",
          "of whoever has chosen none", time_zone),
    Words("IM_PUBLIC_URL", "", "address", "the address of this site such as https://chat.example.com",
          "where people find this site, for the links in reminders", page_address),
    whole("IM_INBOX_DAYS", 0, "days", "how long inbox entries are kept after they were acknowledged; 0: for ever. See "
          "[retention](retention.md)", least=0, most=36_500),
    whole("IM_UNSENT_DAYS", 0, "days", "how long, though no device acknowledged; 0: for ever", least=0, most=36_500),
    whole("IM_MESSAGE_DAYS", 0, "days", "how long messages are kept after their last change; 0: for ever", least=0,
          most=36_500),
    seconds("IM_PRUNE_SECONDS", 3_600, "how often a worker looks for what is kept no longer", least=0.05),
    whole("IM_PRUNE_CHUNK", 1_000, "entries", "the most inbox entries or messages that one transaction of it deletes",
          most=20_000),
    whole("IM_TICKET_SECONDS", 30, "seconds", "how long a ticket from `POST /api/v1/tickets` is valid", most=3_600),
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
    Words("IM_EMAIL_URL", "", "URL", "like smtp+starttls://user:password@mail.example.com:587, with smtp, "
          "smtp+starttls or smtps, and user and password percent-encoded",
          "the mail server: `smtp+starttls://user:password@host:587`, `smtps://…:465`, or `smtp://host:25` for one "
          "that needs no TLS, such as this machine's", values_of.mail_server, secret=True),
    Words("IM_EMAIL_FROM", "", "address", "an address such as Chat <chat@example.com>", "who mails come from",
          values_of.mail_address),
    Words("IM_WEBHOOK_URL", "", "URL", "an address such as https://example.com/hooks/reminders",
          "where reminders are posted to", values_of.address, secret=True),
    Words("IM_WEBHOOK_SECRET", "", "key", "`whsec_` and 24 to 64 bytes in base64",
          "signs them: `whsec_` and 24 to 64 random bytes in base64", values_of.webhook_secret, secret=True),
    Words("IM_WEBHOOK_PRIVATE", "false", "", "true or false",
          "`true`: the webhook may have an address that is not public, and be without TLS", values_of.yes_or_no),
    Words("IM_WECHAT_APP_ID", "", "text", "an AppID such as wx0123456789abcdef", "the service account's AppID",
          values_of.wechat_app),
    Words("IM_WECHAT_SECRET", "", "key", "an AppSecret: 32 letters and digits", "its AppSecret",
          values_of.wechat_secret, secret=True),
    Words("IM_WECHAT_KIND", "template", "kind", "template or subscribe",
          "which messages it sends: `template`, or `subscribe` for those that users subscribe to",
          values_of.one_of("template", "subscribe")),
    Words("IM_WECHAT_TEMPLATE", "", "text", "the id of a template", "the id of its template", values_of.token),
    Words("IM_WECHAT_DATA", "", "JSON", 'an object such as {"thing1": "{summary}", "time2": "{oldest}"} with '
          f"{values_of.in_braces()}",
          'what the template\'s fields say: `{"thing1": "{summary}", "time2": "{oldest}"}`, of '
          f"`{values_of.in_braces('`, `')}`", values_of.wechat_data),
    Words("IM_WECHAT_URL", "https://api.weixin.qq.com", "URL", "an address such as https://api.weixin.qq.com",
          "where WeChat's interface is: another one of its hosts, or a gateway of yours", values_of.site),
    Words("IM_WEBPUSH_KEY", "", "key", "32 bytes in base64url, without =",
          "the VAPID private key: `python -c 'import secrets; print(secrets.token_urlsafe(32))'` makes one. With "
          "another one, browsers have to subscribe anew", values_of.webpush_key, secret=True),
    Words("IM_WEBPUSH_CONTACT", "", "URL", "like mailto:admin@example.com or https://example.com",
          "whom push services write to when something is wrong: `mailto:` or `https:`", values_of.contact),
    whole("IM_WEBPUSH_TTL_SECONDS", 86_400, "seconds",
          "how long a push service keeps a reminder for a device that is off", least=0, most=2_419_200),
    *(whole(*row, least=least, most=most) for *row, least, most in conf_attachments.NUMBERS),
    Words(*conf_attachments.TYPES, conf_attachments.types),
)  # fmt: skip


def from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Every setting's value: from the environment where it is given there, else its default."""
    known = {setting.name for setting in SETTINGS}
    for name in environment:
        if name.startswith("IM_") and name not in known and not name.startswith("IM_TEST_"):
            raise BadSetting(f"{name} is not a setting; the settings are listed in docs/settings.md.")
    values = {setting.name: setting.parse(environment.get(setting.name) or _default(setting)) for setting in SETTINGS}
    if values["IM_IDLE_SECONDS"] < 2 * values["IM_PING_SECONDS"]:
        raise BadSetting("IM_IDLE_SECONDS must be at least twice IM_PING_SECONDS, or living connections are closed.")
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
