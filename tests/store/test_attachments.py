"""Files: received in parts, looked at, sent once, had by members, and gone when their message is."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messages_store import files, pruning
from messages_store.changes import Recall
from messages_store.errors import Busy, Conflict, Invalid, NotFound, RateLimited, TooLarge, UnusableAttachment
from messages_store.models import Attachment, Message
from messages_store.services import attaching, avatars, clearing, editing, inspecting, sending, uploading
from messages_store.services import groups as group_service
from messages_store.services.pruning import Days
from messages_store.services.sending import Accepted
from messages_store.shift import Shift
from tests.uploaded import HTML, SVG, bomb, photograph, picture, uploaded, with_files

from .moved import later

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_dir")]
PART = uploading.SMALLEST_PART


def stored(folder) -> int:
    """How many files there are."""
    return sum(path.is_file() for path in folder.rglob("*"))


def begin(owner, size, name="notes.txt", **fields) -> Attachment:
    return uploading.begin(owner_id=owner.pk, name=name, size=size, **fields)


def append(upload, offset, part) -> Attachment:
    return uploading.append(owner_id=upload.owner_id, upload_id=upload.pk, offset=offset, part=part)


def content(name: str) -> bytes:
    return b"".join(files.Pieces(name))


def outcome(draft):
    [found] = sending.send([draft]).outcomes
    return found


def clear() -> None:
    while clearing.clear():
        pass


# Uploading


def test_parts_become_one_file(alice, attachments_dir):
    text = b"hello, all\n" * 20_000
    upload = begin(alice, len(text))
    for offset in range(0, len(text), PART):
        upload = append(upload, offset, text[offset : offset + PART])
    assert (upload.state, upload.type, upload.file_size) == ("ready", "text/plain", len(text))
    assert content(upload.file) == text
    assert stored(attachments_dir) == 1  # the parts are gone


@pytest.mark.parametrize("offset", [0, PART - 1, PART + 1, 2 * PART])
def test_another_offset_than_the_next_is_a_conflict(alice, attachments_dir, offset):
    upload = append(begin(alice, 3 * PART), 0, bytes(PART))
    with pytest.raises(Conflict):
        append(upload, offset, bytes(PART))
    assert uploading.find(owner_id=alice.pk, upload_id=upload.pk).received == PART
    assert stored(attachments_dir) == 1


def test_of_two_who_send_the_same_part_one_wins(alice, attachments_dir, monkeypatch):
    upload, save = begin(alice, 2 * PART), files.save

    def overtaken(part):
        monkeypatch.setattr(files, "save", save)
        append(upload, 0, b"a" * PART)
        return save(part)

    monkeypatch.setattr(files, "save", overtaken)
    with pytest.raises(Conflict):
        append(upload, 0, b"b" * PART)
    upload = append(upload, PART, b"c" * PART)
    assert content(upload.file) == b"a" * PART + b"c" * PART


def test_more_than_was_announced_is_too_large(alice):
    with pytest.raises(TooLarge):
        append(begin(alice, 10), 0, bytes(11))


def test_small_parts_are_refused_but_for_the_last(alice):
    with pytest.raises(Invalid):
        append(begin(alice, 2 * PART), 0, bytes(PART - 1))
    with pytest.raises(Invalid):
        append(begin(alice, 2 * PART), 0, b"")


def test_uploads_are_their_owners(alice, bob):
    upload = begin(alice, 10)
    for call in (uploading.find, uploading.cancel):
        with pytest.raises(NotFound):
            call(owner_id=bob.pk, upload_id=upload.pk)
    with pytest.raises(NotFound):
        uploading.append(owner_id=bob.pk, upload_id=upload.pk, offset=0, part=bytes(10))


def test_a_file_may_be_too_large(alice, settings):
    settings.IM_ATTACHMENT_BYTES = 100
    begin(alice, 100)
    with pytest.raises(TooLarge):
        begin(alice, 101)


def test_a_day_has_its_limit_whatever_became_of_it(alice, bob, settings):
    settings.IM_ATTACHMENT_MB_PER_DAY = 10
    uploading.cancel(owner_id=alice.pk, upload_id=begin(alice, 6_000_000).pk)
    clear()
    with pytest.raises(RateLimited):
        begin(alice, 4_000_001)
    begin(bob, 4_000_001)
    later(hours=24.1)
    begin(alice, 10_000_000)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\alice\\plan.pdf", "plan.pdf"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("a\x00b\nc.txt", "abc.txt"),
        (" .. ", "file"),
        ("", "file"),
        ("会议记录.docx", "会议记录.docx"),
        ("x" * 300 + ".jpeg", "x" * 115 + ".jpeg"),
        ("." + "x" * 300, "x" * 120),
    ],
)
def test_names_are_harmless(name, kept):
    assert uploading.clean_name(name=name) == kept


# Looking


@pytest.mark.parametrize("body", [HTML, SVG])
@pytest.mark.parametrize("name", ["photo.png", "photo.svg", "page.html"])
def test_what_a_browser_would_run_is_plain_text(alice, name, body):
    upload = uploaded(alice, body, name)
    assert (upload.type, upload.name, upload.thumbnail, upload.width) == ("text/plain", name, "", None)


def test_a_picture_is_made_anew(alice, attachments_dir):
    upload = uploaded(alice, photograph(orientation=6), "IMG_1.JPG")
    assert (upload.type, upload.name, upload.width, upload.height) == ("image/jpeg", "IMG_1.JPG", 400, 600)
    assert (upload.thumbnail_width, upload.thumbnail_height) == (320, 480)
    assert upload.file_size == len(content(upload.file))
    assert upload.thumbnail_size == len(content(upload.thumbnail))
    assert b"secret" not in content(upload.file)
    assert stored(attachments_dir) == 2


def test_its_name_says_what_it_is_now(alice):
    assert uploaded(alice, picture("GIF"), "party.gif").name == "party.webp"
    assert uploaded(alice, picture("JPEG"), "photo").name == "photo"


@pytest.mark.parametrize(
    ("body", "error"), [(bomb(), TooLarge), (photograph()[:2_000], Invalid), (b"GIF89a" + HTML, Invalid)]
)
def test_a_picture_that_cannot_be_made_anew_is_refused_and_goes(alice, attachments_dir, body, error):
    upload = begin(alice, len(body), "photo.png")
    with pytest.raises(error):
        append(upload, 0, body)
    upload.refresh_from_db()
    assert (upload.state, upload.received) == ("refused", len(body))
    clear()
    assert stored(attachments_dir) == 0


def test_types_that_are_not_allowed(alice, settings):
    settings.IM_ATTACHMENT_TYPES = ["image/*"]
    assert uploaded(alice, picture()).state == "ready"
    with pytest.raises(Invalid):
        uploaded(alice, HTML, "photo.png")
    settings.IM_ATTACHMENT_TYPES = ["text/plain"]
    with pytest.raises(Invalid):
        begin(alice, 100, type="image/png")
    settings.IM_ATTACHMENT_TYPES = []
    with pytest.raises(Invalid):
        begin(alice, 100)


def test_few_are_looked_at_at_once_and_who_had_to_wait_asks_again(alice, monkeypatch):
    monkeypatch.setattr(inspecting, "WAIT", 0.01)
    upload = begin(alice, 5)
    with inspecting.turn(), inspecting.turn(), pytest.raises(Busy):
        append(upload, 0, b"hello")
    assert append(upload, 5, b"").state == "ready"
    with pytest.raises(Conflict):
        append(upload, 5, b"")


def test_a_storage_that_takes_nothing_is_busy(alice, attachments_dir, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.storage().__class__, "_save", full)
    upload = begin(alice, 5)
    with pytest.raises(Busy):
        append(upload, 0, b"hello")
    monkeypatch.undo()
    assert append(upload, 0, b"hello").state == "ready"


def test_an_upload_that_is_cancelled_while_it_is_looked_at_leaves_nothing(alice, attachments_dir, monkeypatch):
    upload, look = begin(alice, 5), inspecting._look

    def cancelled(*arguments):
        uploading.cancel(owner_id=alice.pk, upload_id=upload.pk)
        return look(*arguments)

    monkeypatch.setattr(inspecting, "_look", cancelled)
    with pytest.raises(Conflict):
        append(upload, 0, b"hello")
    clear()
    assert stored(attachments_dir) == 0


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


# Clearing


def test_what_nobody_sent_goes_and_what_was_sent_stays(alice, direct, attachments_dir, settings):
    sent = uploaded(alice, b"hello", "notes.txt")
    outcome(with_files(alice, direct, sent))
    uploaded(alice, picture())
    append(begin(alice, 3 * PART), 0, bytes(PART))
    begin(alice, 100)
    clear()
    assert stored(attachments_dir) == 4
    later(hours=settings.IM_UPLOAD_HOURS + 0.1)
    clear()
    assert stored(attachments_dir) == 1
    assert list(Attachment.objects.all()) == [sent]


def test_with_a_pruned_message_its_files_go(alice, bob, direct, attachments_dir, settings):
    settings.IM_UPLOAD_HOURS = 8_760  # what was never sent would be kept for longer
    outcome(with_files(alice, direct, uploaded(alice, picture())))
    later(days=40)
    sweep = pruning.Sweep(Days(message=30))
    while sweep.step():
        pass
    assert not Message.objects.exists()
    clear()
    assert stored(attachments_dir) == 0


def test_a_worker_clears(alice, attachments_dir):
    upload = uploaded(alice, picture())
    uploading.cancel(owner_id=alice.pk, upload_id=upload.pk)
    shift = Shift()
    while shift.step():
        pass
    assert stored(attachments_dir) == 0


def test_clearing_again_what_is_gone_already_is_no_error(alice, attachments_dir):
    upload = uploaded(alice, picture())
    uploading.cancel(owner_id=alice.pk, upload_id=upload.pk)
    files.delete([upload.file])
    clear()
    assert stored(attachments_dir) == 0


# Avatars


def test_an_avatar_is_a_square_of_a_picture(alice, attachments_dir):
    avatars.choose(user=alice, upload_id=uploaded(alice, photograph()).pk)
    alice.refresh_from_db()
    found = avatars.find(key=alice.avatar)
    assert found.size == len(content(found.file))
    clear()
    assert stored(attachments_dir) == 1


def test_another_avatar_has_another_address_and_the_old_one_goes(alice, attachments_dir):
    avatars.choose(user=alice, upload_id=uploaded(alice, picture()).pk)
    old = alice.avatar
    avatars.choose(user=alice, upload_id=uploaded(alice, picture()).pk)
    with pytest.raises(NotFound):
        avatars.find(key=old)
    assert alice.avatar != old
    avatars.remove(user=alice)
    clear()
    assert (alice.avatar, stored(attachments_dir)) == ("", 0)


def test_an_avatar_is_made_of_a_picture_of_ones_own(alice, bob, direct):
    for upload, error in ((uploaded(bob, picture()), NotFound), (uploaded(alice, b"hello"), Invalid)):
        with pytest.raises(error):
            avatars.choose(user=alice, upload_id=upload.pk)
    sent = uploaded(alice, picture())
    outcome(with_files(alice, direct, sent, client_id=uuid4()))
    with pytest.raises(NotFound):
        avatars.choose(user=alice, upload_id=sent.pk)
