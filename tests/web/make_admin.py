"""Run as a script against a database: what the admin shows of a busy site whose people and nodes have long names.

Prints {"session": of the admin, "conversation": id, "message": id} as JSON.
"""

import json
import os
import sys
from datetime import timedelta
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from chat.models import Connection, Node  # noqa: E402
from messages_store import models, notify  # noqa: E402
from messages_store.changes import Edit, Recall  # noqa: E402
from messages_store.drafts import Draft  # noqa: E402
from messages_store.models import Delivery, Message, User  # noqa: E402
from messages_store.services import conversations, editing, sending  # noqa: E402
from messages_store.working import work  # noqa: E402

from .make_people import session_of  # noqa: E402

NOW = timezone.now()
LATER = NOW + timedelta(days=365)  # what beats then has not lapsed, for as long as anybody looks
NODE = "imsite-node-7c9f8d6b5-x2k4q.chat.svc.cluster.local"
DEVICE = "2f1c9a34-77f5-4d6e-9f2b-0c1d2e3f4a5b"
ADDRESS = "2001:0db8:85a3:0000:0000:8a2e:0370:7334"
ERROR = "550 5.1.1 <maximiliane.von-hohenstein-sigmaringen@subsidiary.example.com>: Recipient address rejected"
NAMES = {
    "maximiliane.von-hohenstein-sigmaringen@subsidiary.example.com": "Maximiliane Freifrau von Hohenstein-Sigmaringen",
    "bartholomaeus_featherstonehaugh_cholmondeley_marjoribanks": "Bartholomäus Featherstonehaugh-Cholmondeley",
}
TITLE = "Quarterly planning of the warehouse in Hamburg-Wilhelmsburg, with everybody who has to do with it (2026)"
WORDS = (
    "The figures for Thursday are nearly done; two numbers from the warehouse are missing, and I asked them again.",
    "https://warehouse.example.com/reports/2026/week/47/stock-and-deliveries?section=wilhelmsburg&format=pdf",
    "早！周四要用的数据快整理好了，仓库那边还差两个数字，我又催了一次，应该中午之前能给你，不用着急。",
    "This was wrong.",
    "This was not for you.",
)


def main() -> None:
    call_command("demo", password="correct horse", stdout=sys.stderr)
    admin = User.objects.get(username="admin")
    people = [
        User.objects.create(username=name, display_name=shown, email=f"{name.partition('@')[0]}@example.com")
        for name, shown in NAMES.items()
    ]
    conversation, message = talk(people, admin)
    tell(people, admin)
    serve(people)
    for user in people:
        remind(user)
        keep(user, message)
    print(json.dumps({"session": session_of(admin), "conversation": conversation, "message": message}))


def talk(people: list[User], admin: User) -> tuple[int, int]:
    group = conversations.create_group(creator=people[0], title=TITLE, members=[*people, admin]).pk
    direct = conversations.open_direct(user_id=people[0].pk, other_id=people[1].pk).pk
    drafts = [
        Draft(sender=user.pk, client_id=uuid4(), body=body, conversation=place)
        for place in (direct, group)
        for user in people
        for body in WORDS
    ]
    *_, wrong, stray = messages = [accepted.message for accepted in sending.send(drafts).outcomes]
    sender = people[1].pk
    editing.change([Edit(sender=sender, message=wrong, body=WORDS[0]), Recall(sender=sender, message=stray)])
    said = Message.objects.get(pk=messages[-5])
    Message.objects.filter(pk=said.pk).update(reply_to=messages[-6], data={"order": {"number": 4711, "lines": [1, 2]}})
    name = models.NodeName.objects.create(name=NODE)
    Message.objects.update(node=name)
    models.Outage.objects.create(node=name, reason="layer", began_at=said.created_at, ended_at=LATER)
    device = models.Device.objects.create(user=people[0], device_id=DEVICE, kind="android")
    got = Delivery.objects.filter(recipient=people[0])
    got.update(status="sent", sent_at=NOW, sent_by=device, sent_on=name)
    return group, said.pk


def tell(people: list[User], admin: User) -> None:
    for level in ("info", "success", "warning", "urgent"):
        notify(people, title=f"{TITLE}: {level}"[:200], body=WORDS[0], level=level, sender=admin)
    while models.Notification.objects.filter(finished_at=None).exists():
        work()


def serve(people: list[User]) -> None:
    """Nodes and workers, and who is connected to them."""
    counters = {"stored_per_second": 12_345.6, "sends_waiting": 4_096, "receipts_waiting": 4_096, "openings_waiting": 9}
    fields = {"address": f"[{ADDRESS}]:8000", "version": "1.4.0.dev20261121+g0123abc", "started_at": NOW}
    node = Node.objects.create(name=NODE, beat_at=LATER, counters=counters, **fields)
    models.Worker.objects.create(name=NODE.replace("node", "worker"), beat_at=LATER)
    for user in people:
        for kind in ("android", "desktop"):
            about = {"device_id": DEVICE, "device_kind": kind, "address": ADDRESS, "opened_at": NOW, "seen_at": NOW}
            place = {"cursor": 1_234_567, "acked": 1_234_560, "ending": 4504 if kind == "desktop" else None}
            Connection.objects.create(id=uuid4().hex, user=user, node=node, **about, **place)


def remind(user: User) -> None:
    times = {"due_at": NOW, "next_at": NOW, "attempted_at": NOW, "attempts": 5}
    for number, (outcome, error) in enumerate({"waiting": "", "sent": "", "failed": ERROR}.items(), 1):
        ended = {"outcome": outcome, "error": error, "ended_at": None if outcome == "waiting" else NOW}
        spell = {"notifier": "company.notifiers.Pager", "spell": 1, "number": number, "from_seq": 1, "up_to_seq": 2}
        models.Reminder.objects.create(user=user, **spell, **times, **ended)
        day = (NOW - timedelta(days=number)).date()
        models.Digest.objects.create(user=user, day=day, until_at=NOW, **times, **ended)


def keep(user: User, message: int) -> None:
    """What else is kept of a person."""
    quiet = {"quiet_from": "22:00", "quiet_until": "7:00"}
    models.Preferences.objects.create(
        user=user, language="zh-hans", time_zone="America/Argentina/Buenos_Aires", **quiet
    )
    models.NotifierChoice.objects.create(user=user, notifier="company.notifiers.Pager", on=True)
    models.WeChatAccount.objects.create(user=user, openid=f"o6_bmjrPTlm6_2sgVt7hMZOPfL2M-{user.pk}")
    times = {"last_ok_at": NOW, "last_failed_at": NOW}
    endpoint = f"https://updates.push.services.mozilla.com/wpush/v2/{uuid4().hex * 5}"
    models.PushSubscription.objects.create(user=user, endpoint=endpoint, p256dh="B" * 87, auth="a" * 22, **times)
    models.Token.objects.create(
        digest=uuid4().hex * 2, prefix="im_0123abcd", user=user, name="The shop's own orders and returns, production",
        scopes=["notifications:send", "messages:read", "messages:write"], last_used_at=NOW, expires_at=LATER,
    )  # fmt: skip
    models.Attachment.objects.create(
        owner=user, message_id=message, name="Stock and deliveries of the warehouse in Wilhelmsburg, week 47.xlsx",
        type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", size=12_345_678, received=12_345_678,
        file_size=12_345_678, state="ready", created_at=NOW, sent_at=NOW,
    )  # fmt: skip
    models.Look.objects.create(by=user, what="transcript", subject=f"q={TITLE}", messages=[message], address=ADDRESS)


if __name__ == "__main__":
    main()
