"""Messages as CSV or JSON, streamed: any number of them in the memory of one chunk."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from itertools import count

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from messages_store.events import moment
from messages_store.models import Message

from .status import reach

CHUNK = 1_000
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")  # with these a spreadsheet takes a text for a formula

Writer = Callable[[Iterator[list[dict]]], Iterator[str]]


def rows(messages: QuerySet, *, bodies: bool, before_chunk: Callable[[list[int]], None]) -> Iterator[list[dict]]:
    """Chunk after chunk, oldest first. `before_chunk` gets the ids of each before any of it is handed over."""
    ordered = messages.order_by("pk").select_related("sender", "node", "handled__by")
    last = 0
    while chunk := list(ordered.filter(pk__gt=last)[:CHUNK]):
        last = chunk[-1].pk
        before_chunk([message.pk for message in chunk])
        reached = reach(chunk)
        yield [_row(message, reached[message.pk], bodies=bodies) for message in chunk]


def _row(message: Message, reached, *, bodies: bool) -> dict:
    handled = getattr(message, "handled", None)
    row = {
        "id": message.pk,
        "conversation": message.conversation_id,
        "number": message.number,
        "sender": message.sender_id,
        "sender_username": message.sender.username if message.sender else None,
        "kind": message.kind,
        "created_at": moment(message.created_at),
        "edited_at": moment(message.edited_at),
        "recalled_at": moment(message.recalled_at),
        "node": message.node.name if message.node else None,
        "recipients": reached.people,
        "unsent": reached.waiting,
        "handled_at": moment(handled.at) if handled else None,
        "handled_by": handled.by.username if handled else None,
    }
    return row | {"body": message.body, "data": message.data} if bodies else row


def as_csv(chunks: Iterator[list[dict]]) -> Iterator[str]:
    for place, chunk in zip(count(), chunks, strict=False):
        page = io.StringIO()
        writer = csv.writer(page)
        if place == 0:
            writer.writerow(chunk[0])
        writer.writerows([_cell(value) for value in row.values()] for row in chunk)
        yield page.getvalue()


def _cell(value):
    """A spreadsheet must take it for what it is. Numbers stay numbers; a text that looks like a formula does not."""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.lstrip(" ").startswith(DANGEROUS):
        return f"'{value}"
    return value


def as_json(chunks: Iterator[list[dict]]) -> Iterator[str]:
    yield "["
    separator = "\n"
    for chunk in chunks:
        yield separator + ",\n".join(json.dumps(row, ensure_ascii=False) for row in chunk)
        separator = ",\n"
    yield "\n]\n"


def response(request, parts: Iterator[str], *, kind: str, name: str) -> StreamingHttpResponse:
    """The download. Under ASGI Django would gather a plain iterator into a list first."""
    stream = _asynchronous(parts) if isinstance(request, ASGIRequest) else parts
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(stream, content_type=kind, headers=headers)


async def _asynchronous(parts: Iterable[str]) -> AsyncIterator[str]:
    iterator, end = iter(parts), object()
    while (part := await sync_to_async(next)(iterator, end)) is not end:  # in the request's own thread
        yield part
