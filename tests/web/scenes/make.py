"""Run as a script against a migrated database: lets a scene happen. `python -m tests.web.scenes.make en`.

Prints as JSON who is signed in by which session, and the ids of conversations and of a message by their names.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from chat.models import Connection, LastSeen, Node  # noqa: E402
from messages_store import notify  # noqa: E402
from messages_store.attachments import KIND  # noqa: E402
from messages_store.changes import Edit, Recall  # noqa: E402
from messages_store.drafts import Draft  # noqa: E402
from messages_store.models import Delivery, Inbox, Member, Message, Preferences, Reminder, User  # noqa: E402
from messages_store.services import (  # noqa: E402
    avatars,
    conversations,
    devices,
    editing,
    groups,
    inboxes,
    notifications,
    receipts,
    sending,
    sign_ins,
)
from tests.uploaded import uploaded  # noqa: E402

from . import pictures  # noqa: E402
from .agents import ADDRESSES, AGENTS  # noqa: E402
from .shapes import Person, Say, Scene, Talk  # noqa: E402
from .site import NODES, SCENES  # noqa: E402
from .stopped_clock import stop  # noqa: E402

VISITOR = "alice"
READ_IN_THAT_MINUTE = timedelta(seconds=55.2)
Happening = tuple[datetime, Callable[[], None]]


class Making:
    """One scene, as far as it has happened."""

    def __init__(self, scene: Scene):
        self.scene = scene
        self.clock = stop(self.scene.moment("-90 09:00"))
        self.users: dict[str, User] = {}
        self.places: dict[str, int] = {}  # conversations
        self.messages: dict[str, int] = {}  # those with a key

    def run(self) -> dict:
        for name in NODES:
            devices.know_node(name=name)
        for role, person in self.scene.people.items():
            self.users[role] = join(person)
        happenings = [happening for name, talk in self.scene.talks.items() for happening in self.talk(name, talk)]
        happenings += self.notices()
        for moment, happen in sorted(happenings, key=lambda happening: happening[0]):
            self.clock.move_to(moment)
            happen()
        self.clock.move_to(self.scene.moment(self.scene.now))
        self.remind()
        self.connect()
        return {"sessions": self.sign_in(), "places": self.places, "messages": self.messages}

    # What is said

    def talk(self, name: str, talk: Talk) -> Iterator[Happening]:
        yield self.scene.moment(talk.made or talk.said[0].at), lambda: self.begin(name, talk)
        for role, at in (talk.joined or {}).items():
            yield self.scene.moment(at), lambda role=role: self.add(name, talk, role)
        for place, said in enumerate(talk.said):
            at = self.scene.moment(said.at) + said.within_the_minute
            yield at, lambda said=said, place=place: self.say(name, said, place)
            yield from self.afterwards(name, said)

    def begin(self, name: str, talk: Talk) -> None:
        first, *others = (self.users[role].pk for role in talk.people)
        if talk.title:
            self.places[name] = groups.create(creator_id=first, title=talk.title, user_ids=others)[0]
        else:
            self.places[name] = conversations.open_direct(user_id=first, other_id=others[0]).pk
        self.acknowledge()
        members = Member.objects.filter(conversation=self.places[name])
        members.filter(user__in=[self.users[role] for role in talk.admins]).update(role=Member.Role.ADMIN)
        members.filter(user=self.users[VISITOR]).update(pinned=talk.pinned, muted=talk.muted)
        for role in talk.people if talk.title else ():
            receipts.read(user_id=self.users[role].pk, conversation_id=self.places[name], number=1)

    def add(self, name: str, talk: Talk, role: str) -> None:
        actor, user = self.users[talk.people[0]], self.users[role]
        groups.add(actor_id=actor.pk, conversation_id=self.places[name], user_ids=[user.pk])
        self.acknowledge()

    def say(self, name: str, said: Say, place: int) -> None:
        sender = self.users[said.who]
        files = [uploaded(sender, pictures.FILES[file](), called) for file, called in (said.files or {}).items()]
        data = {"attachments": [file.describe() for file in files]} if files else self.mentions(said.words)
        draft = Draft(
            sender=sender.pk,
            client_id=uuid5(NAMESPACE_URL, f"scene:{name}:{place}"),
            body=said.words,
            conversation=self.places[name],
            kind=KIND if files else "text",
            data=data,
            reply_to=self.messages.get(said.answers),
        )
        (outcome,) = sending.send([draft]).outcomes
        self.messages[said.key or f"{name}:{place}"] = outcome.message
        self.acknowledge()

    def mentions(self, words: str) -> dict | None:
        mentioned = [user.pk for user in self.users.values() if f"@{user.name}" in words]
        return {"mentions": mentioned} if mentioned else None

    def afterwards(self, name: str, said: Say) -> Iterator[Happening]:
        """Reading it, editing it, recalling it."""
        for reading in filter(None, said.read.split(", ")):
            role, at = reading.split(" ", 1)
            yield self.scene.moment(at) + READ_IN_THAT_MINUTE, lambda role=role: self.read(name, said, role)
        if said.edited:
            at, words = said.edited
            yield self.scene.moment(at), lambda: self.change(name, said, Edit, words)
        if said.recalled:
            yield self.scene.moment(said.recalled), lambda: self.change(name, said, Recall)

    def message_of(self, name: str, said: Say) -> int:
        return self.messages[said.key or f"{name}:{self.scene.talks[name].said.index(said)}"]

    def read(self, name: str, said: Say, role: str) -> None:
        number = Message.objects.get(pk=self.message_of(name, said)).number
        receipts.read(user_id=self.users[role].pk, conversation_id=self.places[name], number=number)

    def change(self, name: str, said: Say, kind: type, *words: str) -> None:
        editing.change([kind(self.users[said.who].pk, self.message_of(name, said), *words)])
        self.acknowledge()

    def acknowledge(self) -> None:
        """Whoever is connected gets what there is, half a second later."""
        now = datetime.now(UTC)
        self.clock.shift(0.5)
        for role, user in self.users.items():
            person = self.scene.people[role]
            if not person.until or now <= self.scene.moment(person.until):
                behind = Inbox.objects.filter(user=user).first()
                kind = person.here[-1] if person.here else "web"
                if behind and behind.last_seq > behind.acked_seq:
                    receipts.ack(user_id=user.pk, seq=behind.last_seq, device=(f"{user.username}-{kind}", kind))

    # What else there is

    def notices(self) -> Iterator[Happening]:
        for notice in self.scene.notices:
            yield self.scene.moment(notice.at), lambda notice=notice: self.notify(notice)

    def notify(self, notice) -> None:
        visitor = self.users[VISITOR]
        sent = notify([visitor], title=notice.title, body=notice.words, level=notice.level, url=notice.url)
        self.acknowledge()
        if notice.read:
            notifications.read(user_id=visitor.pk, ids=[sent.pk])

    def remind(self) -> None:
        """Who is away has had a mail."""
        for role, person in self.scene.people.items():
            box = Inbox.objects.get(user=self.users[role])
            if person.until and box.last_seq > box.acked_seq:
                self.reminder(box)

    def reminder(self, box: Inbox) -> None:
        first = Delivery.objects.filter(recipient=box.user_id, seq=box.acked_seq + 1).select_related("message").get()
        at = first.message.created_at + timedelta(seconds=settings.IM_REMIND_AFTER_SECONDS)
        Reminder.objects.create(
            user_id=box.user_id,
            notifier="email",
            spell=first.seq,
            from_seq=first.seq,
            up_to_seq=box.last_seq,
            outcome=Reminder.Outcome.SENT,
            attempts=1,
            due_at=at,
            next_at=at,
            attempted_at=at,
            ended_at=at,
            messages=box.last_seq - first.seq + 1,
            conversations=1,
        )

    def connect(self) -> None:
        """Two more nodes, and on them whoever is here. The first is the one that runs."""
        now, since = datetime.now(UTC), self.scene.moment("07:12")
        others = list(NODES.items())[1:]
        nodes = [
            Node.objects.create(name=name, address=address, version=settings.VERSION, started_at=since, beat_at=now,
                                counters={"stored_per_second": 3 + 2 * place})
            for place, (name, address) in enumerate(others)
        ]  # fmt: skip
        for role, person in self.scene.people.items():
            user = self.users[role]
            for kind in person.here:
                Connection.objects.create(
                    id=uuid5(NAMESPACE_URL, f"{user.username}:{kind}").hex,
                    node=nodes[user.pk % len(nodes)],
                    user=user,
                    device_id=f"{user.username}-{kind}",
                    device_kind=kind,
                    address=f"10.20.4.{20 + user.pk}",
                    opened_at=self.scene.moment("08:05"),
                    seen_at=now,
                    idle=person.away,
                    cursor=user.inbox.last_seq,
                    acked=user.inbox.last_seq,
                )
            if person.until:
                LastSeen.objects.create(user=user, at=self.scene.moment(person.until))

    def sign_in(self) -> dict[str, str]:
        """Sessions: of the visitor, who is signed in elsewhere too; of somebody new; of the admin."""
        visitor = self.users[VISITOR]
        visitor.email = f"{visitor.username}@example.com"
        visitor.save(update_fields=["email"])
        Preferences.objects.create(user=visitor, time_zone=self.scene.zone, quiet_from="20:00", quiet_until="07:00")
        new = join(Person("newcomer", self.scene.words["newcomer"]))
        admin = User.objects.create_superuser("admin", display_name=self.scene.words["admin"])
        inboxes.ensure([admin.pk])
        sessions = {"new": session_of(new), "admin": session_of(admin)}
        for place, address in ADDRESSES.items():
            self.clock.move_to(self.scene.moment("-1 19:47" if place == "elsewhere" else self.scene.now))
            sessions[place] = session_of(visitor)
            sign_ins.note(user_id=visitor.pk, session_key=sessions[place], address=address, agent=AGENTS[place])
        return sessions


def join(person: Person) -> User:
    """The account, with a face."""
    user = User.objects.create(username=person.username, display_name=person.name, kind=person.kind)
    user.set_password("correct horse")
    user.save()
    inboxes.ensure([user.pk])
    if person.face:
        avatars.choose(user=user, upload_id=uploaded(user, pictures.portrait(person.face)).pk)
    return user


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


if __name__ == "__main__":
    print(json.dumps(Making(SCENES[sys.argv[1]]).run()))
