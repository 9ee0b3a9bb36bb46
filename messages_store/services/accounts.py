"""What people do about their own account: making one, its name, its e-mail address, which has to be confirmed."""

from dataclasses import dataclass
from hashlib import blake2b

from django.core.signing import BadSignature, dumps, loads
from django.db import IntegrityError, transaction

from messages_store.errors import NameTaken, NotFound
from messages_store.models import User

from . import inboxes

SALT = "messages_store.address"
CONFIRMED_WITHIN = 86_400  # seconds


def sign_up(*, username: str, password: str, display_name: str = "") -> User:
    """A new person. The caller knows that the names and the password are allowed; NameTaken: others were quicker."""
    user = User(username=username, display_name=display_name)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            inboxes.ensure([user.pk])
    except IntegrityError:
        raise NameTaken from None
    return user


def rename(*, user: User, display_name: str) -> None:
    """What others see from now on; empty: the username."""
    user.display_name = display_name
    user.save(update_fields=["display_name"])


@dataclass(frozen=True, slots=True)
class Wish:
    """That somebody wants to be reached at this address. Good until it came true, or the password changed."""

    user: User
    address: str


def wish(*, user: User, address: str) -> str:
    """What is sent to a new address: whoever has it there, may confirm it."""
    return dumps([user.pk, address, _state(user)], salt=SALT)


def read_wish(*, token: str) -> Wish:
    """What such a token says. NotFound where we did not sign it, it is too old, or of no use any more."""
    try:
        user_id, address, state = loads(token, salt=SALT, max_age=CONFIRMED_WITHIN)
    except BadSignature:
        raise NotFound from None
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or _state(user) != state:
        raise NotFound
    return Wish(user, address)


def fulfil_wish(*, token: str) -> Wish:
    """Whoever has this token reads mail there: it is the user's address now."""
    found = read_wish(token=token)
    before = User.objects.filter(pk=found.user.pk, email=found.user.email, password=found.user.password)
    if not before.update(email=found.address):  # somebody else was quicker, or the password changed meanwhile
        raise NotFound
    return found


def forget_address(*, user: User) -> None:
    """No mail any more, also not for a new password."""
    user.email = ""
    user.save(update_fields=["email"])


def _state(user: User) -> str:
    return blake2b(f"{user.email}\0{user.password}".encode(), digest_size=9).hexdigest()
