"""What a reminder says, in English or Simplified Chinese. Numbers and names, never a body. Pure."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import Outgoing


@dataclass(frozen=True, slots=True)
class Words:
    """The parts of a reminder. `summary` is one line; `titles` are names that others chose: text, never markup."""

    language: str
    subject: str
    hello: str
    summary: str
    titles: str
    action: str
    why: str
    unsubscribe: str


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


UNSUBSCRIBING = {
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


def known(language: str) -> str:
    """Which of our languages is nearest."""
    return "zh-Hans" if language.lower().startswith("zh") else "en"


def unsubscribing(language: str) -> Unsubscribing:
    return UNSUBSCRIBING[known(language)]


def words(outgoing: "Outgoing") -> Words:
    language = known(outgoing.language)
    return (_chinese if language == "zh-Hans" else _english)(outgoing, language)


def _english(outgoing: "Outgoing", language: str) -> Words:
    def count(number: int, what: str) -> str:
        return f"{number} {what}" if number == 1 else f"{number} {what}s"

    notifications, urgent = sum(outgoing.notifications.values()), outgoing.notifications.get("urgent", 0)
    parts = []
    if outgoing.messages:
        parts.append(f"{count(outgoing.messages, 'message')} in {count(outgoing.conversations, 'conversation')}")
    if notifications:
        parts.append(count(notifications, "notification") + (f" ({urgent} urgent)" if urgent else ""))
    summary = " and ".join(parts) or "Nothing"
    subject = {"test": "A test: reminders reach you here", "digest": f"Today's summary: {summary} not read"}
    return Words(
        language=language,
        subject=subject.get(outgoing.kind, f"{summary} waiting for you"),
        hello=f"Hello {outgoing.name},",
        summary="This is a test." if outgoing.kind == "test" else f"{summary} waiting for you.",
        titles=", ".join(outgoing.titles),
        action="Open",
        why="You get this because you were not there when it came.",
        unsubscribe="No more reminders like this",
    )


def _chinese(outgoing: "Outgoing", language: str) -> Words:
    notifications, urgent = sum(outgoing.notifications.values()), outgoing.notifications.get("urgent", 0)
    parts = []
    if outgoing.messages:
        parts.append(f"{outgoing.conversations} 个会话中的 {outgoing.messages} 条消息")
    if notifications:
        parts.append(f"{notifications} 条通知" + (f"（{urgent} 条紧急）" if urgent else ""))
    summary = "和 ".join(parts) or "没有内容"
    subject = {"test": "测试：提醒可以送达您", "digest": f"今日摘要：{summary}未读"}
    return Words(
        language=language,
        subject=subject.get(outgoing.kind, f"您有 {summary}"),
        hello=f"{outgoing.name}，您好：",
        summary="这是一条测试提醒。" if outgoing.kind == "test" else f"您有 {summary}。",
        titles="、".join(outgoing.titles),
        action="打开",
        why="您收到此提醒，是因为消息到达时您不在线。",
        unsubscribe="不再接收此类提醒",
    )
