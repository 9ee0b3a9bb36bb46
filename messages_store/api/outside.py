"""What fails before the API's views, or in them by a bug: in the API's words under its address, as pages elsewhere."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults

from messages_store.errors import ChatError, Internal, Invalid, NotFound

from .errors import describe


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A Host that is not ours, for example."""
    if not is_api(request):
        return defaults.bad_request(request, exception)
    return answer(Invalid(_("This request cannot be understood.")))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(NotFound()) if is_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return answer(Internal()) if is_api(request) else defaults.server_error(request)


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def answer(error: ChatError) -> HttpResponse:
    return JsonResponse(describe(error), status=error.status)
