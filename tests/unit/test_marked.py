"""What people are told is marked for translation, in templates, scripts and Python. marks.py says what that can see."""

from pathlib import Path

import pytest

from messages_store import errors

from . import marks

ROOT = Path(__file__).resolve().parents[2]
APPS = [ROOT / "chat", ROOT / "messages_store"]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PLAIN_TEMPLATES = sorted((ROOT / "templates").rglob("*.txt"))
# The client's library knows no page and says nothing to people; what is vendored is not ours.
SILENT = {"client", "vendor"}
SCRIPTS = sorted(
    path for app in APPS for path in (app / "static").rglob("*.js") if not SILENT & {*path.relative_to(app).parts}
)
PYTHON = sorted(path for app in APPS for path in app.rglob("*.py") if "migrations" not in path.parts)
ERRORS = {name for name, found in vars(errors).items() if isinstance(found, type)}
FOR_DEVELOPERS = {
    "templates/api/docs.html",  # the page of the API
    "messages_store/static/messages_store/docs.js",
    "chat/consumers.py",  # what is said on the socket is English; clients go by its code
}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def found_in(paths: list[Path], look) -> dict[str, list[str]]:
    found = {name(path): look(path.read_text()) for path in paths if name(path) not in FOR_DEVELOPERS}
    return {path: texts for path, texts in found.items() if texts}


def test_there_is_something_to_look_at():
    assert {"templates/chat/page.html", "chat/static/chat/page/timeline.js"} <= {
        name(path) for path in (*TEMPLATES, *SCRIPTS)
    }
    assert PLAIN_TEMPLATES
    assert PYTHON


def test_templates_say_nothing_that_is_not_marked():
    assert found_in(TEMPLATES, marks.in_template) | found_in(PLAIN_TEMPLATES, marks.in_plain_template) == {}


def test_scripts_say_nothing_that_is_not_marked():
    assert found_in(SCRIPTS, marks.in_script) == {}


def test_what_scripts_mark_can_be_read_from_the_source():
    scripts = [path for path in SCRIPTS if path.name != "i18n.js"]
    assert found_in(scripts, marks.in_calls) == {}


def test_python_says_nothing_that_is_not_marked():
    """Nor in the API, whose schema names its fields in English: only what it answers is for people."""
    api = [path for path in PYTHON if "api" in path.with_suffix("").parts]
    others = [path for path in PYTHON if path not in api]
    found = found_in(api, lambda source: marks.in_python(source, ERRORS, named=False))
    assert found | found_in(others, lambda source: marks.in_python(source, ERRORS)) == {}


# What the looking sees, and what it leaves alone


@pytest.mark.parametrize(
    "template",
    [
        "<p>Hello</p>",
        "<p>{% if x %}Hello{% endif %}</p>",
        '<p>{% translate "Hello" %} and more</p>',
        "<p>{{ count }} messages</p>",
        '<input placeholder="Search">',
        '<button aria-label="Send {{ x }}"></button>',
        '<input type="submit" value="Send">',
        "<template><p>{name} left.</p></template>",
        "<svg><title>Muted</title></svg>",
        "<p>你好</p>",
    ],
)
def test_words_in_a_template_are_seen(template):
    assert len(marks.in_template(template)) == 1


@pytest.mark.parametrize(
    "template",
    [
        '<p title="{% translate "Hello" %}" class="two words">{% translate "Hello" %} · {{ name }} ›</p>',
        "<p>{% blocktranslate %}Hello {{ name }}{% plural %}Hellos{% endblocktranslate %}</p>",
        "<!-- for developers -->{# and this #}{% comment %}and this{% endcomment %}<code>X-Header</code>",
        "<kbd>Enter</kbd>",
        '<input type="hidden" value="some words"><img alt="imsite"><p>5 s &amp; 3</p>',
    ],
)
def test_what_is_marked_or_not_read_in_a_template_is_left_alone(template):
    assert marks.in_template(template) == []


@pytest.mark.parametrize(
    "script",
    [
        'x.textContent = "hello"',
        "x.title = open ? 'close' : gettext('Open')",
        "x.placeholder += `${name} wrote`",
        'setText(element.querySelector(".who"), "somebody")',
        'x.setAttribute("aria-label", "Send")',
        'element.setAttribute("title", `about ${name}`)',
        'const NAMES = { read: "has been read" }',
        'return "Yesterday"',
        'draw("Not sent: try again")',
        "x.textContent = `${count} ${count === 1 ? 'message' : gettext('messages')}`",
        'x.textContent = wide\n  ? gettext("Hello")\n  : "hello"',
        'document.title = "Chat"',
    ],
)
def test_words_in_a_script_are_seen(script):
    assert marks.in_script(script)


@pytest.mark.parametrize(
    "script",
    [
        'x.textContent = gettext("hello"); x.title = ngettext("one message", "{count} messages", count)',
        'setText(element.querySelector("form.account button"), gettext("Hello you", { name: "x y" }))',
        'x.textContent = name\nconst kind = "text"',
        'if (event.key === "Enter" || "Escape" === key) throw new Error("This cannot be.") // It is "not shown" here',
        'const headers = { "Content-Type": "application/json" }; x.className = "unread"',
        'x.split(/["\']/); const two = /a b "c/.test(x); x.setAttribute("aria-current", "page")',
        'switch (kind) { case "Text": return types.includes("Files") }; const all = "input, [hidden] textarea"',
        'element.title = ""; element.textContent = `${a} · ${b}`; document.title = "imsite"',
    ],
)
def test_what_is_marked_or_not_shown_in_a_script_is_left_alone(script):
    assert marks.in_script(script) == []


def test_marks_around_what_is_no_plain_string_are_seen():
    assert marks.in_calls("gettext(name); x = gettext(`a ${b}`); pgettext(where, 'x')") == [
        "gettext(name",
        "gettext(`a ${b}`",
        "pgettext(where",
    ]
    assert marks.in_calls('gettext("a", { b }); ngettext("a", "b", count)') == []


def test_words_in_python_are_seen():
    source = """
raise Invalid("Say more.")
raise NotFound(f"no {name} here")
raise Invalid("Not %s here." % name)
self.message_user(request, "Done it.")
name = models.CharField("name", verbose_name="its name", help_text=_("marked"))
raise Invalid(_("Marked %s.") % name)
raise Invalid
log("not for people")
"""
    found = marks.in_python(source, ERRORS)
    assert found == ["'Say more.'", "f'no {name} here'", "'Not %s here.' % name", "'Done it.'", "'its name'"]
