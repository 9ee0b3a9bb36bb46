"""Notes which session was used and from where, for the list of where somebody is signed in."""

import time

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from messages_store.addresses import address_of
from messages_store.services import sign_ins

EVERY = 300  # seconds: a write per request would make every read a write
MOST = 10_000  # sessions that a process remembers to have noted

_noted: dict[str, float] = {}  # when, by the key of the session


@sync_and_async_middleware
def note_sign_ins(get_response):
    """Middleware, after the one that authenticates. It looks when all is done: then who signs in is signed in."""
    if not iscoroutinefunction(get_response):

        def answer(request: HttpRequest) -> HttpResponse:
            response = get_response(request)
            if _is_new(request, response):
                note(request)
            return response

        return answer

    async def answer_later(request: HttpRequest) -> HttpResponse:
        response = await get_response(request)
        if _is_new(request, response):
            await sync_to_async(note)(request)
        return response

    return answer_later


def _is_new(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether the request came by a session, which was not noted just now. Of one that failed Django keeps none."""
    session = getattr(request, "session", None)
    if response.status_code >= 500 or session is None or not session.accessed or not session.session_key:
        return False
    if SESSION_KEY not in session:
        return False
    return time.monotonic() - _noted.get(session.session_key, -EVERY) >= EVERY


def note(request: HttpRequest) -> None:
    """What cannot be written is left to the next request: this one has its answer already."""
    if not request.user.is_authenticated:
        return
    key, agent = request.session.session_key, request.headers.get("User-Agent", "")
    if not sign_ins.note(user_id=request.user.pk, session_key=key, address=address_of(request), agent=agent):
        return
    if len(_noted) >= MOST:
        _noted.clear()
    _noted[key] = time.monotonic()
