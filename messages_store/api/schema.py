"""The schema of this API, and a page to try it. Neither needs to sign in, and neither needs the internet."""

from functools import cache

import msgspec
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny

# As strict as our pages: Swagger UI needs images as data besides, for its icons.
POLICY = "; ".join(
    [
        "default-src 'none'",
        *("script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'"),
        *("form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'"),
    ]
)


@extend_schema(exclude=True)
@api_view(["GET"])
@permission_classes([AllowAny])
def schema(request):
    """OpenAPI 3.1, as JSON."""
    return HttpResponse(_schema(), content_type="application/vnd.oai.openapi+json")


@cache
def _schema() -> bytes:
    """The same for everybody, and never another one while the process lives."""
    return msgspec.json.encode(SchemaGenerator().get_schema(request=None, public=True))


@extend_schema(exclude=True)
@api_view(["GET"])
@permission_classes([AllowAny])
def docs(request):
    """Swagger UI on the schema."""
    get_token(request._request)  # so that the page has the cookie whose value it sends along
    page = render(request._request, "api/docs.html")
    page.headers["Content-Security-Policy"] = POLICY
    return page
