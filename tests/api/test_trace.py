"""What became of a message, for its sender and for staff."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.serializers import ListSerializer, Serializer

from messages_store.api import trace_shapes
from messages_store.changes import Edit
from messages_store.events import moment
from messages_store.models import Delivery, Device, Inbox, Member, Message, NodeName, Outage, Reminder
from messages_store.notices import Notice
from messages_store.notifiers.log import LogNotifier
from messages_store.services import devices, editing, notifying, outages, receipts, reminding, spells, tokens
from tests.conftest import make_user
from tests.store.moved import later

pytestmark = pytest.mark.django_db
HUGE = 10**30


@pytest.fixture
def node(settings) -> NodeName:
    """This process is a node."""
    devices.know_node(name=settings.NODE_NAME)
    return NodeName.objects.get(name=settings.NODE_NAME)


@pytest.fixture
def message(node, group, alice, say) -> int:
    return say(group, alice, "Pizza?")[0].message


@pytest.fixture
def steps(get):
    """What the sender (or whoever is named) is told, by the recipient's name."""

    def ask(user, message: int, **parameters) -> dict:
        status, body = get(user, f"messages/{message}/trace", **parameters)
        assert status == 200, body
        return {step["recipient"]["name"]: step for step in body["results"]}

    return ask


def test_nothing_happened_yet(steps, get, alice, bob, message, node):
    _, body = get(alice, f"messages/{message}/trace")
    assert (body["message"], body["number"], body["sender"], body["node"]) == (message, 1, alice.pk, node.name)
    assert body["next"] is None
    assert "body" not in body
    step = steps(alice, message)["Bob"]
    assert step == {
        "recipient": {"id": bob.pk, "name": "Bob", "avatar": None},
        "seq": 1,
        "event": "message",
        "stored": {"at": body["created_at"], "node": node.name},
        "published": {"outcome": "rung", "outage": None},
        "sent": None,
        "read": None,
        "reminded": [],
    }


def test_the_senders_own_entry_is_born_sent_and_read(steps, alice, message):
    own = steps(alice, message)["Alice"]
    assert own["sent"] == {"at": own["stored"]["at"], "own": True, "device": None, "node": None}
    assert own["read"] == {"no_later_than": own["stored"]["at"]}


def test_sent_says_when_and_by_which_device_and_node(steps, alice, bob, dora, message, node):
    phone = devices.know(devices=[(bob.pk, "phone 1", "ios")])[bob.pk, "phone 1", "ios"]
    receipts.record(acks={bob.pk: 1}, reads={}, devices={bob.pk: phone})
    sent = steps(alice, message)["Bob"]["sent"]
    assert (sent["device"], sent["node"], sent["own"]) == ({"id": "phone 1", "kind": "ios"}, node.name, False)
    assert sent["at"] is not None
    assert steps(alice, message)["Dora"]["sent"] is None


def test_an_ack_without_a_device_is_sent_by_none(steps, alice, bob, message, node):
    receipts.ack(user_id=bob.pk, seq=1)
    sent = steps(alice, message)["Bob"]["sent"]
    assert (sent["device"], sent["node"]) == (None, node.name)


@pytest.fixture
def acknowledge(alice, bob, steps):
    """acknowledge(message, …): by POST inbox/ack, with these headers or else a session; what the trace says of it."""

    def acknowledge(message: int, **headers: str) -> dict:
        client = Client(headers=headers)
        if not headers:
            client.force_login(bob)
        answer = client.post("/api/v1/inbox/ack", {"seq": 1_000}, "application/json")
        assert answer.status_code == 200, answer.text
        return steps(alice, message)["Bob"]["sent"]

    return acknowledge


def test_an_ack_by_rest_is_by_the_token_and_the_node_that_answered(acknowledge, alice, bob, group, message, node, say):
    """The same token is the same device, whatever it acknowledges."""
    key = tokens.issue(user=bob, name="Invoices")
    sent = acknowledge(message, authorization=f"Token {key}")
    assert (sent["device"], sent["node"], sent["own"]) == ({"id": "Invoices", "kind": "bot"}, node.name, False)
    again = say(group, alice, "again")[0].message
    assert acknowledge(again, authorization=f"Token {key}")["device"] == sent["device"]
    assert Device.objects.get().user == bob


def test_a_token_without_a_name_does_not_tell_its_key(acknowledge, bob, message):
    sent = acknowledge(message, authorization=f"Token {tokens.issue(user=bob)}")
    assert sent["device"] == {"id": "", "kind": "bot"}


def test_an_ack_by_rest_in_a_session_is_by_that(acknowledge, message, node):
    sent = acknowledge(message)
    assert (sent["device"], sent["node"]) == ({"id": "session", "kind": "web"}, node.name)


def test_the_first_device_that_acknowledged_stays(steps, alice, bob, message):
    known = devices.know(devices=[(bob.pk, "one", "web"), (bob.pk, "two", "web")])
    for device in known.values():
        receipts.record(acks={bob.pk: 1}, reads={}, devices={bob.pk: device})
    assert steps(alice, message)["Bob"]["sent"]["device"]["id"] == "one"


def test_read_is_told_with_the_time_by_which_it_was(steps, alice, bob, group, message, say):
    later = say(group, alice, "Anybody?")[0].message
    receipts.read(user_id=bob.pk, conversation_id=group.pk, number=1)
    mark = Member.objects.get(user=bob, conversation=group)
    read = steps(alice, message)["Bob"]["read"]
    assert read == {"no_later_than": mark.read_at.isoformat().replace("+00:00", "Z")}
    assert abs(timezone.now() - mark.read_at) < timedelta(minutes=1)
    assert steps(alice, later)["Bob"]["read"] is None
    assert steps(alice, message)["Dora"]["read"] is None


def test_a_message_that_no_node_stored_was_rung_by_nobody_known(steps, alice, direct, say):
    message = say(direct, alice, "hello")[0].message
    step = steps(alice, message)["Bob"]
    assert (step["stored"]["node"], step["published"]["outcome"]) == (None, "unknown")


def outage(node: NodeName, message: int, began: float, ended: float, reason: str = "layer") -> None:
    at = Message.objects.get(pk=message).created_at
    Outage.objects.create(
        node=node, reason=reason, began_at=at + timedelta(seconds=began), ended_at=at + timedelta(seconds=ended)
    )


@pytest.mark.parametrize(
    ("began", "ended", "outcome"),
    [(-5, 5, "in_doubt"), (1, 5, "in_doubt"), (-5, -1, "rung"), (5, 9, "rung"), (-5, 0, "in_doubt")],
)
def test_an_outage_of_the_layer_makes_what_was_rung_then_doubtful(steps, alice, message, node, began, ended, outcome):
    outage(node, message, began, ended)
    assert steps(alice, message)["Bob"]["published"]["outcome"] == outcome


def test_doubt_says_why_and_where(steps, alice, message, node):
    outage(node, message, -5, 5, reason="died")
    found = steps(alice, message)["Bob"]["published"]["outage"]
    assert (found["node"], found["reason"]) == (node.name, "died")
    assert found["began_at"] < found["ended_at"]


def test_another_nodes_outage_is_of_no_concern(steps, alice, message):
    devices.know_node(name="elsewhere")
    outage(NodeName.objects.get(name="elsewhere"), message, -5, 5)
    assert steps(alice, message)["Bob"]["published"]["outcome"] == "rung"


def test_an_outage_grows_with_each_note(node):
    first = outages.note(outage_id=None, node=node.name, began=10, ended=5)
    assert outages.note(outage_id=first, node=node.name, began=14, ended=0) == first
    found = Outage.objects.get()
    assert timedelta(seconds=9.5) < found.ended_at - found.began_at < timedelta(seconds=15)


def test_an_edit_is_a_step_of_its_own(steps, get, alice, bob, message):
    editing.change([Edit(alice.pk, message, "better")])
    _, body = get(alice, f"messages/{message}/trace")
    (edit,) = [step for step in body["results"] if step["event"] == "edited" and step["recipient"]["id"] == bob.pk]
    assert (edit["recipient"]["id"], edit["seq"], edit["event"]) == (bob.pk, 2, "edited")
    assert edit["stored"] == {"at": body["edited_at"], "node": None}
    assert edit["read"] is None


def test_each_of_several_edits_says_when_it_was_stored(get, alice, message):
    """Not when the last one was: it would have been sent before it was stored."""
    times = [editing.change([Edit(alice.pk, message, body)]).outcomes[0].edited_at for body in ("better", "best")]
    results = get(alice, f"messages/{message}/trace")[1]["results"]
    assert [step["stored"]["at"] for step in results[3:]] == [times[0]] * 3 + [times[1]] * 3


def test_the_senders_own_entry_of_an_edit_is_born_sent_too(get, alice, message):
    editing.change([Edit(alice.pk, message, "better")])
    results = get(alice, f"messages/{message}/trace")[1]["results"]
    born_sent = [(step["event"], step["recipient"]["name"]) for step in results if step["sent"]]
    assert born_sent == [("message", "Alice"), ("edited", "Alice")]
    assert all(step["sent"]["own"] for step in results if step["sent"])


def test_a_notification_to_its_sender_is_sent_by_an_ack_like_others(steps, alice, bob):
    message = notifying.notify(sender_id=alice.pk, notice=Notice(title="Lunch", users=[alice.pk])).notification.pk
    assert steps(alice, message)["Alice"]["sent"] is None
    receipts.ack(user_id=alice.pk, seq=1)
    assert steps(alice, message)["Alice"]["sent"]["own"] is False


def test_a_notification_has_no_marks(steps, alice, bob, node):
    message = Message.objects.create(sender=alice, kind="notification", body="Lunch", created_at=timezone.now())
    Inbox.objects.filter(user=bob).update(last_seq=1)
    Delivery.objects.create(recipient=bob, seq=1, message=message)
    assert steps(alice, message.pk)["Bob"]["read"] is None


def test_pages_join_to_the_whole(get, alice, message):
    whole = get(alice, f"messages/{message}/trace")[1]["results"]
    parts, cursor = [], 0
    while cursor is not None:
        page = get(alice, f"messages/{message}/trace", cursor=cursor, limit=2)[1]
        assert len(page["results"]) <= 2
        parts += page["results"]
        cursor = page["next"]
    assert parts == whole
    assert len(whole) == 3


def test_it_is_for_the_sender_and_for_staff(get, alice, bob, charlie, message):
    everyone = {user: get(user, f"messages/{message}/trace") for user in (bob, charlie)}
    nowhere = {user: get(user, f"messages/{message + 1_000}/trace") for user in (bob, charlie)}
    for user, (status, body) in everyone.items():
        assert (status, body["code"]) == (404, "not_found")
        assert (status, body) == nowhere[user]
    staff = make_user("staff", is_staff=True)
    assert get(staff, f"messages/{message}/trace") == get(alice, f"messages/{message}/trace")


@pytest.mark.parametrize("id", [0, 2**63 - 1, 2**63, HUGE])
def test_ids_beyond_every_database_are_nobodys(get, alice, id):
    assert get(alice, f"messages/{id}/trace")[0] == 404


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1_001}, {"cursor": -1}, {"cursor": "x"}, {"cursor": HUGE}])
def test_a_page_that_cannot_be_is_invalid(get, alice, message, query):
    assert get(alice, f"messages/{message}/trace", **query)[0] == 400


def test_it_costs_the_same_for_any_number_of_recipients(queries_of, alice, group, message, say):
    few = queries_of(alice, f"messages/{message}/trace")
    Member.objects.bulk_create([Member(conversation=group, user=make_user(f"p{n}")) for n in range(30)])
    crowd = say(group, alice, "to all")[0].message
    assert queries_of(alice, f"messages/{crowd}/trace") == few <= 5


def test_it_looks_as_it_is_described(get, alice, bob, message, node):
    """The shapes are what the description of the API is made of."""
    outage(node, message, -5, 5)
    phone = devices.know(devices=[(bob.pk, "phone 1", "ios")])[bob.pk, "phone 1", "ios"]
    receipts.record(
        acks={bob.pk: 1}, reads={(bob.pk, Message.objects.get().conversation_id): 1}, devices={bob.pk: phone}
    )
    body = get(alice, f"messages/{message}/trace")[1]
    shape = trace_shapes.Trace(data=body)
    assert shape.is_valid(), shape.errors
    assert same_names(shape, body)


def same_names(shape, found) -> bool:
    if isinstance(shape, ListSerializer):
        return all(same_names(shape.child, one) for one in found)
    if found is None or not isinstance(shape, Serializer):
        return True
    return shape.fields.keys() == found.keys() and all(
        same_names(field, found[name]) for name, field in shape.fields.items()
    )


def test_what_a_worker_delivered_later_says_when_and_was_rung_by_it(steps, alice, bob, node):
    at = timezone.now()
    message = Message.objects.create(sender=alice, kind="notification", body="Lunch", created_at=at, node=node)
    Inbox.objects.filter(user=bob).update(last_seq=1)
    later = at + timedelta(minutes=1)
    Delivery.objects.create(recipient=bob, seq=1, message=message, is_notification=True, stored_at=later, read_at=later)
    step = steps(alice, message.pk)["Bob"]
    assert step["stored"]["at"] == step["read"]["no_later_than"] == later.isoformat().replace("+00:00", "Z")
    assert step["published"]["outcome"] == "unknown"


def test_a_notification_is_traced_from_the_node_that_stored_it(steps, alice, bob, node):
    notice = Notice(title="Lunch", users=[bob.pk])
    message = notifying.notify(sender_id=alice.pk, notice=notice).notification.pk
    step = steps(alice, message)["Bob"]
    assert (step["stored"]["node"], step["published"]["outcome"]) == (node.name, "rung")


def test_reminders_are_told_with_how_when_and_outcome(steps, alice, bob, message, group, say):
    """Of the entries within its range, and of no others."""
    notifier = LogNotifier()
    later(seconds=11)
    spells.look(notifiers={"log": notifier})
    while reminding.remind_one(notifier=notifier):
        pass
    first, second = steps(alice, message)["Bob"]["reminded"]
    assert (first["how"], first["outcome"], first["number"], first["attempts"]) == ("log", "sent", 1, 1)
    assert (second["how"], second["outcome"], second["number"], second["attempts"]) == ("log", "waiting", 2, 0)
    sent, due = Reminder.objects.filter(user=bob).order_by("number")
    assert (first["when"], second["when"]) == (moment(sent.ended_at), moment(due.due_at))
    assert steps(alice, message)["Alice"]["reminded"] == []
    younger = say(group, alice, "Pasta?")[0].message
    assert steps(alice, younger)["Bob"]["reminded"] == []
