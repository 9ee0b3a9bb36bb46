"""Finds words for people that are not marked for translation, by reading the sources. Pure.

It knows no types and follows no values: what is put together from variables, or comes from elsewhere, it does not see.
Tests that look at whole pages in Chinese see that (tests/store/test_admin_in_chinese.py).
"""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple

from django.template.base import Lexer, TokenType

WORD = re.compile(r"[^\W\d_]{2,}")
OURS = {"imsite", "Authorization", "Token", "ID"}  # names, which are the same in every language
SPOKEN_ATTRIBUTES = {"title", "placeholder", "aria-label", "aria-description", "aria-roledescription", "alt", "label"}
NOT_READ = {"script", "style", "code", "pre", "kbd"}  # keys are named as they are labelled


def words(text: str) -> bool:
    return any(word not in OURS for word in WORD.findall(re.sub(r"client_id|&\w+;", "", text)))


# Templates


def in_template(source: str) -> list[str]:
    """Texts and attributes of an HTML template that hold words outside of `translate` and `blocktranslate`."""
    finder = _Unmarked()
    finder.feed(_without_tags(source))
    finder.close()
    return finder.found


def in_english(page: str) -> set[str]:
    """Texts of a page that was made which hold words in Latin letters: none should be on one in Chinese."""
    finder = _Unmarked()
    finder.feed(page)
    finder.close()
    texts = {text.split("=", 1)[-1] if re.match(r"[\w-]+=", text) else text for text in finder.found}
    return {text for text in texts if {*re.findall(r"[A-Za-z]{2,}", text)} - OURS}


def in_plain_template(source: str) -> list[str]:
    """The same of a template that is no HTML, such as a mail's."""
    return [line.strip() for line in _without_tags(source).splitlines() if words(re.sub(r"\w+://\S*", "", line))]


def _without_tags(source: str) -> str:
    kept, skipping = [], ""
    for token in Lexer(source).tokenize():
        name = (token.contents.split() or [""])[0] if token.token_type is TokenType.BLOCK else ""
        if skipping:
            skipping = "" if name == f"end{skipping}" else skipping
        elif name in ("blocktranslate", "blocktrans", "comment", "verbatim"):
            skipping = name
        elif token.token_type is TokenType.TEXT:
            kept.append(token.contents)
    return "".join(kept)


class _Unmarked(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found: list[str] = []
        self.unread = 0

    def handle_starttag(self, tag, attributes):
        self.unread += tag in NOT_READ
        said = {
            name: value for name, value in attributes if name in SPOKEN_ATTRIBUTES or self.says(tag, name, attributes)
        }
        self.found += [f"{name}={value}" for name, value in said.items() if value and words(value)]

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.unread -= tag in NOT_READ

    def handle_endtag(self, tag):
        self.unread -= tag in NOT_READ

    def handle_data(self, data):
        if not self.unread and words(data):
            self.found.append(" ".join(data.split()))

    @staticmethod
    def says(tag: str, name: str, attributes) -> bool:
        """The value of an input that is a button stands on it."""
        return tag == "input" and name == "value" and dict(attributes).get("type") in ("submit", "button", "reset")


# Scripts

TOKEN = re.compile(
    r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
  | (?P<template>`(?:\\.|\$\{(?:[^{}]|\{[^{}]*\})*\}|[^`\\])*`)
  | (?P<regex>(?<=[(,=:\[!&|?{;])[ ]*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n\[])+/[a-z]*)
  | (?P<line>\n)
  | (?P<space>\s+)
  | (?P<name>[\w$\#]+)
  | (?P<sign>===|!==|=>|==|!=|\+=|&&|\|\||\?\?=?|.)
    """,
    re.VERBOSE | re.DOTALL,
)
PUT_IN = re.compile(r"\$\{((?:[^{}]|\{[^{}]*\})*)\}")
MARKS = {"gettext", "ngettext", "pgettext"}
SPOKEN_PROPERTIES = {"ariaLabel", "ariaDescription", "ariaRoleDescription", "placeholder", "alt"}
SHOWN = {"textContent", "innerText", "title", *SPOKEN_PROPERTIES}
SHOW = {"setText", "alert", "confirm", "prompt", "showNotification", "Notification"}  # they show what they are given
# What is given to these, and assigned to those, nobody reads.
UNREAD_CALLS = {"querySelector", "querySelectorAll", "closest", "matches", "matchMedia", "supports", "setAttribute"}
UNREAD_CALLS |= {"addEventListener", "createElement", "Event", "CustomEvent", "clone", "import", "includes"}
UNREAD_CALLS |= {"Error", "TypeError", "RangeError", "DOMException", "log", "warn", "error", "debug"}
UNREAD = {"className", "rel", "accept", "cssText"}
SENTENCE = re.compile(r"[^\W\d_]{2,}[,;:]? [^\W\d_]{2,}|^[A-Z][a-z]+[.!?…:]?$")
COMPARING = {"===", "!==", "==", "!=", "case"}
GOES_ON = {"=", "+=", "?", ":", "+", "&&", "||", "??", ".", ",", "(", "=>"}  # before or after a line's end


def in_script(source: str) -> list[str]:
    """Literals that a script shows, or that read like a sentence, and that no gettext() stands around."""
    return [text for text, shown in _unmarked(source, shown=False) if _speaks_there(text, shown)]


def in_calls(source: str) -> list[str]:
    """What a mark is called with that is no plain string: `make messages` cannot see what it says."""
    tokens = [NONE, *_tokens(source)]
    return [
        f"{name.text}({argument.text}"
        for before, name, sign, argument in zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False)
        if name.text in MARKS
        and sign.text == "("
        and before.text not in ("function", ".")
        and argument.kind != "string"
    ]


def _speaks_there(literal: str, shown: bool) -> bool:
    text = PUT_IN.sub(" · ", literal[1:-1])
    return words(text) and (shown or ("[" not in text and bool(SENTENCE.search(text.strip()))))  # [: a selector


class _Token(NamedTuple):
    kind: str
    text: str
    first: bool  # of its line


def _tokens(source: str) -> list[_Token]:
    """Without comments and spaces."""
    found, first = [], True
    for match in TOKEN.finditer(source):
        if match.lastgroup == "line":
            first = True
        elif match.lastgroup not in ("comment", "space"):
            found.append(_Token(match.lastgroup, match.group(), first))
            first = False
    return found


NONE = _Token("", "", False)


class _Reader:
    """Goes through a script: in the arguments of which call it is, and for which property the expression is."""

    def __init__(self):
        self.calls = [""]
        self.assigned, self.depth = "", 0

    def step(self, before: _Token, last: _Token, token: _Token) -> None:
        if token.first and token.text not in GOES_ON and last.text not in GOES_ON and len(self.calls) == self.depth:
            self.assigned = ""
        if token.kind != "sign":
            return
        if token.text in "([{":
            self.calls.append({"(": last.text, "[": self.calls[-1]}.get(token.text, ""))
        elif token.text in ")]}" and len(self.calls) > 1:
            self.calls.pop()
        if token.text == ";" or len(self.calls) < self.depth:
            self.assigned = ""
        if token.text in ("=", "+=") and before.text == ".":
            self.assigned, self.depth = last.text, len(self.calls)

    def shows(self, before: _Token) -> bool:
        spoken = self.calls[-1] == "setAttribute" and before.text.strip("\"'") in SPOKEN_ATTRIBUTES
        return self.assigned in SHOWN or self.calls[-1] in SHOW or spoken

    def hides(self) -> bool:
        return self.calls[-1] in UNREAD_CALLS or self.assigned in UNREAD


def _unmarked(source: str, *, shown: bool) -> Iterator[tuple[str, bool]]:
    """Each literal without a mark around it, and whether it is shown; also those that are put into a template."""
    tokens = [NONE, NONE, *_tokens(source), NONE]
    reader = _Reader()
    for before, last, token, following in zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False):
        reader.step(before, last, token)
        if token.kind not in ("string", "template") or reader.calls[-1] in MARKS:
            continue
        is_key = following.text == ":" and last.text in ("{", ",")
        if is_key or last.text in COMPARING or following.text in COMPARING:
            continue
        here = shown or reader.shows(before)
        if here or not reader.hides():
            yield token.text, here
        for inner in PUT_IN.findall(token.text) if token.kind == "template" else ():
            yield from _unmarked(inner, shown=here)


# Python

SAYS = {"description", "verbose_name", "verbose_name_plural", "help_text", "label"}


def in_python(source: str, errors: set[str], *, named: bool = True) -> list[str]:
    """Literals that are given to an error of the API (`errors`: their classes) or to message_user, and, if `named`,
    those that name a field, a column or an action."""
    given: list[ast.expr] = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in errors | {"ValidationError"}:
            given += node.args[:1]
        if name == "message_user":
            given += node.args[1:2]
        if named:
            given += [keyword.value for keyword in node.keywords if keyword.arg in SAYS]
    return [ast.unparse(one) for one in given if _speaks(one)]


def _speaks(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(_speaks(part) for part in node.values)
    if isinstance(node, ast.BinOp):
        return _speaks(node.left)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and words(node.value)
