"""Pictures of people, in the store."""

from uuid import uuid4

import pytest

from messages_store.errors import Invalid, NotFound
from messages_store.services import avatars
from tests.uploaded import photograph, picture, uploaded, with_files

from .attached import clear, content, outcome, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_dir")]


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
