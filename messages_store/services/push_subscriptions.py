"""The browsers that show reminders."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now

from messages_store.errors import NotFound
from messages_store.models import PushSubscription, Token, User

from . import sign_ins

MOST = 20  # browsers of one user; the one that is not heard of for longest makes room


@transaction.atomic
def subscribe(
    *, user: User, endpoint: str, p256dh: str, auth: str, session_key: str = "", token: str = ""
) -> PushSubscription:
    """Remind this user in this browser, until this session or this token ends.

    Whoever used the browser before is not reminded there any more.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two at once would both count one too few
    sign_in = sign_ins.known(user_id=user.pk, session_key=session_key) if session_key else None
    values = {"user": user, "p256dh": p256dh, "auth": auth, "sign_in": sign_in, "token_id": token or None}
    subscription, _new = PushSubscription.objects.update_or_create(endpoint=endpoint, defaults=values)
    oldest = PushSubscription.objects.filter(user=user).exclude(pk=subscription.pk).order_by("-pk")[MOST - 1 :]
    PushSubscription.objects.filter(pk__in=[found.pk for found in oldest]).delete()
    subscription.refresh_from_db()
    subscription.is_good = True
    return subscription


def of(*, user_id: int) -> Sequence[PushSubscription]:
    """A user's, the newest first. Each has `is_good`: whether the user is still signed in there.

    Whose session ended by its age, or by a password from the admin, is kept for a while (see forgetting): who signs in
    there again subscribes again, and the browser has to find itself in the list for that.
    """
    mine = list(PushSubscription.objects.filter(user=user_id).select_related("user", "sign_in").order_by("-pk"))
    keys = {one.sign_in.session_key for one in mine if one.sign_in}
    sessions = sign_ins.good_keys(user=mine[0].user, session_keys=keys) if keys else set()
    tokens = set(Token.objects.good().filter(pk__in={one.token_id for one in mine}).values_list("pk", flat=True))
    for one in mine:
        by_session = not one.sign_in or one.sign_in.session_key in sessions
        one.is_good = by_session and (not one.token_id or one.token_id in tokens)
    return mine


def good_ones(*, user_id: int) -> Sequence[PushSubscription]:
    """Those whose user is still signed in there. Nobody is reminded by the others."""
    return [one for one in of(user_id=user_id) if one.is_good]


def unsubscribe(*, user_id: int, subscription_id: int) -> None:
    """Remind this user there no more."""
    if not PushSubscription.objects.filter(pk=subscription_id, user_id=user_id).delete()[0]:
        raise NotFound


def remove(*, subscription: PushSubscription) -> None:
    """The push service knows it no more. What the browser subscribed meanwhile is another one, and stays."""
    PushSubscription.objects.filter(pk=subscription.pk, p256dh=subscription.p256dh).delete()


def note(*, subscription: PushSubscription, ok: bool) -> None:
    """When the push service last took a reminder, or did not."""
    PushSubscription.objects.filter(pk=subscription.pk).update(**{"last_ok_at" if ok else "last_failed_at": Now()})
