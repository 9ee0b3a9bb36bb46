"""Files: received in parts, looked at, and gone when nobody sent them or their message is."""

import pytest

from messages_store import files, pruning
from messages_store.errors import Busy, Conflict, Invalid, NotFound, RateLimited, TooLarge
from messages_store.models import Attachment, Message
from messages_store.services import inspecting, uploading
from messages_store.services.pruning import Days
from messages_store.shift import Shift
from tests.uploaded import HTML, SVG, bomb, photograph, picture, uploaded, with_files

from .attached import PART, append, begin, clear, content, outcome, stored
from .moved import later

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_dir")]


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
