"""Which language somebody chose: for pages on every browser, and for mails."""

from messages_store.languages import known
from messages_store.models import Preferences, User


def chosen(*, user: User) -> str | None:
    """The one of LANGUAGES; None where nothing was chosen, or nothing that we speak."""
    return known(Preferences.objects.filter(pk=user.pk).values_list("language", flat=True).first() or "")


def choose(*, user: User, language: str) -> None:
    Preferences.objects.update_or_create(pk=user.pk, defaults={"language": language})
