"""What a reminder or a digest says, in English or Simplified Chinese. Numbers and names, never a body. Pure."""

from dataclasses import dataclass, replace

from .base import DIGEST, Outgoing


@dataclass(frozen=True, slots=True)
class Words:
    """The parts of a reminder. `summary` is one line; `titles` are names that others chose: text, never markup; `lines`
    are what a digest lists."""

    language: str
    subject: str
    hello: str
    summary: str
    titles: str
    action: str
    why: str
    unsubscribe: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsubscribing:
    """What the page behind the link says that turns a notifier off."""

    language: str
    title: str
    question: str
    off: str
    on: str
    turn_off: str
    turn_on: str


OF_REMINDERS = {
    "en": Unsubscribing(
        language="en",
        title="Reminders",
        question="Do you want no more reminders of this kind?",
        off="You get no more reminders of this kind.",
        on="You get reminders of this kind again.",
        turn_off="No more reminders",
        turn_on="Remind me again",
    ),
    "zh-Hans": Unsubscribing(
        language="zh-Hans",
        title="提醒设置",
        question="您确定不再接收此类提醒吗？",
        off="您将不再收到此类提醒。",
        on="您将重新收到此类提醒。",
        turn_off="不再接收",
        turn_on="重新接收",
    ),
}


OF_DIGESTS = {
    "en": Unsubscribing(
        language="en",
        title="Daily mail",
        question="Do you want no more daily mails of what you have not read?",
        off="You get no more daily mails.",
        on="You get the daily mail again.",
        turn_off="No more daily mails",
        turn_on="Send me the daily mail again",
    ),
    "zh-Hans": Unsubscribing(
        language="zh-Hans",
        title="每日摘要",
        question="您确定不再接收未读内容的每日摘要吗？",
        off="您将不再收到每日摘要。",
        on="您将重新收到每日摘要。",
        turn_off="不再接收每日摘要",
        turn_on="重新接收每日摘要",
    ),
}
LEVELS = {
    "en": {"info": "Info", "success": "Success", "warning": "Warning", "error": "Error", "urgent": "Urgent"},
    "zh-Hans": {"info": "信息", "success": "成功", "warning": "警告", "error": "错误", "urgent": "紧急"},
}


def known(language: str) -> str:
    """Which of our languages is nearest."""
    return "zh-Hans" if language.lower().startswith("zh") else "en"


def unsubscribing(language: str, notifier: str) -> Unsubscribing:
    return (OF_DIGESTS if notifier == DIGEST else OF_REMINDERS)[known(language)]


def words(outgoing: Outgoing) -> Words:
    return (_chinese if known(outgoing.language) == "zh-Hans" else _english)(outgoing)


def _english(outgoing: Outgoing) -> Words:
    notifications, urgent = sum(outgoing.notifications.values()), outgoing.notifications.get("urgent", 0)
    parts = []
    if outgoing.messages:
        parts.append(f"{_count(outgoing.messages, 'message')} in {_count(outgoing.conversations, 'conversation')}")
    if notifications:
        parts.append(_count(notifications, "notification") + (f" ({urgent} urgent)" if urgent else ""))
    summary = " and ".join(parts) or "Nothing"
    said = Words(
        language="en",
        subject=f"{summary} waiting for you",
        hello=f"Hello {outgoing.name},",
        summary=f"{summary} waiting for you.",
        titles=", ".join(outgoing.titles),
        action="Open",
        why="You get this because you were not there when it came.",
        unsubscribe="No more reminders like this",
    )
    if outgoing.kind == "test":
        return replace(said, subject="A test: reminders reach you here", summary="This is a test.")
    if outgoing.kind == DIGEST:
        return replace(
            said,
            subject=f"Not read yet: {summary}",
            summary=f"You have not read {summary}.",
            why="You get this because you chose the daily mail: at most one a day, of what has been unread for long.",
            unsubscribe="No more daily mails",
            lines=_english_lines(outgoing),
        )
    return said


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _english_lines(outgoing: Outgoing) -> tuple[str, ...]:
    lines = [
        f"{LEVELS['en'].get(item.level, item.level)}: {item.title}"
        if item.level
        else f"{item.title or 'A conversation'}: {_count(item.messages, 'message')}"
        for item in outgoing.items
    ]
    conversations, notifications = _unlisted(outgoing)
    if conversations:
        lines.append(f"… and {conversations} more {'conversation' if conversations == 1 else 'conversations'}")
    if notifications:
        lines.append(f"… and {notifications} more {'notification' if notifications == 1 else 'notifications'}")
    return tuple(lines)


def _chinese(outgoing: Outgoing) -> Words:
    notifications, urgent = sum(outgoing.notifications.values()), outgoing.notifications.get("urgent", 0)
    parts = []
    if outgoing.messages:
        parts.append(f"{outgoing.conversations} 个会话中的 {outgoing.messages} 条消息")
    if notifications:
        parts.append(f"{notifications} 条通知" + (f"（{urgent} 条紧急）" if urgent else ""))
    summary = "和 ".join(parts) or "没有内容"
    said = Words(
        language="zh-Hans",
        subject=f"您有 {summary}",
        hello=f"{outgoing.name}，您好：",
        summary=f"您有 {summary}。",
        titles="、".join(outgoing.titles),
        action="打开",
        why="您收到此提醒，是因为消息到达时您不在线。",
        unsubscribe="不再接收此类提醒",
    )
    if outgoing.kind == "test":
        return replace(said, subject="测试：提醒可以送达您", summary="这是一条测试提醒。")
    if outgoing.kind == DIGEST:
        return replace(
            said,
            subject=f"未读：{summary}",
            summary=f"您尚未阅读 {summary}。",
            why="您收到此邮件，是因为您选择了每日摘要：每天最多一封，列出长时间未读的内容。",
            unsubscribe="不再接收每日摘要",
            lines=_chinese_lines(outgoing),
        )
    return said


def _chinese_lines(outgoing: Outgoing) -> tuple[str, ...]:
    lines = [
        f"{LEVELS['zh-Hans'].get(item.level, item.level)}：{item.title}"
        if item.level
        else f"{item.title or '会话'}：{item.messages} 条消息"
        for item in outgoing.items
    ]
    conversations, notifications = _unlisted(outgoing)
    lines += [f"…… 另有 {conversations} 个会话"] if conversations else []
    lines += [f"…… 另有 {notifications} 条通知"] if notifications else []
    return tuple(lines)


def _unlisted(outgoing: Outgoing) -> tuple[int, int]:
    """How many conversations and notifications it has no room for."""
    listed = sum(1 for item in outgoing.items if item.level)
    return (
        outgoing.conversations - (len(outgoing.items) - listed),
        sum(outgoing.notifications.values()) - listed,
    )
