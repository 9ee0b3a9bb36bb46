"""Run as a script against a database: what the screenshots show. Prints {language: {"session", "conversations"}}."""

import json
import os
from itertools import count
from uuid import NAMESPACE_URL, uuid5

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402

from messages_store import notify  # noqa: E402
from messages_store.drafts import Draft  # noqa: E402
from messages_store.models import Notification, User  # noqa: E402
from messages_store.services import conversations, sending  # noqa: E402
from messages_store.working import work  # noqa: E402

NUMBERS = count()

SCENES = {
    "en": {
        "people": ("Alice Martin", "Bob Keller", "Charlie Novak", "Dora Lindqvist"),
        "bob": (
            ("bob", "Morning, Alice! The figures for Thursday are nearly done."),
            (
                "bob",
                "Two numbers from the warehouse are missing. I asked them again:\nhttps://warehouse.example.com/report?week=47",
            ),
            ("alice", "No hurry, the meeting moved to 14:00."),
            ("bob", "Then you'll have them before lunch. Speaking of which: pizza? 🍕"),
            ("alice", "Always. Ask the others, I'll be there at half past twelve."),
        ),
        "title": "Lunch",
        "lunch": (
            ("bob", "Pizza today? The new place at the corner has tables outside."),
            ("charlie", "I'm in. 12:30?"),
            ("alice", "12:30 is good 👍"),
            ("dora", "I have the support desk until one. Order me a margherita, please?"),
            ("charlie", "Will do. Large?"),
            ("dora", "Is there any other size?"),
            ("bob", "Table for four, booked under my name."),
        ),
        "dora": (("dora", "Could you look at ticket 4711 when you have a minute?"),),
        "notifications": (
            ("success", "Backup finished", "All 3 databases, 42 GB, in 11 minutes."),
            ("warning", "Certificate expires in 14 days", "chat.example.com"),
            ("urgent", "Deployment failed", "Node two did not become ready; the old version keeps running."),
        ),
    },
    "zh": {
        "people": ("李晓雯", "王建国", "陈志远", "林嘉怡"),
        "bob": (
            ("bob", "早！周四要用的数据快整理好了。"),
            ("bob", "仓库那边还差两个数字，我又催了一次：\nhttps://warehouse.example.com/report?week=47"),
            ("alice", "不急，会议改到下午两点了。"),
            ("bob", "那午饭前发给你。说到午饭，吃披萨吗？🍕"),
            ("alice", "好啊，问问其他人，我十二点半到。"),
        ),
        "title": "午饭小分队",
        "lunch": (
            ("bob", "今天吃披萨吗？街角新开的店有露天座位。"),
            ("charlie", "算我一个，十二点半？"),
            ("alice", "十二点半可以 👍"),
            ("dora", "我要在客服台值班到一点，帮我点个玛格丽特好吗？"),
            ("charlie", "没问题，要大份的？"),
            ("dora", "还有别的尺寸吗？"),
            ("bob", "订了四人桌，报我的名字就行。"),
        ),
        "dora": (("dora", "有空的时候看一下 4711 号工单？"),),
        "notifications": (
            ("success", "备份完成", "3 个数据库，共 42 GB，用时 11 分钟。"),
            ("warning", "证书将在 14 天后过期", "chat.example.com"),
            ("urgent", "部署失败", "二号节点未能就绪，旧版本继续运行。"),
        ),
    },
}
ROLES = ("alice", "bob", "charlie", "dora")


def make(language: str, scene: dict) -> dict:
    people = {
        role: User.objects.create(username=f"{role}-{language}", display_name=name)
        for role, name in zip(ROLES, scene["people"], strict=True)
    }
    alice = people["alice"]
    places = {
        role: conversations.open_direct(user_id=alice.pk, other_id=people[role].pk).pk for role in ("bob", "dora")
    }
    members = list(people.values())
    places["lunch"] = conversations.create_group(creator=alice, title=scene["title"], members=members).pk
    for place in ("lunch", "bob", "dora"):
        for role, body in scene[place]:
            say(people[role], places[place], body)
    for level, title, body in scene["notifications"]:
        with transaction.atomic():
            notify([alice], title=title, body=body, level=level)
    while Notification.objects.filter(finished_at=None).exists():
        work()
    client = Client()
    client.force_login(alice)
    return {"session": client.cookies[settings.SESSION_COOKIE_NAME].value, "conversations": places}


def say(sender: User, conversation: int, body: str) -> None:
    client_id = uuid5(NAMESPACE_URL, f"scene:{next(NUMBERS)}")
    sending.send([Draft(sender=sender.pk, client_id=client_id, body=body, conversation=conversation)])


if __name__ == "__main__":
    print(json.dumps({language: make(language, scene) for language, scene in SCENES.items()}))
