"""Static files ahead of Django: of all that the page asks for when it opens, nearly everything is one."""

from collections.abc import Awaitable, Callable

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from whitenoise.middleware import WhiteNoiseMiddleware

from .security import SecurityMiddleware


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
            await self._serve(scope, send)
        else:
            await self.application(scope, receive, send)

    async def _serve(self, scope: dict, send: Callable) -> None:
        response = self._respond(ASGIRequest(scope, body_file=None))
        headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
        body = b"".join(response)  # at most the 1.4 MB of what shows the API
        if response.streaming and response.file_to_stream:
            response.file_to_stream.close()  # response.close() would tell everybody that a request of Django's ended
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _missing(request: HttpRequest) -> HttpResponse:
    return HttpResponseNotFound()
