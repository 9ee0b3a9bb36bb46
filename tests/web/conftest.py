"""Two real nodes on a database of their own, a real browser, and people who sit in front of it."""

import json
import os
import re
import secrets
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import sync_playwright
from psycopg import sql

from imsite.localservers import Node, free_port

from .mails import Mails
from .person import Person
from .programs import run as run_program
from .wire import Wire

ROOT = Path(__file__).resolve().parents[2]
FAILURES = ROOT / "var" / "failures"
PASSWORD = "correct horse"
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that failed, or did not come to its beginning, leaves what its people saw: a picture and a trace."""
    report = yield
    if report.when != "teardown" and report.failed:
        FAILURES.mkdir(parents=True, exist_ok=True)
        for number, person in enumerate(getattr(item, "people", []), 1):
            name = re.sub(r"\W+", "-", f"{item.name}-{number}-{person.name}")
            with suppress(BrowserError):  # a browser that died; the report is worth more
                if not person.page.is_closed():
                    person.page.screenshot(path=FAILURES / f"{name}.png")
                person.context.tracing.stop(path=FAILURES / f"{name}.zip")
            report.sections.append((f"console of {person.name}", "\n".join(person.console)))
    return report


@pytest.fixture(scope="package")
def mails():
    """Where the nodes' mails go."""
    with Mails() as mails:
        yield mails


@pytest.fixture(scope="package")
def environment(mails, tmp_path_factory):
    """What a node needs, with a new database on the given server."""
    url, name = urlsplit(os.environ["DATABASE_URL"]), f"imsite_web_{secrets.token_hex(4)}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield {
        "DATABASE_URL": urlunsplit(url._replace(path=f"/{name}")),
        "REDIS_URL": os.environ["REDIS_URL"],
        "LAYER_PREFIX": name,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "127.0.0.1",
        "ATTACHMENTS_DIR": str(tmp_path_factory.mktemp("attachments")),
        "IM_WEBPUSH_KEY": secrets.token_urlsafe(32),
        "IM_WEBPUSH_CONTACT": "mailto:admin@example.com",
        "IM_NOTIFIERS": "log",  # to be chosen; no worker runs here, and nobody is due
        "IM_REMIND_AFTER_SECONDS": "31536000",
        "IM_EMAIL_URL": mails.url,
        "IM_EMAIL_FROM": "chat@example.com",
        "IM_PUBLIC_URL": "https://chat.example.com",
        "IM_SIGN_UP": "true",
        "DEBUG": "false",
        "HTTPS": "false",
    }
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="package")
def run(environment):
    """run("migrate"): a program of ours on that database, or in an environment of its own; what it printed."""

    return lambda *command, into=environment: run_program(into, *command)


@pytest.fixture(scope="package")
def people(run, request):
    """Two people for each test, so that none sees what another one left, and everybody's session."""
    pairs = sum("pair" in test.fixturenames for test in request.session.items)
    run("manage.py", "migrate", "--verbosity=0")
    run("manage.py", "demo", "--password", PASSWORD)
    return json.loads(run("-m", "tests.web.make_people", str(pairs), PASSWORD))


@pytest.fixture(scope="package")
def both_nodes(environment, people, tmp_path_factory):
    logs = tmp_path_factory.mktemp("nodes")
    nodes = [Node(free_port(), environment | {"NODE_NAME": name}, logs / name) for name in ("one", "two")]
    for node in nodes:
        node.start()
    yield nodes
    for node in nodes:
        node.stop()


@pytest.fixture
def nodes(both_nodes):
    """Both running, whatever the last test did to them."""
    for node in both_nodes:
        node.start().thaw()
    for node in both_nodes:
        node.wait_ready()
    return both_nodes


def chromium() -> str:
    return os.environ.get("CHROMIUM_PATH") or "/usr/bin/chromium"


@pytest.fixture(scope="package")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def pair(people):
    """The names of two people of this test, and their conversation."""
    return people["pairs"].pop()


@pytest.fixture
def somebody(request, browser, people, nodes):
    """somebody("alice", at=url): a person at a browser of their own. `options` are the browser's."""
    sessions = people["sessions"]
    request.node.people = []

    def somebody(name, *, at, **options):
        options = {"viewport": {"width": 1100, "height": 700}, "locale": "en-GB"} | options
        context = browser.new_context(base_url=at, **options)
        context.tracing.start(snapshots=True)
        person = Person(name, context, sessions.get(name))
        request.node.people.append(person)
        return person

    yield somebody
    for person in request.node.people:
        person.context.close()
    failed = [line for person in request.node.people for line in person.exceptions + person.unguarded]
    assert not failed, failed


@pytest.fixture
def alice_at_home(browser, people, pair, wire, tmp_path):
    """As alice, in a browser that keeps its data on the disk.

    There Chromium writes into two stores of a database at once; in a context that is forgotten, one after the other.
    """
    options = {"executable_path": chromium(), "args": ARGUMENTS, "base_url": wire.url, "locale": "en-GB"}
    with browser.browser_type.launch_persistent_context(tmp_path / "profile", **options) as context:
        alice = Person(pair["alice"], context, people["sessions"][pair["alice"]])
        yield alice.come_in().open(pair["conversation"])
    assert not alice.exceptions, alice.exceptions


@pytest.fixture
def wire(nodes):
    """The way to the first node, which a test may cut."""
    with Wire(nodes[0].port) as wire:
        yield wire


@pytest.fixture
def another_tab(request):
    """another_tab(alice, 7): the same browser, one tab more, where the conversation is open, if one is named."""

    def another_tab(person: Person, conversation: int | None = None) -> Person:
        tab = Person(person.name, person.context, person.session)
        request.node.people.append(tab)
        tab.page.goto(person.page.url.split("#")[0])
        tab.sees_status("Connected")
        return tab.open(conversation) if conversation else tab

    return another_tab


@pytest.fixture
def alice(somebody, pair, wire):
    """Signed in on the first node, by a way that may be cut, with the conversation open."""
    return somebody(pair["alice"], at=wire.url).come_in().open(pair["conversation"])


@pytest.fixture
def bob(somebody, pair, nodes):
    """Signed in on the second node, with the list in view."""
    return somebody(pair["bob"], at=nodes[1].url).come_in()


@pytest.fixture(scope="package")
def token(run, people, tmp_path_factory) -> str:
    """Of somebody who may send notifications."""
    path = tmp_path_factory.mktemp("tokens") / "tokens.json"
    run("manage.py", "demo", f"--tokens={path}")
    return json.loads(path.read_text())["admin"]["token"]


@pytest.fixture
def notify(token, nodes):
    """notify("bob", title="Lunch"): to the first node, by REST; when it was answered."""

    def notify(*users: str, **fields) -> float:
        body = json.dumps({"users": users, "title": "Lunch"} | fields).encode()
        headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{nodes[0].url}/api/v1/notifications", body, headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310
            assert answer.status == 201
        return time.monotonic()

    return notify
