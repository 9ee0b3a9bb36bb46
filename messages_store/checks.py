"""What Django checks before a node, a worker or any other command starts."""

from django.core.checks import CheckMessage, Error

from messages_store import notifiers


def check_notifiers(**_) -> list[CheckMessage]:
    """Each notifier that is asked for can be made, and has the settings that it needs."""
    if wrong := broken():
        return [Error(wrong, id="messages_store.E001")]
    return [
        Error(f"The notifier {name}: {problem}", hint="docs/notifiers.md", id="messages_store.E002")
        for name, notifier in notifiers.load().items()
        for problem in notifier.problems()
    ]


def broken() -> str:
    """Why IM_NOTIFIERS cannot be made into notifiers; nothing where it can."""
    try:
        notifiers.load()
    except (ImportError, TypeError, notifiers.NoNotifier) as error:
        return f"IM_NOTIFIERS: {error}"
    return ""
