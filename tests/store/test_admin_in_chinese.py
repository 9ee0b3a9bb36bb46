"""Every page of the admin in Chinese: no English word is left on it, wherever it came from."""

import re
from html import escape

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from messages_store.models import Conversation, User
from messages_store.services import tokens
from tests.unit.marks import in_english

from .admin_world import group, people, say

pytestmark = pytest.mark.django_db


# What Django's own translation lacks, and what is the same in every language.
THEIRS = {
    "Model name",
    "Add link",
    "Change or view list link",
    "False",
    "True",
    "Search",
    "After you’ve created a user, you’ll be able to edit more user options.",
}
NAMES = re.compile(
    r"Can \w+ .*$"  # permissions are kept with their English names
    r"|IM_\w+|CSV|JSON|LDAP|[Oo]penid|Asia/Shanghai|\b(Mac|Command|Control|en|zh-hans)\b"
    r"|\btext\b|\b[0-9a-f]{12}\b|\bim_[\w-]+…|\w+:(read|write|send)\b"  # a kind of message, epochs, keys, scopes
)


def left(page: str) -> set[str]:
    """What is in English on a page."""
    return {text for text in in_english(page) - THEIRS if in_english(f"<p>{escape(NAMES.sub('', text))}</p>")}


@pytest.fixture
def world():
    """People and what they said, without a Latin letter."""
    one, other = people("小明", "小红")
    say(group("午餐", [one, other]), one, "你好")
    tokens.issue(user=other, name="商店")


@pytest.fixture
def chinese(world) -> Client:
    client = Client(headers={"Accept": "text/html", "Accept-Language": "zh-CN"})
    client.force_login(User.objects.create_superuser(username="管理员"))
    return client


MODELS = [model for model in admin.site._registry if model._meta.app_label in ("messages_store", "chat")]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_lists_and_forms_are_in_chinese(chinese, model):
    meta = model._meta
    name = f"admin:{meta.app_label}_{meta.model_name}"
    pages = [reverse(f"{name}_changelist")]
    pages += [reverse(f"{name}_add")]
    pages += [reverse(f"{name}_change", args=[row.pk]) for row in model.objects.all()[:1]]
    found = {}
    for page in pages:
        answer = chinese.get(page)
        if answer.status_code != 403:
            assert answer.status_code == 200, page
            found[page] = left(answer.text)
    assert {page: texts for page, texts in found.items() if texts} == {}


def test_what_was_said_in_a_conversation_is_in_chinese(chinese):
    page = reverse("admin:messages_store_conversation_transcript", args=[Conversation.objects.get().pk])
    assert left(chinese.get(page).text) == set()


@pytest.mark.parametrize("page", ["admin:index", "admin:password_change"])
def test_the_other_pages_are_in_chinese(chinese, page):
    assert left(chinese.get(reverse(page)).text) == set()
