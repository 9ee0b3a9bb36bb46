"""Files by REST: sent in parts that may be lost on the way, given to members, and never run by a browser."""

import json

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient, Client
from django.urls import reverse

from messages_store.api.ranges import disposition, wanted
from messages_store.services import sending
from tests.uploaded import HTML, SVG, photograph, picture, uploaded, with_files

pytestmark = pytest.mark.django_db
PART = 65_536


@pytest.fixture
def send_part():
    """send_part(alice, id, 0, b"…"): (status, body)."""

    def send_part(user, id, offset, part, kind="application/octet-stream"):
        client = Client()
        client.force_login(user)
        answer = client.patch(f"/api/v1/uploads/{id}?offset={offset}", part, kind)
        return answer.status_code, answer.json()

    return send_part


@pytest.fixture
def fetch():
    """fetch(alice, "attachments/5", Range="bytes=0-9"): the answer, read to its end as `body`. Nobody is None."""

    def fetch(user, path, **headers):
        client = Client()
        if user is not None:
            client.force_login(user)
        answer = client.get(f"/api/v1/{path}", headers=headers)
        answer.body = b"".join(answer)
        return answer

    return fetch


@pytest.fixture
def sent(alice, direct):
    """sent(content, name): the id of an attachment in the conversation of Alice and Bob."""

    def sent(content, name="photo.png"):
        upload = uploaded(alice, content, name)
        sending.send([with_files(alice, direct, upload)])
        return upload.pk

    return sent


def test_a_file_goes_its_whole_way(call, send_part, fetch, alice, bob, charlie, direct):
    text = bytes(range(256)) * 1_000
    status, upload = call(alice, "POST", "uploads", {"name": "data.bin", "size": len(text), "type": "text/html"})
    assert (status, upload["offset"], upload["state"], upload["attachment"]) == (201, 0, "receiving", None)
    for offset in range(0, len(text), PART):
        status, upload = send_part(alice, upload["id"], offset, text[offset : offset + PART])
        assert (status, upload["offset"]) == (200, min(len(text), offset + PART))
    listed = upload["attachment"]
    assert (listed["name"], listed["type"], listed["size"]) == ("data.bin", "application/octet-stream", len(text))
    message = {
        "client_id": "5a6c5c4e-5e0c-4f10-9a36-4d5f0c1f8a11",
        "kind": "attachments",
        "body": "data.bin",
        "data": {"attachments": [listed]},
    }
    path = f"conversations/{direct.pk}/messages"
    status, first = call(alice, "POST", path, message)
    assert status == 201
    assert call(alice, "POST", path, message) == (200, first)
    status, other = call(alice, "POST", path, message | {"client_id": "5a6c5c4e-5e0c-4f10-9a36-4d5f0c1f8a12"})
    assert (status, other["code"]) == (400, "invalid")
    [told] = call(bob, "GET", path)[1]["results"]
    assert told["data"] == {"attachments": [listed]}
    answer = fetch(bob, f"attachments/{listed['id']}")
    assert answer.body == text
    assert fetch(charlie, f"attachments/{listed['id']}").status_code == 404
    assert fetch(None, f"attachments/{listed['id']}").status_code == 401


def test_whoever_lost_an_answer_asks_and_goes_on(call, send_part, alice):
    upload = call(alice, "POST", "uploads", {"name": "x", "size": PART + 5})[1]
    send_part(alice, upload["id"], 0, bytes(PART))
    status, refused = send_part(alice, upload["id"], 0, bytes(PART))
    assert (status, refused["code"]) == (409, "conflict")
    assert call(alice, "GET", f"uploads/{upload['id']}")[1]["offset"] == PART
    assert send_part(alice, upload["id"], PART, b"hello")[1]["state"] == "ready"


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/html"])
def test_a_part_is_nothing_but_bytes(call, send_part, alice, kind):
    upload = call(alice, "POST", "uploads", {"name": "x", "size": 5})[1]
    assert send_part(alice, upload["id"], 0, b"hello", kind)[0] == 415


def test_a_part_has_the_limit_of_every_body(call, send_part, alice):
    upload = call(alice, "POST", "uploads", {"name": "x", "size": 2_000_000})[1]
    status, refused = send_part(alice, upload["id"], 0, bytes(1_048_577))
    assert (status, refused["code"]) == (413, "too_large")
    assert send_part(alice, upload["id"], 0, bytes(1_048_576))[0] == 200


@pytest.mark.parametrize("body", [{}, {"name": "x"}, {"name": "x", "size": 0}, {"name": "", "size": 5}])
def test_what_is_no_announcement(call, alice, body):
    assert call(alice, "POST", "uploads", body)[0] == 400


def test_too_large_is_said_before_a_byte_is_sent(call, alice, settings):
    settings.IM_ATTACHMENT_BYTES = 1_000
    status, refused = call(alice, "POST", "uploads", {"name": "film.mp4", "size": 1_001})
    assert (status, refused["code"]) == (413, "too_large")
    assert "1000" in refused["message"]


def test_a_picture_that_is_none_is_refused_with_a_sentence(call, send_part, alice):
    whole = photograph()[:2_000]
    upload = call(alice, "POST", "uploads", {"name": "photo.jpg", "size": len(whole)})[1]
    status, refused = send_part(alice, upload["id"], 0, whole)
    assert (status, refused["code"]) == (400, "invalid")
    assert call(alice, "GET", f"uploads/{upload['id']}")[0] == 404


@pytest.mark.parametrize(("body", "name"), [(HTML, "page.html"), (HTML, "photo.png"), (SVG, "photo.svg")])
def test_what_a_browser_would_run_is_saved_and_never_shown(fetch, bob, sent, body, name):
    answer = fetch(bob, f"attachments/{sent(body, name)}")
    assert answer["Content-Type"] == "text/plain"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer.body == body


def test_a_picture_is_shown_without_what_is_nobodys_business(fetch, bob, sent):
    id = sent(photograph() + HTML, "photo.jpg")
    answer = fetch(bob, f"attachments/{id}")
    assert (answer["Content-Type"], answer["Content-Disposition"]) == ("image/jpeg", "inline")
    assert "sandbox" in answer["Content-Security-Policy"]
    shown = answer.body
    assert int(answer["Content-Length"]) == len(shown)
    assert not any(words in shown for words in (b"secret", b"Camera", HTML))
    assert fetch(bob, f"attachments/{id}/thumbnail")["Content-Type"] == "image/webp"


def test_what_is_no_picture_has_no_thumbnail(fetch, bob, sent):
    assert fetch(bob, f"attachments/{sent(HTML)}/thumbnail").status_code == 404


def test_a_recalled_one_is_gone(call, fetch, alice, bob, direct, sent):
    id = sent(picture())
    call(alice, "DELETE", f"messages/{direct.messages.get().pk}")
    for path in (f"attachments/{id}", f"attachments/{id}/thumbnail"):
        assert [fetch(user, path).status_code for user in (alice, bob)] == [404, 404]


def test_who_has_it_already_is_not_given_it_again(fetch, bob, sent):
    path = f"attachments/{sent(picture())}"
    tag = fetch(bob, path)["ETag"]
    answer = fetch(bob, path, If_None_Match=tag)
    assert (answer.status_code, answer.body) == (304, b"")


@pytest.mark.parametrize(
    ("header", "status", "body"),
    [
        ("bytes=0-3", 206, b"0123"),
        ("bytes=5-", 206, b"56789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=8-99", 206, b"89"),
        ("bytes=10-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=5-3", 200, b"0123456789"),
        ("bytes=0-1,4-5", 200, b"0123456789"),
        ("lines=0-3", 200, b"0123456789"),
    ],
)
def test_a_part_of_a_file(fetch, bob, sent, header, status, body):
    answer = fetch(bob, f"attachments/{sent(b'0123456789', 'x.txt')}", Range=header)
    assert answer.status_code == status
    if body is not None:
        assert answer.body == body
        assert answer["Content-Length"] == str(len(body))
    if status != 200:
        assert answer["Content-Range"].endswith("/10")


def test_a_part_of_what_has_changed_is_all_of_it(fetch, bob, sent):
    path = f"attachments/{sent(b'0123456789', 'x.txt')}"
    assert fetch(bob, path, Range="bytes=0-1", If_Range='"old"').status_code == 200
    assert fetch(bob, path, Range="bytes=0-1", If_Range=fetch(bob, path)["ETag"]).status_code == 206


def test_whatever_type_one_would_like_it_is_the_files_own(fetch, bob, sent):
    id = sent(picture())
    assert fetch(bob, f"attachments/{id}", Accept="image/avif")["Content-Type"] == "image/png"
    assert fetch(bob, f"attachments/{id + 1}", Accept="image/avif")["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", ['a"b\\c.txt', "会议 1.txt", "a;b%20.txt", "é\r\nX: y"])
def test_no_name_leaves_its_header(name):
    value = disposition(name)
    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') == 2


def test_nothing_of_an_empty_range():
    assert wanted("bytes=-", 10) == (0, 10)
    assert wanted("", 10) == (0, 10)


def test_a_file_that_the_storage_lost_is_not_there(fetch, bob, sent, attachments_dir):
    id = sent(HTML)
    for path in attachments_dir.rglob("*"):
        if path.is_file():
            path.unlink()
    assert fetch(bob, f"attachments/{id}").status_code == 404


@pytest.mark.django_db(transaction=True)
async def test_an_asynchronous_server_reads_it_in_pieces(alice):
    """Without a warning of Django's, which would read all of it before it sends any."""
    upload = await sync_to_async(uploaded)(alice, bytes(200_000), "x.bin")
    client = AsyncClient()
    await client.aforce_login(alice)
    answer = await client.get(reverse("api:attachment", args=[upload.pk]))
    assert [len(piece) async for piece in answer] == [65_536, 65_536, 65_536, 3_392]
    await sync_to_async(connections.close_all)()  # the thread's own, which would keep the database


def test_people_are_told_with_their_pictures(call, fetch, alice, bob, direct, say):
    say(direct, alice, "hello")
    path = f"conversations/{direct.pk}/messages"
    assert [person["avatar"] for person in call(bob, "GET", path)[1]["people"]] == [None]
    status, account = call(alice, "PUT", "me/avatar", {"upload": uploaded(alice, picture()).pk})
    assert status == 200
    address = account["avatar"]
    assert call(alice, "GET", "me")[1]["avatar"] == address
    assert [person["avatar"] for person in call(bob, "GET", path)[1]["people"]] == [address]
    members = call(bob, "GET", f"conversations/{direct.pk}")[1]["members"]
    assert {member["name"]: member["avatar"] for member in members} == {"Alice": address, "Bob": None}
    answer = fetch(bob, address.removeprefix("/api/v1/"))
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/webp", "private, max-age=31536000, immutable")
    assert call(alice, "DELETE", "me/avatar")[1]["avatar"] is None
    assert fetch(bob, address.removeprefix("/api/v1/")).status_code == 404


def test_another_picture_and_none_are_told(call, alice, ringer):
    address = call(alice, "PUT", "me/avatar", {"upload": uploaded(alice, picture()).pk})[1]["avatar"]
    told = {"type": "profile", "user": alice.pk, "name": "Alice", "avatar": address}
    assert json.loads(ringer.profiles[alice.pk]) == told
    call(alice, "DELETE", "me/avatar")
    assert json.loads(ringer.profiles[alice.pk]) == told | {"avatar": None}


def test_nobody_who_is_not_signed_in_sees_a_picture(call, fetch, alice):
    address = call(alice, "PUT", "me/avatar", {"upload": uploaded(alice, picture()).pk})[1]["avatar"]
    assert fetch(None, address.removeprefix("/api/v1/")).status_code == 401
