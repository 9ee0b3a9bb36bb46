"""Static files ahead of Django: of all that the page asks for when it opens, nearly everything is one."""

import os
from collections.abc import Awaitable, Callable

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, StreamingHttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware

from .security import SecurityMiddleware

PIECE = 65_536  # bytes; the server waits after each until a slow reader has taken it


class StaticFiles:
    """An ASGI application: answers for the static files as the first two of Django's middleware would, by those two.

    Django's handler around them costs several times what they do: signals, and a journey to a thread and back.
    Everything else is for the application behind; with DEBUG the files too, which are looked for anew each time.
    """

    def __init__(self, application: Callable) -> None:
        self.application = application
        whitenoise = WhiteNoiseMiddleware(_missing)
        self._files = whitenoise.files
        self._respond = SecurityMiddleware(whitenoise)

    async def __call__(self, scope: dict, receive: Callable[[], Awaitable[dict]], send: Callable) -> None:
        if scope["path"] in self._files and not scope.get("root_path"):  # which changes what the path means
            try:
                response = self._respond(ASGIRequest(scope, body_file=None))
            except (SuspiciousOperation, UnicodeDecodeError):
                pass  # a foreign Host, a query that is no UTF-8: Django says so, as of any other request
            else:
                await _send(response, send)
                return
        await self.application(scope, receive, send)


async def _send(response: HttpResponse | StreamingHttpResponse, send: Callable) -> None:
    """A file in pieces, anything else at once."""
    file = response.file_to_stream if response.streaming else None
    try:
        if file and response.status_code == 200:  # as long as it is now: WhiteNoise knows how long it was at the start
            response["Content-Length"] = str(os.fstat(file.fileno()).st_size)
        headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        piece = file.read(PIECE) if file else b"".join(response)
        while file and len(piece) == PIECE:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = file.read(PIECE)
        await send({"type": "http.response.body", "body": piece})
    finally:
        if file:
            file.close()  # response.close() would tell everybody that a request of Django's ended


def _missing(request: HttpRequest) -> HttpResponse:
    return HttpResponseNotFound()
