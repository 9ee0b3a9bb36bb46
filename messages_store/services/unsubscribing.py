"""One click turns a notifier off, or the digest: the link in what goes out says who and what, signed, and needs nobody
to sign in.
"""

from django.conf import settings
from django.core.signing import BadSignature, Signer

from messages_store.errors import NotFound
from messages_store.models import NotifierChoice, User
from messages_store.notifiers import DIGEST

from . import preferring

PATH = "/unsubscribe/"
signer = Signer(salt="messages_store.unsubscribe")


def address(*, user_id: int, notifier: str) -> str:
    """Where a click turns this notifier off for this user, or the digest alone. It holds for ever: old mail is read
    too."""
    return f"{settings.IM_PUBLIC_URL}{PATH}{signer.sign(f'{user_id}:{notifier}')}"


def read(*, token: str) -> tuple[User, str]:
    """Whom and which notifier such an address is about. NotFound where we did not sign it."""
    try:
        user_id, _, notifier = signer.unsign(token).partition(":")
    except BadSignature:
        raise NotFound from None
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound
    return user, notifier


def language(*, user: User) -> str:
    """What this user is reminded in."""
    return preferring.language(preferences=preferring.of(user_id=user.pk))


def choose(*, user_id: int, notifier: str, on: bool) -> None:
    """Turn a notifier on or off for a user, or the digest."""
    if notifier == DIGEST:
        preferring.choose_digest(user_id=user_id, on=on)
    else:
        NotifierChoice.objects.update_or_create(user_id=user_id, notifier=notifier, defaults={"on": on})
