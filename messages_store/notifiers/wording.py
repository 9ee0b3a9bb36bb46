"""What a reminder or a digest says, in its recipient's language. Numbers and names, never a body. Pure."""

from dataclasses import dataclass, replace

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from messages_store.languages import ENGLISH, known, tag

from .base import DIGEST, Item, Outgoing


@dataclass(frozen=True, slots=True)
class Words:
    """The parts of a reminder. `summary` is one line; `titles` are names that others chose: text, never markup; `lines`
    are what a digest lists. `language` as HTML and mail name it: zh-Hans."""

    language: str
    subject: str
    hello: str
    summary: str
    titles: str
    action: str
    why: str
    unsubscribe: str
    lines: tuple[str, ...] = ()


def words(outgoing: Outgoing) -> Words:
    language = known(outgoing.language) or ENGLISH
    with translation.override(language):
        said = _reminder(outgoing, tag(language))
        if outgoing.kind == "test":
            return replace(said, subject=_("A test: reminders reach you here"), summary=_("This is a test."))
        return _digest(outgoing, said) if outgoing.kind == DIGEST else said


def _reminder(outgoing: Outgoing, language: str) -> Words:
    summary = _summary(outgoing)
    return Words(
        language=language,
        subject=_("%(summary)s waiting for you") % {"summary": summary},
        hello=_("Hello %(name)s,") % {"name": outgoing.name},
        summary=_("%(summary)s waiting for you.") % {"summary": summary},
        titles=pgettext("between names", ", ").join(outgoing.titles),
        action=_("Open"),
        why=_("You get this because you were not there when it came."),
        unsubscribe=_("No more reminders like this"),
    )


def _digest(outgoing: Outgoing, said: Words) -> Words:
    summary = {"summary": _summary(outgoing)}
    return replace(
        said,
        subject=_("Not read yet: %(summary)s") % summary,
        summary=_("You have not read %(summary)s.") % summary,
        why=_("You get this because you chose the daily mail: at most one a day, of what has been unread for long."),
        unsubscribe=_("No more daily mails"),
        lines=_lines(outgoing),
    )


def _summary(outgoing: Outgoing) -> str:
    """3 messages in 2 conversations and 1 notification (1 urgent)"""
    urgent, parts = outgoing.notifications.get("urgent", 0), []
    if outgoing.messages:
        parts.append(_messages_in(outgoing.messages, outgoing.conversations))
    if notifications := sum(outgoing.notifications.values()):
        counted = ngettext("%(count)d notification", "%(count)d notifications", notifications)
        counted %= {"count": notifications}
        told = {"notifications": counted, "count": urgent}
        parts.append(_("%(notifications)s (%(count)d urgent)") % told if urgent else counted)
    if len(parts) == 2:
        return _("%(messages)s and %(notifications)s") % dict(zip(("messages", "notifications"), parts, strict=True))
    return parts[0] if parts else _("Nothing")


def _messages(count: int) -> str:
    return ngettext("%(count)d message", "%(count)d messages", count) % {"count": count}


def _messages_in(messages: int, conversations: int) -> str:
    text = ngettext("%(messages)s in %(count)d conversation", "%(messages)s in %(count)d conversations", conversations)
    return text % {"messages": _messages(messages), "count": conversations}


def _lines(outgoing: Outgoing) -> tuple[str, ...]:
    lines = [_line(item) for item in outgoing.items]
    conversations, notifications = _unlisted(outgoing)
    if conversations:
        more = ngettext("… and %(count)d more conversation", "… and %(count)d more conversations", conversations)
        lines.append(more % {"count": conversations})
    if notifications:
        more = ngettext("… and %(count)d more notification", "… and %(count)d more notifications", notifications)
        lines.append(more % {"count": notifications})
    return tuple(lines)


def _line(item: Item) -> str:
    parts = {"title": item.title or _("A conversation"), "messages": _messages(item.messages)}
    if item.level:
        return _("%(level)s: %(title)s") % {"level": _level(item.level), "title": item.title}
    return _("%(title)s: %(messages)s") % parts


def _level(level: str) -> str:
    levels = {
        "info": _("Info"),
        "success": _("Success"),
        "warning": _("Warning"),
        "error": _("Error"),
        "urgent": _("Urgent"),
    }
    return levels.get(level, level)


def _unlisted(outgoing: Outgoing) -> tuple[int, int]:
    """How many conversations and notifications it has no room for."""
    listed = sum(1 for item in outgoing.items if item.level)
    return (
        outgoing.conversations - (len(outgoing.items) - listed),
        sum(outgoing.notifications.values()) - listed,
    )
