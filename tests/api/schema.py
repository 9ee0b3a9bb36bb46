"""The schema of the API as the tests use it."""

from dataclasses import dataclass
from functools import cache

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

FILE = "*/*"  # an answer that is a file, of whatever type
METHODS = ("get", "post", "put", "patch", "delete")


@cache
def schema() -> dict:
    return SchemaGenerator().get_schema(request=None, public=True)


@dataclass(frozen=True)
class Operation:
    """A method of a route. `described` is what the schema says of it."""

    method: str
    path: str
    described: dict

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path.removeprefix('/api/v1/')}"

    def check(self, answer) -> None:
        """An answer that the schema does not describe fails the test."""
        promised = self.described["responses"].get(str(answer.status_code))
        assert promised, (
            f"{self} does not say that it may answer {answer.status_code}: {getattr(answer, 'content', b'')[:500]!r}"
        )
        for kind, content in promised.get("content", {}).items():
            if kind == FILE:
                assert answer.streaming
                assert b"".join(answer)
                continue
            assert answer["Content-Type"].split(";")[0] == kind
            whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **content["schema"]}
            validator = Draft202012Validator(whole | {"components": schema()["components"]})
            wrong = [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(answer.json())]
            assert not wrong, f"{self} answers {answer.status_code} otherwise than it says: {wrong}"


@cache
def operations() -> dict[str, Operation]:
    """Every method of every route, by what it is called: "GET inbox"."""
    found = [
        Operation(method, path, described)
        for path, methods in schema()["paths"].items()
        for method, described in methods.items()
        if method in METHODS
    ]
    return {str(operation): operation for operation in found}
