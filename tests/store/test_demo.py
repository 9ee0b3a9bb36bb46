"""`manage.py demo`: people to try the site with, made once."""

import json
import re
import stat
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messages_store.models import Conversation, Inbox, Message, Token, User
from messages_store.services import tokens
from messages_store.services.demo import people, talk

CAST = ["alice", "bob", "charlie", "dora", "admin"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def demo(*arguments: str) -> str:
    """What it prints."""
    out = StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


def password_in(text: str) -> str | None:
    found = re.search(r"password of .* is: (\S+)", text)
    return found and found[1]


def everything() -> list:
    models = User, Inbox, Conversation, Message, Token
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_the_cast_signs_in_with_the_password_that_is_printed():
    password = password_in(demo())
    assert re.fullmatch(r"([a-z]{4}-){3}[a-z]{4}", password)
    assert all(authenticate(username=name, password=password) for name in CAST)


def test_dora_is_the_agent_and_the_admin_may_do_everything():
    demo()
    assert User.objects.get(username="dora").kind == User.Kind.AGENT
    assert list(User.objects.filter(is_superuser=True, is_staff=True).values_list("username", flat=True)) == ["admin"]
    assert not User.objects.filter(is_staff=True).exclude(username="admin").exists()


def test_a_second_run_changes_nothing():
    demo("--users", "3")
    before = everything()
    printed = demo("--users", "3")
    assert everything() == before
    assert password_in(printed) is None
    assert "exist already" in printed
    assert "messages" not in printed


def test_a_second_run_makes_only_who_is_missing():
    first = password_in(demo())
    User.objects.filter(username="admin").delete()
    printed = demo()
    assert "The password of admin is: " in printed
    assert authenticate(username="admin", password=password_in(printed))
    assert authenticate(username="alice", password=first)


def test_a_given_password_is_set_for_all():
    demo()
    demo("--password", "correct horse")
    assert all(authenticate(username=name, password="correct horse") for name in CAST)


def test_the_history_is_in_order_and_there_for_everybody():
    demo()
    pair, lunch = Conversation.objects.order_by("pk")
    assert (pair.kind, lunch.kind, lunch.title) == ("direct", "group", "Lunch")
    assert (pair.last_number, lunch.last_number) == (len(talk.PAIR), len(talk.GROUP))
    assert set(lunch.members.values_list("user__username", flat=True)) == {"alice", "bob", "charlie", "dora"}
    for conversation in pair, lunch:
        numbers = list(conversation.messages.order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, conversation.last_number + 1))
    heads = dict(Inbox.objects.values_list("user__username", "last_seq"))
    group_only, both = lunch.last_number, lunch.last_number + pair.last_number
    assert heads == {"alice": both, "bob": both, "charlie": group_only, "dora": group_only, "admin": 0}


def test_an_edited_history_stays_as_it_is():
    demo()
    Message.objects.filter(sender__username="alice").update(body="something else")
    before = everything()
    demo()
    assert everything() == before


def test_who_left_lunch_does_not_come_back():
    demo()
    lunch = Conversation.objects.get(title="Lunch")
    Message.objects.filter(conversation=lunch, sender__username="bob").delete()
    lunch.members.filter(user__username="bob").delete()
    demo()
    assert not lunch.members.filter(user__username="bob").exists()
    assert Conversation.objects.count() == 2


def test_the_crowd_has_inboxes_and_no_passwords_and_no_tokens():
    demo("--users", "3")
    crowd = User.objects.filter(username__in=["u00001", "u00002", "u00003"])
    assert crowd.filter(inbox__isnull=False).count() == 3
    assert not any(user.has_usable_password() for user in crowd)
    assert not Token.objects.exists()


def test_tokens_are_written_for_everybody(tmp_path):
    file = tmp_path / "tokens.json"
    demo("--users", "2", "--tokens", str(file))
    found = json.loads(file.read_text())
    assert list(found) == [*CAST, "u00001", "u00002"]
    for username, entry in found.items():
        user = tokens.find(entry["token"]).user
        assert (user.username, user.pk) == (username, entry["id"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["tokens.json"]


def test_new_tokens_replace_the_old_ones_of_these_people_only(tmp_path):
    stranger = tokens.issue(user=User.objects.create(username="stranger"))
    file = tmp_path / "tokens.json"
    demo("--users", "5", "--tokens", str(file))
    old = json.loads(file.read_text())
    demo("--users", "2", "--tokens", str(file))
    new = json.loads(file.read_text())
    assert list(new) == [*CAST, "u00001", "u00002"]
    assert all(tokens.find(entry["token"]) for entry in new.values())
    assert all(tokens.find(old[username]["token"]) is None for username in new)
    assert all(tokens.find(old[username]["token"]) for username in ["u00003", "u00004", "u00005"])
    assert tokens.find(stranger)


def test_a_file_that_cannot_be_written_costs_no_tokens(tmp_path, monkeypatch):
    file = tmp_path / "tokens.json"
    demo("--tokens", str(file))
    before = file.read_text(), everything()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        demo("--tokens", str(file))
    assert (file.read_text(), everything()) == before
    assert [path.name for path in tmp_path.iterdir()] == ["tokens.json"]


@pytest.mark.parametrize(
    "arguments",
    [["--users", "-1"], ["--users", "many"], ["--password", ""], ["--tokens", "/nowhere/file"], ["--tokens", "/"]],
)
def test_what_cannot_work_is_refused_before_anything_is_made(arguments):
    with pytest.raises(CommandError):
        demo(*arguments)
    assert not User.objects.exists()


def test_a_large_crowd_costs_few_queries(tmp_path):
    file = tmp_path / "tokens.json"
    demo()
    with CaptureQueriesContext(connection) as queries:
        demo("--users", "2000", "--tokens", str(file))
    assert len(json.loads(file.read_text())) == 2005
    assert len(queries) < 100


def test_passwords_differ():
    assert len({people.readable_password() for _ in range(100)}) == 100
