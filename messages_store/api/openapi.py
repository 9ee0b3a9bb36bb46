"""What the schema says of every route alike: who may call it, how it fails, what its headers tell."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse

from messages_store.errors import ChatError

ERRORS = {
    "400": "invalid: the parameters, or the body",
    "401": "unauthenticated",
    "403": "forbidden: a scope that the token lacks, or the CSRF token of a session",
    "404": "not_found: no such thing, or it is not yours",
    "406": "invalid: answers are JSON",
    "413": "too_large",
    "415": "invalid: bodies are JSON",
    "429": "rate_limited: again after Retry-After",
    "503": "busy: the store cannot be reached; again after Retry-After",
}
ALWAYS = {"401", "403", "406", "429", "503"}
TO_WAIT = {"429", "503"}


def _codes(error: type[ChatError]) -> set[str]:
    return {error.code}.union(*(_codes(kind) for kind in error.__subclasses__()))


ERROR = {"$ref": "#/components/schemas/Error"}
TEXT, SECONDS = {"type": "string"}, {"type": "integer", "description": "seconds"}
COMPONENTS = {
    "schemas": {
        "Error": {
            "type": "object",
            "required": ["code", "message"],
            "additionalProperties": False,
            "properties": {
                "code": {"type": "string", "enum": sorted(_codes(ChatError))},
                "message": {"type": "string", "description": "a sentence, in the language of Accept-Language"},
                "fields": {
                    "type": "object",
                    "additionalProperties": True,
                    "description": "by name of a field: what is wrong with it",
                },
            },
        }
    },
    "headers": {
        "RateLimit-Policy": {
            "description": 'how many calls in how many seconds, like `"user";q=1200;w=60`, '
            "as in draft-ietf-httpapi-ratelimit-headers; missing where there is no limit",
            "schema": TEXT,
        },
        "RateLimit": {
            "description": 'how many are left, and the seconds until there are all again, like `"user";r=1199;t=42`',
            "schema": TEXT,
        },
        "Retry-After": {"description": "when to come again", "schema": SECONDS},
    },
}


class Described(AutoSchema):
    """Adds to what a view says of itself what is the same for all of them."""

    def get_operation_id(self) -> str:
        """conversations_get: the view and the method."""
        return f"{type(self.view).__name__}_{self.method.lower()}"

    def get_extensions(self) -> dict:
        return {**super().get_extensions(), "x-scope": self._scope()}

    def _scope(self) -> str | None:
        """The one that a token needs; empty: none. None: the view does not say, and tokens with scopes are refused."""
        return getattr(self.view, "scopes", {}).get(self.method)

    def get_operation(self, *args):
        operation = super().get_operation(*args)
        if operation is None:
            return None
        if scope := self._scope():
            operation["description"] += f"\n\nTokens need the scope `{scope}`."
        for status in self._ways_to_fail(operation):
            operation["responses"].setdefault(status, error(status))
        for status, answer in operation["responses"].items():
            names = ["RateLimit-Policy", "RateLimit", *(["Retry-After"] if status in TO_WAIT else [])]
            answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
        return operation

    def _ways_to_fail(self, operation: dict) -> list[str]:
        statuses = set(ALWAYS)
        places = {parameter["in"] for parameter in operation.get("parameters", [])}
        if "query" in places:
            statuses.add("400")
        if "path" in places:
            statuses.add("404")
        if "requestBody" in operation:
            statuses |= {"400", "413", "415"}
        return sorted(statuses)


def error(status: str) -> dict:
    """The answer of this status as OpenAPI describes it."""
    return {"description": ERRORS[status], "content": {"application/json": {"schema": ERROR}}}


def fails(why: str) -> OpenApiResponse:
    """For a view's own ways to fail: `responses={409: fails("conflict: …")}`."""
    return OpenApiResponse(ERROR, why)


def add_components(result: dict, **_) -> dict:
    """What the operations refer to; the hook of drf-spectacular that comes last."""
    for kind, components in COMPONENTS.items():
        result["components"].setdefault(kind, {}).update(components)
    return result


class TokenScheme(OpenApiAuthenticationExtension):
    """How `authentication.TokenAuthentication` looks in the schema."""

    target_class = "messages_store.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema) -> dict:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token im_…`: the word, a space, a key. `manage.py token` and the admin make keys.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    """The cookie of who signed in on the page."""

    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"
    priority = 1  # before drf-spectacular's own

    def get_security_definition(self, auto_schema) -> dict:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "All but GET needs the header `X-CSRFToken` besides, with what the cookie `csrftoken` says.",
        }
