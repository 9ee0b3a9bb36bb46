"""Errors as {code, message, fields?}, with the codes of the socket."""

import logging
from math import ceil

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from messages_store.errors import Busy, ChatError, Invalid, NotFound, RateLimited, TooLarge

from . import throttling

logger = logging.getLogger(__name__)

CODES = {
    status.HTTP_401_UNAUTHORIZED: "unauthenticated",
    status.HTTP_403_FORBIDDEN: "forbidden",
    status.HTTP_404_NOT_FOUND: "not_found",
    status.HTTP_409_CONFLICT: "conflict",
    status.HTTP_413_REQUEST_ENTITY_TOO_LARGE: "too_large",
    status.HTTP_429_TOO_MANY_REQUESTS: "rate_limited",
    status.HTTP_503_SERVICE_UNAVAILABLE: "busy",
}


def handle(error: Exception, context: dict) -> Response | None:
    """DRF's exception handler: the answer to what went wrong, or None for a bug."""
    error = _translate(_counted(error, context))
    if isinstance(error, ChatError):
        set_rollback()
        return Response(describe(error), status=error.status, headers=_headers(error.retry_after))
    if isinstance(error, exceptions.APIException):
        set_rollback()
        return Response(_describe(error), status=error.status_code, headers=_headers_of(error))
    return None


def describe(error: ChatError) -> dict:
    return {"code": error.code, "message": error.message}


def _counted(error: Exception, context: dict) -> Exception:
    """What failed before DRF asked the throttle counts too: wrong tokens, missing scopes."""
    try:
        throttling.count(context["request"], context["view"])
    except RateLimited as refusal:
        return refusal
    return error


def _translate(error: Exception) -> Exception:
    """What Django and the database raise, as one of ours or of DRF's."""
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, SuspiciousOperation):
        return Invalid()
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("the store did not answer: %s", error)
        return Busy(_("The server cannot answer this right now; try again."))
    return error


def _describe(error: exceptions.APIException) -> dict:
    body = {"code": CODES.get(error.status_code, "invalid"), "message": str(error.detail)}
    if isinstance(error, exceptions.ValidationError):
        body["message"] = _("This cannot be understood.")
        if isinstance(error.detail, dict):
            body["fields"] = error.detail
    return body


def _headers(retry_after: float | None) -> dict[str, str]:
    return {"Retry-After": str(ceil(retry_after))} if retry_after else {}


def _headers_of(error: exceptions.APIException) -> dict[str, str]:
    headers = _headers(getattr(error, "wait", None))
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    return headers
