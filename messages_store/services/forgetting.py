"""Forgetting of sessions that ended long ago, and of where they were: addresses and browsers of people."""

from django.conf import settings
from django.contrib.sessions.backends import db
from django.db import transaction
from django.db.models.functions import Now

from messages_store.models import PushSubscription, SignIn
from messages_store.sql import ago

from . import sessions

TOGETHER = 500  # rows that one step looks at


def forget_sessions() -> int:
    """The next sessions that are over, as `clearsessions` does; how many. Those in tables only."""
    if not issubclass(sessions.engine(), db.SessionStore):
        return 0
    over = sessions.engine().get_model_class().objects.filter(expire_date__lt=Now())
    return over.filter(pk__in=list(over.order_by("pk").values_list("pk", flat=True)[:TOGETHER])).delete()[0]


def forget_tokens() -> int:
    """Browsers that were to remind until a token ended, which has; how many."""
    over = PushSubscription.objects.filter(token__expires_at__lt=Now()).order_by("pk")
    return PushSubscription.objects.filter(pk__in=list(over.values_list("pk", flat=True)[:TOGETHER])).delete()[0]


@transaction.atomic
def forget_sign_ins(*, after: int) -> int | None:
    """The next of those not seen for as long as a session lasts, where there is no session any more.

    A browser's reminders go with them. Returns after which the next look goes on; None: no more.
    """
    unseen = SignIn.objects.filter(pk__gt=after, seen_at__lt=ago(settings.SESSION_COOKIE_AGE)).order_by("pk")
    rows = list(unseen.select_for_update(skip_locked=True).values_list("pk", "session_key")[:TOGETHER])
    there = sessions.load({key for _id, key in rows})
    SignIn.objects.filter(pk__in=[id for id, key in rows if key not in there]).delete()
    return rows[-1][0] if len(rows) == TOGETHER else None
