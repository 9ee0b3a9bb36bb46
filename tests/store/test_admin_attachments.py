"""The admin lists files; what they are called is for those who may read messages, and each look is written down."""

import pytest
from django.urls import reverse

from messages_store.models import Look
from messages_store.services import sending
from tests.uploaded import picture, uploaded, with_files

from .test_admin_looks import member_of_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_dir")]
LIST = reverse("admin:messages_store_attachment_changelist")


@pytest.fixture
def photo(alice, direct):
    photo = uploaded(alice, picture(), "secret.png")
    sending.send([with_files(alice, direct, photo)])
    photo.refresh_from_db()
    return photo


def addresses(photo) -> list[str]:
    return [LIST, reverse("admin:messages_store_attachment_change", args=[photo.pk])]


def test_whoever_may_not_read_sees_no_name(django_user_model, photo):
    viewer = member_of_staff(django_user_model, "view_attachment", name="viewer")
    for address in addresses(photo):
        page = viewer.get(address)
        assert page.status_code == 200
        assert "image/png" in page.text
        assert "secret" not in page.text
        assert photo.file not in page.text
    assert not Look.objects.exists()
    assert viewer.get(LIST, {"name__startswith": "s"}).status_code != 200


def test_whoever_may_read_sees_it_and_the_look_is_written_down(django_user_model, photo):
    reader = member_of_staff(django_user_model, "view_attachment", "view_bodies", name="reader")
    for address in addresses(photo):
        page = reader.get(address)
        assert "secret.png" in page.text
        assert photo.file not in page.text
    assert [look.messages for look in Look.objects.order_by("pk")] == [[photo.message_id]] * 2


def test_whoever_may_see_no_attachments_sees_none(django_user_model, photo):
    other = member_of_staff(django_user_model, "view_message", name="other")
    assert [other.get(address).status_code for address in addresses(photo)] == [403, 403]
