"""Where people are reminded, in the admin."""

import pytest
from django.urls import reverse
from django.utils import timezone

from messages_store.models import PushSubscription, WeChatAccount
from messages_store.services import push_subscriptions, wechat

pytestmark = pytest.mark.django_db


def address(model: str, page: str, *arguments) -> str:
    return reverse(f"admin:messages_store_{model}_{page}", args=arguments)


def test_of_a_browsers_endpoint_only_its_service_is_shown(admin_client, alice):
    found = push_subscriptions.subscribe(
        user=alice, endpoint="https://push.example.com/send/secret", p256dh="keyofalice", auth="authofalice"
    )
    for page in (address("pushsubscription", "changelist"), address("pushsubscription", "change", found.pk)):
        shown = admin_client.get(page).text
        assert "push.example.com" in shown
        assert not any(secret in shown for secret in ("/send/secret", "keyofalice", "authofalice"))


def test_a_browser_is_deleted_and_never_made_or_changed(admin_client, alice):
    found = push_subscriptions.subscribe(user=alice, endpoint="https://push.example.com/a", p256dh="a", auth="b")
    assert admin_client.post(address("pushsubscription", "change", found.pk), {"user": 1}).status_code == 403
    assert admin_client.get(address("pushsubscription", "add")).status_code == 403
    assert admin_client.post(address("pushsubscription", "delete", found.pk), {"post": "yes"}).status_code == 302
    assert not PushSubscription.objects.exists()


def test_a_wechat_account_is_linked_by_hand(admin_client, alice):
    answer = admin_client.post(address("wechataccount", "add"), {"user": alice.pk, "openid": "openid-alice"})
    assert answer.status_code == 302
    assert wechat.openid(user_id=alice.pk) == "openid-alice"


def test_saving_it_reminds_whoever_refused_again(admin_client, alice):
    wechat.link(user=alice, openid="openid-alice")
    WeChatAccount.objects.update(refused_at=timezone.now())
    page = address("wechataccount", "change", alice.pk)
    assert admin_client.get(page).status_code == 200
    assert admin_client.post(page, {"openid": "openid-new"}).status_code == 302
    assert wechat.openid(user_id=alice.pk) == "openid-new"


def test_an_openid_of_somebody_else_is_not_taken_by_mistake(admin_client, alice, bob):
    wechat.link(user=alice, openid="openid-alice")
    answer = admin_client.post(address("wechataccount", "add"), {"user": bob.pk, "openid": "openid-alice"})
    assert answer.status_code == 200
    assert "already exists" in answer.text
    assert wechat.openid(user_id=alice.pk) == "openid-alice"


@pytest.mark.parametrize("model", ["pushsubscription", "wechataccount"])
def test_the_lists_open(admin_client, alice, model):
    wechat.link(user=alice, openid="openid-alice")
    push_subscriptions.subscribe(user=alice, endpoint="https://push.example.com/a", p256dh="a", auth="b")
    assert "alice" in admin_client.get(address(model, "changelist")).text
