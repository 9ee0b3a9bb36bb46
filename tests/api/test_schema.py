"""The schema tells everything that there is, and its page needs nothing from elsewhere."""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, get_resolver

from messages_store.scopes import MEANINGS

from .schema import FILE, METHODS, operations, schema

NOT_DESCRIBED = {"schema/", "docs/"}


def routes(patterns=None, before="") -> dict[str, object]:
    """Every address under /api/v1/ with its view, as the schema writes addresses; not what answers to all others."""
    found = {}
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if not isinstance(pattern, URLPattern):
            found |= routes(pattern.url_patterns, before + str(pattern.pattern))
        elif (before + str(pattern.pattern)).startswith("api/v1/") and "(?P<path>" not in str(pattern.pattern):
            found[re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", before + str(pattern.pattern))[7:]] = pattern.callback
    return found


def test_it_is_made_without_a_warning(tmp_path):
    told = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(tmp_path / "schema.yaml"), stderr=told)
    assert "openapi: 3.1" in (tmp_path / "schema.yaml").read_text()


def test_it_describes_every_route():
    described = {path.removeprefix("/api/v1/") for path in schema()["paths"]}
    assert described == routes().keys() - NOT_DESCRIBED
    assert "conversations/{conversation_id}/messages" in described


def test_it_describes_every_method():
    for path, view in routes().items():
        if path not in NOT_DESCRIBED:
            allowed = set(view.cls.http_method_names) & set(METHODS)
            allowed &= {method for method in METHODS if hasattr(view.cls, method)}
            assert set(schema()["paths"][f"/api/v1/{path}"]) == allowed, path


@pytest.mark.parametrize("operation", operations().values(), ids=str)
class TestEveryOperation:
    def test_says_what_it_is_for(self, operation):
        assert operation.described["description"][0].isupper()
        assert len(operation.described["tags"]) == 1

    def test_names_the_scope_that_tokens_need(self, operation):
        scope = operation.described["x-scope"]
        assert scope == "" or scope in MEANINGS, "@scopes(…) is missing"
        assert not scope or f"`{scope}`" in operation.described["description"]

    def test_takes_sessions_and_tokens(self, operation):
        assert operation.described["security"] == [{"token": []}, {"session": []}]

    def test_says_how_it_answers_and_fails(self, operation):
        responses = operation.described["responses"]
        good = {status for status in responses if status < "300"}
        assert good
        kinds = {status: responses[status]["content"] for status in good - {"204"}}
        assert all("schema" in (kind.get("application/json") or kind[FILE]) for kind in kinds.values())
        assert {"401", "403", "406", "429", "503"} <= responses.keys()
        assert ("404" in responses) >= ("{" in operation.path)
        assert ({"400", "413", "415"} <= responses.keys()) >= ("requestBody" in operation.described)
        for status in responses.keys() - good - {"304", "416"}:
            (content,) = responses[status]["content"].values()
            assert content["schema"] == {"$ref": "#/components/schemas/Error"}


def test_anybody_may_read_it():
    answer = Client().get("/api/v1/schema/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/vnd.oai.openapi+json")
    assert answer.json()["paths"].keys() == schema()["paths"].keys()


def test_the_page_asks_for_nothing_from_elsewhere():
    page = Client().get("/api/v1/docs/")
    assert page.status_code == 200
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    addresses = re.findall(r'(?:src|href|data-schema)="([^"]+)"', page.text)
    assert len(addresses) == 5
    assert all(address.startswith("/") and not address.startswith("//") for address in addresses)
    assert "<style" not in page.text
    assert not re.search(r"<script(?![^>]* src=)", page.text)


@pytest.mark.django_db(transaction=True)
def test_what_the_page_asks_for_is_there():
    for address in re.findall(r'(?:src|href)="([^"]+)"', Client().get("/api/v1/docs/").text):
        file = Client().get(address)
        assert file.status_code == 200, address
        file.close()
