"""The page behind the link in a reminder: one click turns a notifier off, and back on; in a digest, that one alone.

Nobody has to sign in.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from messages_store.errors import NotFound
from messages_store.languages import ENGLISH, known
from messages_store.notifiers import DIGEST
from messages_store.services import unsubscribing


@csrf_exempt  # mail programs post too (RFC 8058), and the signature in the address says that we may
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET only asks: what looks through mails for bad links must not turn anything off."""
    try:
        user, notifier = unsubscribing.read(token=token)
    except NotFound:
        raise Http404 from None
    state = "asked"
    if request.method == "POST":
        on = "on" in request.POST
        unsubscribing.choose(user_id=user.pk, notifier=notifier, on=on)
        state = "on" if on else "off"
    said = {"state": state, "notifier": notifier, "digest": notifier == DIGEST}
    with translation.override(known(unsubscribing.language(user=user)) or ENGLISH):  # theirs, whosever browser it is
        return render(request, "chat/unsubscribe.html", said)
