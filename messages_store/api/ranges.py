"""Answers that are files: in pieces, a part of them where that was asked for, and never run by a browser."""

import re
from collections.abc import Iterator
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.http import HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.negotiation import BaseContentNegotiation

from messages_store import files

# Whoever opens the address itself gets a page that may do nothing and is nobody's.
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
FILE = {(status, "*/*"): OpenApiTypes.BINARY for status in (200, 206)} | {304: None, 416: None}


class Piecemeal(StreamingHttpResponse):
    """Read from the storage in other threads than the loop's, one piece after the other.

    Django itself would first read all of it where an iterator is not asynchronous.
    """

    async def __aiter__(self):
        pieces = iter(self.streaming_content)
        while (piece := await sync_to_async(next, thread_sensitive=False)(pieces, None)) is not None:
            yield piece


class JsonOrNot(BaseContentNegotiation):
    """A file is of its own type, whatever the caller would like; errors are JSON."""

    def select_parser(self, request, parsers):
        return parsers[0]

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


def file_view(*, tag: str, description: str):
    """Make a view of a function that gives an `answer`. `scopes` alone comes before it."""

    def decorate(function):
        view = extend_schema(tags=[tag], description=description, responses=FILE)(api_view(["GET"])(function))
        view.cls.content_negotiation_class = JsonOrNot
        return view

    return decorate


def answer(request, *, file: str, size: int, type: str, name: str | None, lasting: bool = False) -> HttpResponse:
    """A file of the storage. With a name it is to be saved under it; without, a browser may show it.

    `nosniff` is in all answers of the site.
    `lasting`: what is at this address never changes, and may be kept without asking again.
    """
    tag = f'"{file.rpartition("/")[2]}"'
    headers = {
        "Content-Security-Policy": POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, max-age=31536000, immutable" if lasting else "private, no-cache",
        "Content-Disposition": "inline" if name is None else disposition(name),
        "Accept-Ranges": "bytes",
        "ETag": tag,
    }
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers=headers)
    asked = request.headers.get("Range", "") if request.headers.get("If-Range", tag) == tag else ""
    part = wanted(asked, size)
    if part is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"}, content_type="text/plain")
    start, stop = part
    headers["Content-Length"] = str(stop - start)
    if stop - start < size:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    content: Iterator[bytes] = iter(()) if request.method == "HEAD" else files.Pieces(file, start, stop)
    status = 206 if "Content-Range" in headers else 200
    return Piecemeal(content, status=status, headers=headers, content_type=type)


def wanted(header: str, size: int) -> tuple[int, int] | None:
    """From which byte up to but without which: all of it where the header says nothing that we do. None: there is no
    such part."""
    found = re.fullmatch(r"bytes=(\d{0,15})-(\d{0,15})", header.strip())
    if not found or found.groups() == ("", ""):
        return 0, size
    first, last = found.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
    if first and last and int(last) < int(first):
        return 0, size  # no range at all, says RFC 9110
    return (start, stop) if start < stop else None


def disposition(name: str) -> str:
    """RFC 6266: for all letters, and once more for who reads ASCII alone."""
    plain = re.sub(r'[^\x20-\x7e]|["\\%]', "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
