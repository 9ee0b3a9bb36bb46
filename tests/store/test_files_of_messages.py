"""Files of messages: sent once, had by members."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messages_store.changes import Recall
from messages_store.errors import Conflict, Invalid, NotFound, UnusableAttachment
from messages_store.models import Attachment, Message
from messages_store.services import attaching, editing, sending, uploading
from messages_store.services import groups as group_service
from messages_store.services.sending import Accepted
from tests.uploaded import picture, uploaded, with_files

from .attached import begin, clear, outcome, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_dir")]


# Sending


def test_a_message_has_its_files(alice, direct):
    photo, notes = uploaded(alice, picture()), uploaded(alice, b"hello", "notes.txt")
    accepted = outcome(with_files(alice, direct, photo, notes, body="look"))
    message = Message.objects.get(pk=accepted.message)
    assert [one["name"] for one in message.data["attachments"]] == ["photo.png", "notes.txt"]
    assert message.data["attachments"][0] == {
        "id": photo.pk,
        "name": "photo.png",
        "type": "image/png",
        "size": photo.file_size,
        "width": 80,
        "height": 60,
        "thumbnail": {"width": 80, "height": 60},
    }
    assert set(message.attachments.all()) == {photo, notes}


def test_the_same_client_id_again_is_the_same_answer(alice, direct):
    draft = with_files(alice, direct, uploaded(alice, picture()))
    first = outcome(draft)
    assert isinstance(first, Accepted)
    assert outcome(draft) == first
    assert sending.send([draft, draft]).outcomes == [first, first]
    assert isinstance(outcome(replace(draft, body="other")), Conflict)


def test_a_file_is_sent_once(alice, direct, group):
    upload = uploaded(alice, picture())
    drafts = [with_files(alice, place, upload) for place in (direct, group)]
    outcomes = sending.send(drafts).outcomes
    assert [type(one) for one in outcomes] == [Accepted, UnusableAttachment]
    assert isinstance(outcome(with_files(alice, direct, upload)), UnusableAttachment)
    assert Message.objects.filter(kind="attachments").count() == 1


def test_two_drafts_at_once_cost_no_more_than_one(alice, direct):
    def cost(count):
        drafts = [with_files(alice, direct, uploaded(alice, picture())) for _ in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert all(isinstance(one, Accepted) for one in sending.send(drafts).outcomes)
        return len(queries)

    assert cost(1) == cost(3)


def test_only_ones_own_that_are_ready(alice, bob, direct):
    foreign, half = uploaded(bob, picture()), begin(alice, 100)
    gone = uploaded(alice, picture())
    uploading.cancel(owner_id=alice.pk, upload_id=gone.pk)
    for upload in (foreign, half, gone, Attachment(pk=10**9, name="x")):
        assert isinstance(outcome(with_files(alice, direct, upload)), UnusableAttachment)
    assert not Message.objects.filter(kind="attachments").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "evil.exe"), ("type", "text/html"), ("size", 1), ("width", 99_999), ("thumbnail", None), ("url", "x")],
)
def test_what_is_said_of_a_file_is_what_its_upload_gave(alice, direct, field, value):
    draft = with_files(alice, direct, uploaded(alice, picture()))
    draft.data["attachments"][0][field] = value
    assert isinstance(outcome(draft), UnusableAttachment)


@pytest.mark.parametrize(
    "data",
    [None, {}, *({"attachments": listed} for listed in (
        [], "x", [5], [{"id": "5"}], [{"id": True}], [{"id": 5}] * 2, [{"id": 2**60}], [{"id": n} for n in range(1, 12)]
    ))],
)  # fmt: skip
def test_what_is_no_list_of_attachments(alice, direct, data):
    draft = replace(with_files(alice, direct), data=data)
    assert type(outcome(draft)) is Invalid


def test_other_kinds_may_say_attachments_and_mean_something_else(alice, direct, draft):
    assert isinstance(outcome(draft(alice, direct, data={"attachments": [1, 2, 3]})), Accepted)


def test_ten_files_with_the_longest_names_fit_in_data(alice, direct):
    name = "\U0001f600" * 116 + ".txt"
    listed = [uploaded(alice, b"x", name) for _ in range(10)]
    assert isinstance(outcome(with_files(alice, direct, *listed)), Accepted)


def test_who_may_not_write_there_keeps_the_upload(charlie, alice, direct):
    upload = uploaded(charlie, picture())
    assert isinstance(outcome(with_files(charlie, direct, upload)), NotFound)
    upload.refresh_from_db()
    assert upload.message is None


# Having


def may_read(user, attachment) -> bool:
    try:
        return attaching.readable(user_id=user.pk, attachment_id=attachment.pk).pk == attachment.pk
    except NotFound:
        return False


def test_members_have_it_and_nobody_else(alice, bob, charlie, dora, direct, group):
    upload = uploaded(alice, picture())
    assert [may_read(user, upload) for user in (alice, bob, charlie)] == [True, False, False]
    outcome(with_files(alice, group, upload))
    assert [may_read(user, upload) for user in (alice, bob, dora, charlie)] == [True, True, True, False]


def test_who_was_removed_has_it_no_more_and_who_comes_sees_it(alice, bob, charlie, group):
    upload = uploaded(bob, picture())
    outcome(with_files(bob, group, upload))
    group_service.remove(actor_id=alice.pk, conversation_id=group.pk, user_id=bob.pk)
    assert not may_read(bob, upload)
    group_service.add(actor_id=alice.pk, conversation_id=group.pk, user_ids=[charlie.pk])
    assert may_read(charlie, upload)


def test_a_recall_takes_it_from_everybody_at_once_and_from_the_storage(alice, bob, direct, attachments_dir):
    upload = uploaded(alice, picture())
    message = outcome(with_files(alice, direct, upload)).message
    editing.change([Recall(alice.pk, message)])
    assert not may_read(alice, upload)
    assert not may_read(bob, upload)
    clear()
    assert stored(attachments_dir) == 0
    assert Attachment.objects.count() == 1  # it counts among what Alice uploaded today


def test_a_recall_of_words_costs_no_query_for_files(alice, direct, draft):
    def cost(sent):
        message = outcome(sent).message
        with CaptureQueriesContext(connection) as queries:
            editing.change([Recall(alice.pk, message)])
        return [query["sql"] for query in queries if "messages_store_attachment" in str(query["sql"])]

    assert cost(draft(alice, direct)) == []
    assert len(cost(with_files(alice, direct, uploaded(alice, picture())))) == 1


def test_a_send_of_words_costs_no_query_for_files(alice, direct, draft):
    with CaptureQueriesContext(connection) as queries:
        outcome(draft(alice, direct))
    assert not [query for query in queries if "attachment" in str(query["sql"])]
