"""Pages, their words and what the API answers, compressed on their way. Files are, once, by who collects them."""

from django.http import HttpRequest, HttpResponse
from django.middleware import gzip

TYPES = ("text/html", "text/javascript", "application/json")


class GZipMiddleware(gzip.GZipMiddleware):
    """Django's, for text of our own alone: pictures are compressed already, and a file may be asked for in parts.

    It hides the length, so that nobody guesses a secret from it (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        kind = response.headers.get("Content-Type", "").split(";")[0]
        if response.streaming or kind not in TYPES:
            return response
        return super().process_response(request, response)
