"""Who our users are on WeChat, and the access token that all nodes share. The network is the notifier's."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from messages_store.models import User, WeChatAccount, WeChatToken


@transaction.atomic
def link(*, user: User, openid: str) -> None:
    """From now on this user is reminded there: who it was before is not, and whoever refused has agreed anew.

    The caller knows that the openid is this user's: WeChat said so, when the user signed in there.
    """
    WeChatAccount.objects.filter(openid=openid).exclude(user=user).delete()
    WeChatAccount.objects.update_or_create(
        user=user, defaults={"openid": openid, "linked_at": Now(), "refused_at": None}
    )


def openid(*, user_id: int) -> str | None:
    """Where this user may be reminded."""
    accounts = WeChatAccount.objects.filter(user_id=user_id, refused_at=None)
    return accounts.values_list("openid", flat=True).first()


def refuse(*, user_id: int, openid: str) -> None:
    """Send this user nothing more there, until the account is linked anew."""
    WeChatAccount.objects.filter(user_id=user_id, openid=openid, refused_at=None).update(refused_at=Now())


# The access token


@dataclass(frozen=True)
class Token:
    """`seconds` are left of it, by the database's clock."""

    text: str
    seconds: float


def token(*, app_id: str) -> Token:
    """The one that is known, whether still good or not; an empty one where there is none."""
    left = WeChatToken.objects.filter(pk=app_id, expires_at__isnull=False).annotate(now=Now())
    for text, expires_at, now in left.values_list("token", "expires_at", "now"):
        return Token(text, (expires_at - now).total_seconds())
    return Token("", 0)


def claim_token(*, app_id: str, seconds: float, known: str) -> bool:
    """Whether it is ours to renew, so long. Not if somebody is at it, or if it is another one than we know already."""
    WeChatToken.objects.get_or_create(app_id=app_id)
    free = WeChatToken.objects.filter(Q(claimed_until=None) | Q(claimed_until__lte=Now()), pk=app_id, token=known)
    return free.update(claimed_until=Now() + timedelta(seconds=seconds)) == 1


def release_token(*, app_id: str) -> None:
    """It could not be renewed: somebody else may try."""
    WeChatToken.objects.filter(pk=app_id).update(claimed_until=None)


def keep_token(*, app_id: str, text: str, seconds: float) -> None:
    """This is the one, for so long."""
    values = {"token": text, "expires_at": Now() + timedelta(seconds=seconds), "claimed_until": None}
    WeChatToken.objects.filter(pk=app_id).update(**values)
