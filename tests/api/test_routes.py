"""Who gets what: every route of the schema as nobody, a stranger, a member, an admin, the owner of the group, staff.

A route that comes to be has no row here, and fails the first test.
"""

import re
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import pytest
from django.test import Client

from messages_store.models import Member, User
from messages_store.notices import Notice
from messages_store.scopes import MEANINGS
from messages_store.services import avatars, notifying, push_subscriptions, sending, tokens
from tests.conftest import make_user
from tests.uploaded import picture, uploaded, with_files

from .schema import Operation, operations

pytestmark = pytest.mark.django_db
WHO = ("nobody", "stranger", "member", "admin", "owner", "staff")
ABSENT = 2**40  # no id of anything


@dataclass(frozen=True)
class Row:
    """Statuses for WHO, in that order. In `query` and `body`, "{bob}" stands for an id of the world below."""

    statuses: str
    query: dict = field(default_factory=dict)
    body: dict | bytes | None = None


EVERYBODY = "401 200 200 200 200 200"
MEMBERS = "401 404 200 200 200 404"
BROWSER = {
    "endpoint": "https://push.example.com/send/abc",
    "keys": {  # of RFC 8291, appendix A
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}
ROWS = {
    "GET me": Row(EVERYBODY),
    "PUT me/avatar": Row("401 404 404 404 200 404", body={"upload": "{upload_id}"}),
    "DELETE me/avatar": Row(EVERYBODY),
    "GET avatars/{avatar}": Row(EVERYBODY),
    "POST uploads": Row("401 201 201 201 201 201", body={"name": "notes.txt", "size": 5}),
    "GET uploads/{upload_id}": Row("401 404 404 404 200 404"),
    "PATCH uploads/{upload_id}": Row("401 404 404 404 409 404", query={"offset": 0}, body=b"hello"),
    "DELETE uploads/{upload_id}": Row("401 404 404 404 204 404"),
    "GET attachments/{attachment_id}": Row(MEMBERS),
    "GET attachments/{attachment_id}/thumbnail": Row(MEMBERS),
    "GET users": Row(EVERYBODY, query={"q": "b"}),
    "GET presence": Row(EVERYBODY, query={"users": "{member}"}),
    "GET conversations": Row(EVERYBODY),
    "POST conversations": Row("401 201 201 201 201 201", body={"title": "Dinner", "members": ["{user_id}"]}),
    "GET conversations/{conversation_id}": Row(MEMBERS),
    "PATCH conversations/{conversation_id}": Row("401 404 403 200 200 404", body={"title": "Dinner"}),
    "GET conversations/{conversation_id}/members": Row(MEMBERS, query={"q": "b"}),
    "POST conversations/{conversation_id}/members": Row("401 404 403 201 201 404", body={"users": ["{stranger}"]}),
    "PATCH conversations/{conversation_id}/members/{user_id}": Row("401 404 403 403 200 404", body={"role": "admin"}),
    "DELETE conversations/{conversation_id}/members/{user_id}": Row("401 404 403 204 204 404"),
    "POST conversations/{conversation_id}/read": Row(MEMBERS, body={"number": 1}),
    "GET conversations/{conversation_id}/messages": Row(MEMBERS),
    "POST conversations/{conversation_id}/messages": Row(
        "401 404 201 201 201 404", body={"client_id": "5a6c5c4e-5e0c-4f10-9a36-4d5f0c1f8a11", "body": "me too"}
    ),
    "GET messages": Row(EVERYBODY, query={"q": "hello"}),
    "GET messages/{message_id}": Row(MEMBERS),
    "PATCH messages/{message_id}": Row("401 404 403 403 200 404", body={"body": "hello, all"}),
    "DELETE messages/{message_id}": Row("401 404 403 403 200 404"),
    "GET messages/{message_id}/trace": Row("401 404 404 404 200 200"),
    "POST notifications": Row("401 403 403 403 403 201", body={"users": ["{stranger}"], "title": "Backup done"}),
    "GET notifications/{notification_id}": Row("401 404 404 404 404 200"),
    "GET me/notifications": Row(EVERYBODY),
    "POST me/notifications/read": Row(EVERYBODY, body={"up_to": 1}),
    "GET me/preferences": Row(EVERYBODY),
    "PATCH me/preferences": Row(EVERYBODY, body={"time_zone": "Asia/Shanghai"}),
    "GET me/push-subscriptions": Row(EVERYBODY),
    "POST me/push-subscriptions": Row("401 201 201 201 201 201", body=BROWSER),
    "DELETE me/push-subscriptions/{subscription_id}": Row("401 404 404 404 204 404"),
    "GET inbox": Row(EVERYBODY),
    "POST inbox/ack": Row(EVERYBODY, body={"seq": 1}),
    "POST tickets": Row("401 201 201 201 201 201"),
}


@dataclass
class World:
    """A group of Alice, who owns it, Ada, an admin, Bob and Dora, with a message of Alice's. Charlie and staff are
    no part of it."""

    people: dict[str, User | None]
    ids: dict[str, int | str]  # by the names of parameters in paths

    def call(self, client: Client, operation: Operation, row: Row, **ids: int):
        values = {who: user.pk for who, user in self.people.items() if user} | self.ids | ids
        path, call = operation.path.format(**values), getattr(client, operation.method)
        if operation.method == "get":
            return call(path, self._fill(row.query, values))
        path = f"{path}?{urlencode(row.query)}" if row.query else path
        if isinstance(row.body, bytes):
            return call(path, row.body, "application/octet-stream")
        return call(path, self._fill(row.body, values), "application/json")

    def client(self, who: str) -> Client:
        client = Client()
        if self.people[who] is not None:
            client.force_login(self.people[who])
        return client

    def _fill(self, value, values: dict[str, int]):
        if isinstance(value, str) and value[:1] == "{" and value[1:-1] in values:
            return values[value[1:-1]]
        if isinstance(value, dict):
            return {key: self._fill(part, values) for key, part in value.items()}
        return [self._fill(part, values) for part in value] if isinstance(value, list) else value


@pytest.fixture
def world(alice, bob, charlie, dora, group, say):
    say(group, alice, "hello")
    staff = make_user("staff", is_staff=True, is_superuser=True)
    notified = notifying.notify(sender_id=staff.pk, notice=Notice(users=[bob.pk], title="Backup done"), key=None)
    ada = make_user("ada")
    Member.objects.create(conversation=group, user=ada, role=Member.Role.ADMIN)
    photo = uploaded(alice, picture())
    sending.send([with_files(alice, group, photo)])
    avatars.choose(user=ada, upload_id=uploaded(ada, picture()).pk)
    browser = push_subscriptions.subscribe(user=alice, endpoint="https://push.example.com/of/alice", **BROWSER["keys"])
    return World(
        people={"nobody": None, "stranger": charlie, "member": bob, "admin": ada, "owner": alice, "staff": staff},
        ids={
            "conversation_id": group.pk,
            "message_id": group.messages.get(body="hello").pk,
            "notification_id": notified.notification.pk,
            "user_id": dora.pk,
            "subscription_id": browser.pk,
            "attachment_id": photo.pk,
            "upload_id": uploaded(alice, picture()).pk,
            "avatar": ada.avatar,
        },
    )


def test_every_route_has_a_row():
    assert set(operations()) == set(ROWS), "say in ROWS what everybody gets of a new route"


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("place", range(len(WHO)), ids=WHO)
def test_who_gets_what(world, name, place):
    operation, row = operations()[name], ROWS[name]
    answer = world.call(world.client(WHO[place]), operation, row)
    assert answer.status_code == int(row.statuses.split()[place]), answer.content
    operation.check(answer)


TOLD = {"GET avatars/{avatar}"}  # to whoever knows the address, which nobody can guess


@pytest.mark.parametrize("name", [name for name in ROWS if "{" in name and name not in TOLD])
def test_a_stranger_cannot_tell_what_exists(world, name):
    """The same status and the same words for what is others' and for what is not there."""
    operation, row, stranger = operations()[name], ROWS[name], world.client("stranger")
    foreign = world.call(stranger, operation, row)
    assert foreign.status_code == 404
    for missing in re.findall(r"{(\w+)}", name):
        absent = world.call(stranger, operation, row, **{missing: ABSENT})
        assert (absent.status_code, absent.content) == (404, foreign.content)
        operation.check(absent)


@pytest.mark.parametrize("huge", [2**63, 10**30])
@pytest.mark.parametrize("name", [name for name in ROWS if "{" in name])
def test_an_id_beyond_every_database_is_none(world, name, huge):
    operation, row = operations()[name], ROWS[name]
    for parameter in re.findall(r"{(\w+)}", name):
        answer = world.call(world.client("owner"), operation, row, **{parameter: huge})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("huge", [2**63, 10**30, "9" * 5_000])
@pytest.mark.parametrize("name", [name for name in ROWS if name.startswith("GET")])
def test_a_number_beyond_every_database_is_invalid(world, name, huge):
    operation, row = operations()[name], ROWS[name]
    for parameter in operation.described.get("parameters", []):
        if parameter["in"] == "query" and parameter["schema"].get("type") == "integer":
            asked = replace(row, query=row.query | {parameter["name"]: huge})
            answer = world.call(world.client("owner"), operation, asked)
            assert (answer.status_code, list(answer.json()["fields"])) == (400, [parameter["name"]])


@pytest.mark.parametrize("name", ROWS)
def test_a_token_needs_the_scope_of_the_route(world, name):
    """Without it the answer is the same for everything, whether it is there or not."""
    operation, row = operations()[name], ROWS[name]
    scope = operation.described["x-scope"]
    without = world.call(limited(world, set(MEANINGS) - {scope}), operation, row)
    if scope:
        assert (without.status_code, without.json()["code"]) == (403, "forbidden")
        operation.check(without)
    owner = int(row.statuses.split()[WHO.index("owner")])
    answer = world.call(limited(world, {scope or "inbox:read"}), operation, row)
    assert answer.status_code == owner
    operation.check(answer)


@pytest.mark.parametrize("name", ["POST me/push-subscriptions", "DELETE me/push-subscriptions/{subscription_id}"])
def test_a_program_that_may_only_read_changes_no_browsers(world, name):
    answer = world.call(limited(world, set(MEANINGS) - {"preferences:write"}), operations()[name], ROWS[name])
    assert answer.status_code == 403


def limited(world, granted: set[str]) -> Client:
    """The owner's program, by a token with these scopes."""
    key = tokens.issue(user=world.people["owner"], scopes=granted)
    return Client(headers={"Authorization": f"Token {key}"})
