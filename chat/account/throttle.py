"""How often somebody may try: to sign in, to sign up, to have a password reset, to say the own password.

Counted before it is tried, in a minute of the clock, over all nodes: per address, and per account from wherever.
"""

from hashlib import sha256
from math import ceil

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import ngettext

from messages_store.addresses import address_of
from messages_store.counting import counter


def seconds_to_wait(request: HttpRequest, *, account: str = "") -> int:
    """Count one more try. 0: go on; else it is one too many, and one may try again after so long.

    `account`: which one it is about, by username or e-mail address, whether there is such a one or not.
    """
    counted = [(f"tries.address.{address_of(request)}", settings.IM_TRIES_PER_ADDRESS)]
    if account:
        name = sha256(account.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()
        counted.append((f"tries.account.{name}", settings.IM_TRIES_PER_ACCOUNT))
    waits = [_count(what, most) for what, most in counted if most]
    return max(waits, default=0)


def _count(what: str, most: int) -> int:
    tries, left = counter().count(what)
    return ceil(left) if tries > most else 0


def sentence(seconds: int) -> str:
    said = ngettext(
        "Too many tries: try again in %(count)s second.", "Too many tries: try again in %(count)s seconds.", seconds
    )
    return said % {"count": seconds}
