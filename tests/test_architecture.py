"""The rules that keep this readable: who imports whom, what stays pure, and how large things get."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PATHS = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("imsite", "chat", "messages_store", "bench")
    for path in sorted((ROOT / package).rglob("*.py"))
    if "migrations" not in path.parts
}
CLIENT = ROOT / "clients" / "python"  # a package of its own, which others install without the rest
PATHS |= {
    ".".join(path.relative_to(CLIENT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((CLIENT / "imsite_client").rglob("*.py"))
}


def within(name: str, *packages: str) -> bool:
    """Whether a module is one of these or in one of them."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def modules(*packages: str) -> list[str]:
    return [name for name in PATHS if within(name, *packages)]


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(PATHS[module].read_text())


@cache
def imports(module: str) -> frozenset[str]:
    """Absolute names of what a module imports, anywhere in it; `from x import y` is both x and x.y.

    Not what is imported for the names of types alone.
    """
    found = set()
    for node in walk(tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = absolute(module, node)
            found |= {source} | {f"{source}.{alias.name}" for alias in node.names}
    return frozenset(found)


def walk(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
        for child in ast.iter_child_nodes(node):
            yield from walk(child)


def absolute(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module
    parts = module.split(".")
    up = node.level - (PATHS[module].name == "__init__.py")
    return ".".join([*parts[: len(parts) - up], *([node.module] if node.module else [])])


def importing(*names: str, among: list[str]) -> list[str]:
    """Sentences: who of these imports one of those."""
    return [f"{module} imports {name}" for module in among for name in sorted(imports(module)) if within(name, *names)]


def functions(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(module)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_the_modules_are_found():
    assert {
        "imsite.settings",
        "chat.cursor",
        "messages_store.models",
        "messages_store.services.sending",
    } <= PATHS.keys()
    assert "messages_store.services.rows" in imports("messages_store.services.sending")
    assert "messages_store.models.message" in imports("messages_store.models")
    assert "messages_store.models" not in imports("messages_store.events")  # a type's name


# Imports run one way


@pytest.mark.parametrize(
    ("package", "never"),
    [
        (
            "messages_store",
            ("chat", "imsite", "imsite_client", "bench", "tests", "channels", "channels_redis", "daphne", "redis"),
        ),
        ("chat", ("imsite", "imsite_client", "bench", "tests")),
        ("imsite", ("bench", "imsite_client")),
        ("imsite_client", ("imsite", "chat", "messages_store", "bench", "tests", "django")),
    ],
)
def test_packages_import_downwards(package, never):
    """imsite → chat → messages_store, and that one needs no socket."""
    assert importing(*never, among=modules(package)) == []


FACES = ("api", "admin", "management")
RANKS = {
    **dict.fromkeys(("changes", "conf", "drafts", "errors", "events", "notices", "publish", "ringing", "sql"), 0),
    **dict.fromkeys(("conf_kinds", "conf_reminding", "conf_values", "daily"), 0),
    **dict.fromkeys(("attachments", "conf_attachments", "files", "pictures", "sniffing"), 0),
    **dict.fromkeys(
        ("addresses", "counting", "group_rules", "languages", "quiet_hours", "scopes", "vapid", "words"), 0
    ),
    "models": 1,
    **dict.fromkeys(("services", "notifiers", "sessions"), 2),
    # apps is what starts: it is imported by nobody, and registers the checks.
    **dict.fromkeys((*FACES, "apps", "checks", "notify", "forgetting", "pruning", "reminders", "shift", "working"), 3),
}


def part(module: str) -> str:
    """messages_store.services.sending → services"""
    return module.split(".")[1]


def test_the_store_imports_downwards():
    """Faces → services → models → what knows no table."""
    wrong = [
        f"{module} imports {name}"
        for module in modules("messages_store")
        if module != "messages_store"
        for name in imports(module)
        if within(name, "messages_store") and name != "messages_store" and RANKS[part(name)] > RANKS[part(module)]
    ]
    assert wrong == []


def test_a_face_knows_no_other_face():
    wrong = []
    for face in FACES:
        others = [f"messages_store.{other}" for other in FACES if other != face]
        wrong += importing(*others, among=modules(f"messages_store.{face}"))
    assert wrong == []


# What each may know

NO_IO = {"asyncio", "os", "socket", "subprocess", "threading", "time"}
PURE = {
    "messages_store.attachments": ("django.utils.translation", "messages_store.errors"),
    "messages_store.conf": (
        "messages_store.conf_kinds",
        "messages_store.conf_reminding",
        "messages_store.conf_attachments",
        "messages_store.conf_values",
    ),
    "messages_store.conf_attachments": ("messages_store.conf_kinds",),
    "messages_store.conf_kinds": (),
    "messages_store.conf_reminding": ("messages_store.conf_kinds", "messages_store.conf_values"),
    "messages_store.conf_values": (),
    "messages_store.notifiers.base": ("django.utils.translation",),
    "messages_store.notifiers.wording": (
        "django.utils",
        "messages_store.languages",
        "messages_store.notifiers.base",
    ),
    "messages_store.languages": ("django.utils.translation",),
    "messages_store.errors": ("django.utils.translation",),
    "messages_store.events": ("msgspec",),
    "messages_store.drafts": (
        "msgspec",
        "django.conf",
        "django.utils.translation",
        "messages_store.attachments",
        "messages_store.errors",
    ),
    "messages_store.pictures": ("PIL",),
    "messages_store.sniffing": ("filetype",),
    "messages_store.notices": (
        "msgspec",
        "django.utils.translation",
        "messages_store.drafts",
        "messages_store.errors",
    ),
    "messages_store.changes": ("django.utils.translation", "messages_store.drafts", "messages_store.errors"),
    "messages_store.daily": (),
    "messages_store.group_rules": (),
    "messages_store.quiet_hours": (),
    "messages_store.words": (),
    "messages_store.publish": ("msgspec", "messages_store.events"),
    "messages_store.scopes": ("django.utils.translation",),
    "chat.account.agents": ("django.utils.translation",),
    "chat.cursor": ("messages_store.events",),
    "chat.close": (),
    "chat.pending": ("messages_store.changes", "messages_store.drafts"),
    "chat.parsing": ("msgspec", "messages_store.errors"),
    "chat.protocol": ("msgspec", "messages_store.errors", "messages_store.events", "chat.close", "chat.parsing"),
    "chat.schemas": ("msgspec", "chat.protocol"),
    "imsite_client.intake": ("imsite_client.records", "msgspec"),
    "imsite_client.frames": ("imsite_client.records", "msgspec"),
}


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_knows_only_other_pure_ones(module):
    packages = {".".join(module.split(".")[:-1])}  # `from . import x` names the package too
    known = (*(sys.stdlib_module_names - NO_IO), *PURE[module])
    assert [name for name in sorted(imports(module) - packages) if not within(name, *known)] == []


def test_what_is_live_knows_no_orm():
    """Consumers translate; only who is asked for in a handshake, and whether the store answers, is looked up here."""
    stored = ("chat.models", "chat.services", "chat.admin")
    asked = ("chat.authentication", "chat.database", "chat.health")
    live = [name for name in modules("chat") if not within(name, *stored, *asked)]
    assert importing("django.db", "messages_store.models", "messages_store.sql", among=live) == []


LAYER = {"group_send", "group_send_many", "group_add", "group_discard", "new_channel", "get_channel_layer"}
IN_TOUCH = ("messages_store.publish", "chat.bells", "chat.layers", "chat.ringer", "chat.runtime")


def test_few_touch_the_channel_layer():
    others = [name for name in modules("imsite", "chat", "messages_store") if name not in IN_TOUCH]
    assert importing("channels.layers", "channels_redis", among=others) == []
    assert using(LAYER, others) == []


def test_one_place_sends_into_it():
    others = [name for name in modules("imsite", "chat", "messages_store") if name != "messages_store.publish"]
    assert using({"group_send", "group_send_many"}, others) == []


def using(names: set[str], among: list[str]) -> list[str]:
    found = []
    for module in among:
        for node in ast.walk(tree(module)):
            used = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None
            if used in names:
                found.append(f"{module}:{node.lineno} uses {used}")
    return found


# Services

SERVICES = modules("messages_store.services", "chat.services")
TAKE_POSITIONS = {
    # One list of the same things, or the parts of a pair.
    "messages_store.services.sending.send",
    "messages_store.services.editing.change",
    "messages_store.services.conversations.open_directs",
    "messages_store.services.conversations.direct_key",
    "messages_store.services.tokens.find",
    "messages_store.services.tokens.digest",
    "messages_store.services.tokens.existing",
    "messages_store.services.tickets.redeem",
    "chat.services.proofs.proof",
    "chat.services.proofs.fingerprint",
}
# What services are made of
STATEMENTS = ("messages_store.services.rows", "messages_store.services.inboxes", "messages_store.services.sessions")
HELPERS = ("messages_store.services.demo",)


def test_services_take_keywords():
    wrong = []
    for module in SERVICES:
        if within(module, *STATEMENTS, *HELPERS):
            continue
        for node in tree(module).body:
            name = f"{module}.{node.name}" if isinstance(node, ast.FunctionDef) else ""
            if name and not node.name.startswith("_") and name not in TAKE_POSITIONS:
                positions = [*node.args.posonlyargs, *node.args.args, *filter(None, [node.args.vararg])]
                wrong += [f"{name} takes {argument.arg} by its position" for argument in positions]
    assert wrong == []


def test_services_are_synchronous():
    waiting = [
        f"{module}.{function.name}"
        for module in SERVICES
        for function in functions(module)
        if isinstance(function, ast.AsyncFunctionDef)
    ]
    assert waiting == []


def test_services_know_no_request():
    known = ("rest_framework", "channels", "asyncio", "django.http", "django.shortcuts", "django.views", "django.urls")
    assert importing(*known, among=SERVICES) == []


def test_services_ring_no_bells():
    """What rings comes after the commit, which only the caller knows."""
    assert importing("messages_store.publish", "messages_store.ringing", among=SERVICES) == []


# Models


def test_nothing_happens_by_signal():
    signals = ("django.dispatch", "django.db.models.signals", "django.contrib.auth.signals", "django.core.signals")
    assert importing(*signals, among=modules("imsite", "chat", "messages_store")) == []


def test_models_save_without_logic():
    overridden = [
        f"{module}: {function.name}"
        for module in modules("messages_store.models", "chat.models")
        for function in functions(module)
        if function.name in ("save", "delete", "full_clean", "clean")
    ]
    assert overridden == []


# Size

LINES_OF_A_FUNCTION = 40
LINES_OF_A_FILE = 300


def test_functions_are_short():
    long = [
        f"{module}.{function.name} has {lines} lines: look for the second idea inside"
        for module in PATHS
        for function in functions(module)
        if (lines := function.end_lineno - function.lineno + 1) > LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_files_are_short():
    long = [
        f"{module} has {lines} lines: look for the second idea inside"
        for module, path in PATHS.items()
        if (lines := len(path.read_text().splitlines())) > LINES_OF_A_FILE
    ]
    assert long == []
