"""The browsers that show reminders."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now

from messages_store.errors import NotFound
from messages_store.models import PushSubscription, User

MOST = 20  # browsers of one user; the one that is not heard of for longest makes room


@transaction.atomic
def subscribe(*, user: User, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """Remind this user in this browser. Whoever used the browser before is not reminded there any more."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two at once would both count one too few
    values = {"user": user, "p256dh": p256dh, "auth": auth}
    subscription, _new = PushSubscription.objects.update_or_create(endpoint=endpoint, defaults=values)
    oldest = PushSubscription.objects.filter(user=user).exclude(pk=subscription.pk).order_by("-pk")[MOST - 1 :]
    PushSubscription.objects.filter(pk__in=[found.pk for found in oldest]).delete()
    subscription.refresh_from_db()
    return subscription


def of(*, user_id: int) -> Sequence[PushSubscription]:
    """A user's, the newest first."""
    return list(PushSubscription.objects.filter(user_id=user_id).order_by("-pk"))


def any_of(*, user_id: int) -> bool:
    return PushSubscription.objects.filter(user_id=user_id).exists()


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
