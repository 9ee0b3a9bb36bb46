"""Our languages, whatever others call them."""

from django.utils.translation import get_supported_language_variant, to_locale

ENGLISH = "en"


def known(name: str) -> str | None:
    """Which one of LANGUAGES is meant by a name such as zh-CN or zh; None where we do not speak it."""
    try:
        return get_supported_language_variant(name.lower())
    except LookupError:
        return None


def tag(language: str) -> str:
    """One of LANGUAGES as mails name it: zh-hans is zh-Hans."""
    return to_locale(language).replace("_", "-")
