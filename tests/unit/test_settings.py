"""Settings: a wrong or missing value stops the start with one sentence that says what would be right."""

import ast
import json
import os
import secrets
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from messages_store import conf

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTATION = (ROOT / "docs" / "settings.md").read_text()
PRODUCTION = {
    "SECRET_KEY": "9fC-0ayIFnrxrRrAQBBe4NCVfLD1oLlmwYKtRyEVfVYpzYxCN3YpBK0dFxfI5ZTtKWA",
    "ALLOWED_HOSTS": "chat.example.com",
    "CSRF_TRUSTED_ORIGINS": "https://chat.example.com",
    # Nobody listens there: to start, a node needs neither.
    "DATABASE_URL": "postgres://imsite:secret@127.0.0.1:1/imsite",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
SHOW = "import json, imsite.settings as s; print(json.dumps({n: getattr(s, n) for n in %r}, default=str))"


def python(*arguments: str, **environment: str | None) -> subprocess.CompletedProcess:
    """Run Python under production settings but for these; None: not given."""
    whole = {"PATH": os.environ["PATH"], **PRODUCTION, **environment}
    given = {name: value for name, value in whole.items() if value is not None}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False, timeout=60)


def settings(*names: str, **environment: str | None) -> list:
    """The values of these settings."""
    ended = python("-c", SHOW % (names,), **environment)
    assert ended.returncode == 0, ended.stderr
    return list(json.loads(ended.stdout).values())


def assert_stops(ended: subprocess.CompletedProcess, *right: str) -> None:
    """It stopped with one sentence, in which these words are."""
    assert ended.returncode != 0
    assert ended.stdout == ""
    assert ended.stderr.startswith("imsite cannot start: ")
    assert ended.stderr.endswith(".\n")
    assert ended.stderr.count("\n") == 1
    for words in right:
        assert words in ended.stderr


NUMBERS = [setting for setting in conf.SETTINGS if isinstance(setting, conf.Setting)]
WRONG = [
    ("ATTACHMENTS_DIR", "attachments", "an absolute path"),
    ("ATTACHMENTS_STORAGE", "s3", "must be JSON such as", "BACKEND"),
    ("ATTACHMENTS_STORAGE", '{"OPTIONS": {}}', "must be JSON such as", "BACKEND"),
    ("ATTACHMENTS_STORAGE", '{"BACKEND": "x.Y", "OPTIONS": []}', "must be JSON such as", "BACKEND"),
    ("IM_ATTACHMENT_TYPES", "pictures", "media types such as image/*,application/pdf"),
    ("SECRET_KEY", None, "at least 50 characters", "token_urlsafe"),
    ("SECRET_KEY", "", "at least 50 characters"),
    ("SECRET_KEY", "x" * 49, "at least 50 characters"),
    ("SECRET_KEY", "x" * 60, "random"),
    ("DEBUG", "maybe", "true or false", "'maybe'"),
    ("HTTPS", "2", "true or false"),
    ("ALLOWED_HOSTS", None, "such as chat.example.com"),
    ("ALLOWED_HOSTS", " , ", "such as chat.example.com"),
    ("ALLOWED_HOSTS", "https://chat.example.com", "without scheme"),
    ("ALLOWED_HOSTS", "chat.example.com:8000", "without scheme or port"),
    ("ALLOWED_HOSTS", "[::1]:8000", "without scheme or port"),
    ("CSRF_TRUSTED_ORIGINS", "chat.example.com", "such as https://chat.example.com"),
    ("CSRF_TRUSTED_ORIGINS", "https://chat.example.com/", "such as https://chat.example.com"),
    ("CSRF_TRUSTED_ORIGINS", "ftp://chat.example.com", "such as https://chat.example.com"),
    ("CSRF_TRUSTED_ORIGINS", "https://[", "such as https://chat.example.com"),
    ("CSRF_TRUSTED_ORIGINS", "https://chat:port", "such as https://chat.example.com"),
    ("DATABASE_URL", None, "postgres://user:password@host:5432/name", "missing"),
    ("DATABASE_URL", "mysql://u:p@h/n", "postgres://user:password@host:5432/name", "'mysql'"),
    ("DATABASE_URL", "postgres://u:p@h:5432/", "postgres://user:password@host:5432/name"),
    ("DATABASE_URL", "postgres://u:p@h:port/n", "postgres://user:password@host:5432/name"),
    ("DATABASE_URL", "somewhere", "sqlite:///path/to/file"),
    ("DATABASE_URL", "sqlite://", "sqlite:///path/to/file", "in memory"),
    ("DATABASE_URL", "sqlite://:memory:", "sqlite:///path/to/file"),
    ("REDIS_URL", "127.0.0.1:6379", "redis://host:6379"),
    ("REDIS_URL", "http://127.0.0.1:6379", "redis://host:6379"),
    ("REDIS_URL", "redis://", "redis://host:6379"),
    ("REDIS_URL", "redis://one:6379,two:6379", "redis://host:6379"),
    ("REDIS_URL", "redis://one:port", "redis://host:6379"),
    ("REDIS_URL", "redis://one:65536", "redis://host:6379"),
    ("REDIS_URL", "redis://[", "redis://host:6379"),
    ("LOG_LEVEL", "loud", "DEBUG, INFO, WARNING"),
    ("LOG_FORMAT", "xml", "TEXT, JSON"),
    ("IM_WINDOW", "many", "a whole number of events from 1 to 10000", "'many'"),
    ("IM_SESSION_POLICY", "newest", "one of unlimited, one_per_device_kind, newest_only, refuse_new", "'newest'"),
    ("IM_SESSION_POLICY", "user", "such as user:one_per_device_kind,agent:newest_only"),
    ("IM_SESSION_POLICY", "robot:newest_only", "per kind of user (user, customer, agent, visitor, service)"),
    ("IM_SESSION_POLICY", "user:newest_only,", "such as user:one_per_device_kind,agent:newest_only"),
    ("IM_TRUSTED_PROXIES", "proxy", "addresses or networks such as 10.0.0.0/8,192.0.2.7", "'proxy'"),
    ("IM_TRUSTED_PROXIES", "10.0.0.1/8", "addresses or networks"),
    ("IM_IDLE_SECONDS", "30", "at least twice IM_PING_SECONDS"),
    ("IM_DRAIN_GRACE_SECONDS", "8", "at most half of IM_DRAIN_SECONDS"),
    ("IM_MESSAGE_DAYS", "-1", "a whole number of days from 0 to 36500"),
    ("IM_METRICS_TOKEN", "short", "at least 20 characters"),
    ("IM_QUIET_HOURS", "22:00Z-07:00Z", "22:00-07:00"),
    ("IM_QUIET_HOURS", "22:00-07:00-05:00", "22:00-07:00"),
    ("IM_EMAIL_URL", "mail.example.com:25", "like smtp+starttls://user:password@mail.example.com:587"),
    ("IM_EMAIL_URL", "smtp://user:pass word@mail.example.com", "percent-encoded"),
    ("IM_EMAIL_FROM", "imsite", "such as Chat <chat@example.com>"),
    ("IM_WEBHOOK_URL", "ftp://example.com", "such as https://example.com/hooks/reminders"),
    ("IM_WEBHOOK_URL", "https://user@example.com", "such as https://example.com/hooks/reminders"),
    ("IM_WEBHOOK_SECRET", "whsec_c2hvcnQ=", "`whsec_` and 24 to 64 bytes in base64"),
    ("IM_WEBHOOK_PRIVATE", "maybe", "true or false"),
    ("IM_WECHAT_APP_ID", "gh_0123", "such as wx0123456789abcdef"),
    ("IM_WECHAT_SECRET", "short", "32 letters and digits"),
    ("IM_WECHAT_KIND", "custom", "template or subscribe"),
    ("IM_WECHAT_TEMPLATE", "an id", "the id of a template"),
    ("IM_WECHAT_DATA", "{summary}", "an object such as"),
    ("IM_WECHAT_DATA", '{"thing1": "{body}"}', "with {summary}"),
    ("IM_WECHAT_DATA", '{"thing1": "{name.__class__}"}', "with {summary}"),
    ("IM_WECHAT_DATA", '{"thing1": 1}', "an object such as"),
    ("IM_WEBPUSH_KEY", "A" * 43, "32 bytes in base64url"),
    ("IM_WEBPUSH_CONTACT", "admin@example.com", "like mailto:admin@example.com"),
    ("IM_WINDOWS", "64", "is not a setting", "docs/settings.md"),
]


@pytest.mark.parametrize(("name", "value", "right"), [(name, value, right) for name, value, *right in WRONG])
def test_a_wrong_value_stops_the_start_with_one_sentence(name, value, right):
    assert_stops(python("-c", "import imsite.settings", **{name: value}), name, *right)


@pytest.mark.parametrize(
    ("shorter", "longer"),
    [("IM_INBOX_DAYS", "IM_UNSENT_DAYS"), ("IM_INBOX_DAYS", "IM_MESSAGE_DAYS"), ("IM_UNSENT_DAYS", "IM_MESSAGE_DAYS")],
)
def test_entries_do_not_outlive_what_they_belong_to(shorter, longer):
    with pytest.raises(conf.BadSetting, match=f"{shorter} must be at most {longer}"):
        conf.from_environment({shorter: "31", longer: "30"})
    assert conf.from_environment({shorter: "31", longer: "0"})[shorter] == 31
    assert conf.from_environment({shorter: "30", longer: "30"})[shorter] == 30


@pytest.mark.parametrize("start", [("manage.py", "check"), ("-c", "import imsite.asgi")])
def test_it_does_so_however_the_application_is_started(start):
    assert_stops(python(*start, SECRET_KEY=None), "SECRET_KEY")


def test_the_sentence_does_not_tell_a_password():
    for name in ("DATABASE_URL", "REDIS_URL", "IM_EMAIL_URL", "IM_WEBHOOK_URL", "IM_WEBHOOK_SECRET", "IM_WEBPUSH_KEY"):
        ended = python("-c", "import imsite.settings", **{name: "ftp://me:hunter2@host/0"})
        assert (ended.returncode, "hunter2" in ended.stderr) == (1, False)


def test_without_a_word_about_it_nothing_is_relaxed():
    names = ("DEBUG", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS")
    assert settings(*names) == [False, True, True, True, 31_536_000]


def test_debug_has_defaults_to_try_it_with():
    host, https, database = settings(
        "ALLOWED_HOSTS", "SECURE_SSL_REDIRECT", "DATABASES",
        DEBUG="true", ALLOWED_HOSTS=None, DATABASE_URL=None, REDIS_URL=None,
    )  # fmt: skip
    assert host == ["127.0.0.1", "localhost", "[::1]"]
    assert https is False
    assert database["default"]["NAME"].endswith("var/imsite.sqlite3")


def test_lists_are_separated_by_commas():
    assert settings("ALLOWED_HOSTS", "REDIS_URLS", ALLOWED_HOSTS="a, b,", REDIS_URL="redis://a,rediss://b:1/2") == [
        ["a", "b"],
        ["redis://a", "rediss://b:1/2"],
    ]


def test_without_redis_the_layer_is_in_memory():
    (layers,) = settings("CHANNEL_LAYERS", REDIS_URL="")
    assert layers["default"]["BACKEND"] == "channels.layers.InMemoryChannelLayer"


def test_an_accepted_message_is_on_disk_on_either_base():
    """SQLite syncs each commit and waits for its turn; PostgreSQL is not told to do less than it does by itself."""
    (databases,) = settings("DATABASES", DATABASE_URL="sqlite:////tmp/imsite.sqlite3")
    options = databases["default"]["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in options["init_command"]
    (databases,) = settings("DATABASES")
    assert "synchronous_commit" not in str(databases)


def test_a_database_that_is_silently_gone_is_noticed_unless_its_address_says_otherwise():
    for url, expected in (("postgres://a@b/c", 5000), ("postgres://a@b/c?tcp_user_timeout=60000", 60000)):
        (databases,) = settings("DATABASES", DATABASE_URL=url)
        options = databases["default"]["OPTIONS"]
        assert (options["tcp_user_timeout"], options["keepalives_idle"]) == (expected, 5)


def test_a_log_level_is_written_in_any_case():
    assert settings("LOG_LEVEL", LOG_LEVEL="warning") == ["WARNING"]


def test_log_lines_are_json_where_it_is_asked_for():
    program = "import django, logging; django.setup(); logging.getLogger('chat').info('hello', extra={'user': 7})"
    environment = {"DJANGO_SETTINGS_MODULE": "imsite.settings", "NODE_NAME": "a"}
    ended = python("-c", program, LOG_FORMAT="json", **environment)
    assert json.loads(ended.stderr) | {"time": ""} == {
        "time": "", "level": "INFO", "logger": "chat", "node": "a", "message": "hello", "user": 7
    }  # fmt: skip


@pytest.mark.parametrize("debug", ["true", "false"])
def test_what_was_refused_is_told_once(debug):
    program = "import django; django.setup(); from django.test import Client; Client().get('/manifest.webmanifest/no')"
    environment = {"DJANGO_SETTINGS_MODULE": "imsite.settings", "ALLOWED_HOSTS": "testserver", "HTTPS": "false"}
    ended = python("-c", program, DEBUG=debug, **environment)
    assert ended.returncode == 0, ended.stderr
    (line,) = ended.stderr.splitlines()
    assert line.endswith("WARNING django.request Not Found: /manifest.webmanifest/no")


def test_the_deployment_check_finds_nothing_and_needs_no_database():
    ended = python("-W", "error", "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert ended.returncode == 0, ended.stderr
    assert "no issues" in ended.stdout


# Our own settings


def test_every_setting_has_a_default_within_its_bounds():
    for setting in NUMBERS:
        assert setting.least <= setting.default <= setting.most, setting.name
        assert setting.parse(conf.plain(setting.default)) == setting.default, setting.name


def test_defaults_stand_where_nothing_is_given():
    found = conf.from_environment({})
    assert {setting.name: found[setting.name] for setting in NUMBERS} == {
        setting.name: setting.default for setting in NUMBERS
    }
    assert found["IM_SESSION_POLICY"] == dict.fromkeys(conf.KINDS_OF_USER, "unlimited")
    assert found["IM_TRUSTED_PROXIES"] == []
    assert conf.from_environment({"IM_WINDOW": ""})["IM_WINDOW"] == 64


def test_what_is_given_counts():
    assert conf.from_environment({"IM_WINDOW": "8", "IM_HEADS_SECONDS": "0.5", "HOME": "/"}) == {
        **conf.from_environment({}),
        "IM_WINDOW": 8,
        "IM_HEADS_SECONDS": 0.5,
    }


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda setting: setting.name)
def test_a_value_out_of_bounds_is_refused_with_the_bounds(setting):
    beyond = ["nan", "inf", "-1", "1e99", "", "x", "9" * 5_000, str(setting.most + 1)]
    for text in [*beyond, *(["1.5"] if setting.whole else [])]:
        with pytest.raises(conf.BadSetting) as raised:
            setting.parse(text)
        sentence = str(raised.value)
        assert sentence.startswith(setting.name)
        assert f"{setting.unit} from {conf.plain(setting.least)} to {conf.plain(setting.most)}" in sentence


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda setting: setting.name)
def test_the_bounds_themselves_are_allowed(setting):
    assert setting.parse(conf.plain(setting.least)) == setting.least
    assert setting.parse(conf.plain(setting.most)) == setting.most


def test_a_session_policy_is_for_all_or_per_kind_of_user():
    def read(text):
        return conf.from_environment({"IM_SESSION_POLICY": text})["IM_SESSION_POLICY"]

    assert read("newest_only") == dict.fromkeys(conf.KINDS_OF_USER, "newest_only")
    assert read("user:one_per_device_kind, agent:newest_only") == {
        **dict.fromkeys(conf.KINDS_OF_USER, "unlimited"),
        "user": "one_per_device_kind",
        "agent": "newest_only",
    }


def test_trusted_proxies_are_networks():
    found = conf.from_environment({"IM_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7,::1"})["IM_TRUSTED_PROXIES"]
    assert [str(network) for network in found] == ["10.0.0.0/8", "192.0.2.7/32", "::1/128"]


def test_a_mail_server_is_what_django_connects_to():
    def read(text):
        return conf.from_environment({"IM_EMAIL_URL": text})["IM_EMAIL_URL"]

    assert read("") is None
    plain = {"host": "127.0.0.1", "port": 25, "username": "", "password": "", "use_tls": False, "use_ssl": False}
    assert read("smtp://127.0.0.1") == plain
    assert read("smtp+starttls://me%40a.com:p%3Aw@mail.a.com") == {
        "host": "mail.a.com", "port": 587, "username": "me@a.com", "password": "p:w", "use_tls": True, "use_ssl": False
    }  # fmt: skip
    assert read("smtps://mail.a.com:1465") == plain | {"host": "mail.a.com", "port": 1465, "use_ssl": True}


def test_what_makes_a_key_makes_a_right_one():
    key = secrets.token_urlsafe(32)
    assert conf.from_environment({"IM_WEBPUSH_KEY": key})["IM_WEBPUSH_KEY"] == key
    key = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
    assert conf.from_environment({"IM_WEBHOOK_SECRET": key})["IM_WEBHOOK_SECRET"] == key


def test_reminders_go_to_the_log_where_one_tries_it_out_and_nobody_says_otherwise():
    for debug, given, expected in (("true", "", ["log"]), ("true", "none", []), ("false", "", [])):
        assert settings("IM_NOTIFIERS", DEBUG=debug, IM_NOTIFIERS=given) == [expected]
    assert settings("IM_NOTIFIERS", IM_NOTIFIERS="email, acme.Pager") == [["email", "acme.Pager"]]


def test_a_name_that_is_no_setting_is_refused():
    with pytest.raises(conf.BadSetting, match="IM_WINDWO is not a setting"):
        conf.from_environment({"IM_WINDWO": "8"})


# What is documented


def test_the_documented_table_is_the_codes():
    """`python -c 'from messages_store import conf; print(conf.as_markdown())'` prints it."""
    assert conf.as_markdown() in DOCUMENTATION


def test_every_other_variable_is_documented():
    read = set()
    for node in ast.walk(ast.parse((ROOT / "imsite" / "settings.py").read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("env.", "os.environ.")):
            read.add(node.args[0].value)
    assert {"SECRET_KEY", "DATABASE_URL", "LOG_LEVEL"} <= read
    assert {name for name in read if f"| `{name}` |" not in DOCUMENTATION} == set()
