"""What a notifier cannot do without."""

from django.conf import settings


def missing(*names: str) -> list[str]:
    """A sentence for each of these settings that is not given."""
    return [f"{name} is missing." for name in names if not getattr(settings, name)]
