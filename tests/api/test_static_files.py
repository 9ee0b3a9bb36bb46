"""Static files ahead of Django: the same answers, without its handler."""

import gzip
import os

import pytest
from asgiref.sync import sync_to_async
from channels.testing import HttpCommunicator
from django.test import Client

from chat.static_files import PIECE, StaticFiles

SCRIPT = b"export const one = 1\n" * 50
SECRET = b"not for everybody"
NAME = "/static/chat/one.js"


@pytest.fixture
def collected(tmp_path, settings):
    """A script, collected with its compressed variants, and a file beside them that is nobody's business."""
    root = tmp_path / "static"
    (root / "chat").mkdir(parents=True)
    (root / "chat" / "one.js").write_bytes(SCRIPT)
    (root / "chat" / "one.js.gz").write_bytes(gzip.compress(SCRIPT))
    (root / "chat" / "one.js.br").write_bytes(b"as brotli")
    for path in root.rglob("one.js*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    (tmp_path / "secret.js").write_bytes(SECRET)
    settings.STATIC_ROOT, settings.WHITENOISE_USE_FINDERS = root, False
    return settings


HOST = "chat.example.com"
AWAY = "203.0.113.7"


async def nobody(scope, receive, send) -> None:
    raise LookupError("It was handed on.")


async def answer(path: str = NAME, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ours: its status, its headers and its body."""
    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in {"host": HOST, **headers}.items()]
    asked = HttpCommunicator(StaticFiles(nobody), method, path, headers=told)
    asked.scope["client"] = [AWAY, 50_000]
    response = await asked.get_response(timeout=10)
    found = {name.decode(): value.decode() for name, value in response["headers"]}
    return response["status"], found, response["body"]


def djangos(method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Django's, by its whole chain of middleware."""
    told = {f"HTTP_{name.upper()}": value for name, value in {"host": HOST, **headers}.items()}
    response = Client().generic(method, NAME, REMOTE_ADDR=AWAY, **told)
    found = {name.lower(): value for name, value in response.headers.items()}
    body = b"".join(response)
    if response.streaming and response.file_to_stream:
        response.file_to_stream.close()
    return response.status_code, found, body


ASKED = {
    "plain": {},
    "gzip": {"accept_encoding": "gzip"},
    "brotli": {"accept_encoding": "gzip, deflate, br"},
    "head": {"method": "HEAD", "accept_encoding": "gzip"},
    "known by its tag": {"if_none_match": f'"{1_700_000_000:x}-{len(SCRIPT):x}"'},
    "known by its date": {"if_modified_since": "Tue, 14 Nov 2023 22:13:20 GMT"},
    "a part": {"range": "bytes=7-11"},
    "no such part": {"range": "bytes=99999-"},
    "written to": {"method": "POST"},
    "over HTTPS": {"x_forwarded_proto": "https"},
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("https", [False, True])
async def test_a_file_is_answered_as_django_would_without_asking_it(collected, settings, https, asked):
    settings.ALLOWED_HOSTS = [HOST]
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = https, 3_600 if https else 0
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert await answer(**asked) == await sync_to_async(djangos)(**asked)


async def test_a_file_goes_out_compressed_and_is_taken_for_nothing_else(collected):
    status, headers, body = await answer(accept_encoding="gzip")
    assert status == 200
    assert gzip.decompress(body) == SCRIPT
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "max-age=60, public"
    _, _, body = await answer(accept_encoding="br")
    assert body == b"as brotli"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../secret.js",
        "/static/chat/../../secret.js",
        "/static/%2e%2e/secret.js",
        "/static/..%2fsecret.js",
        "/static//secret.js",
        "/static/chat/one.js/",
        "/static/chat/",
        "/static/chat/one.js.gz",
        "/static/chat/%00one.js",
        "/",
    ],
)
async def test_what_is_no_file_of_ours_is_for_django(collected, path):
    with pytest.raises(LookupError, match="handed on"):
        await answer(path)


async def test_where_a_client_says_that_we_live_elsewhere_django_judges(collected):
    asked = HttpCommunicator(StaticFiles(nobody), "GET", NAME)
    asked.scope["root_path"] = "/static"
    with pytest.raises(LookupError, match="handed on"):
        await asked.get_response(timeout=10)


async def test_while_one_develops_django_looks_for_the_file_each_time(collected):
    collected.DEBUG = True
    with pytest.raises(LookupError, match="handed on"):
        await answer()
    _, _, body = await sync_to_async(djangos)()
    assert body == SCRIPT


@pytest.mark.parametrize("https", [False, True])
async def test_a_foreign_host_is_for_django_where_it_is_looked_at(collected, settings, https):
    settings.ALLOWED_HOSTS = [HOST]
    settings.SECURE_SSL_REDIRECT = https
    if not https:
        assert (await answer(host="elsewhere.example.com"))[0] == 200
        return
    with pytest.raises(LookupError, match="handed on"):
        await answer(host="elsewhere.example.com")
    assert (await sync_to_async(djangos)(host="elsewhere.example.com"))[0] == 400


async def test_a_query_that_is_no_text_is_for_django(collected):
    asked = HttpCommunicator(StaticFiles(nobody), "GET", NAME)
    asked.scope["query_string"] = b"a=\xff"
    with pytest.raises(LookupError, match="handed on"):
        await asked.get_response(timeout=10)


async def sent(**headers: str) -> tuple[dict[str, str], list[dict]]:
    """What a server gets of ours: the headers, and the messages of the body one by one."""
    told = [(name.encode(), value.encode()) for name, value in {"host": HOST, **headers}.items()]
    scope = HttpCommunicator(StaticFiles(nobody), "GET", NAME, headers=told).scope
    messages = []

    async def send(message: dict) -> None:
        messages.append(message)

    await StaticFiles(nobody)(scope, None, send)
    return {name.decode(): value.decode() for name, value in messages[0]["headers"]}, messages[1:]


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7])
async def test_a_file_goes_out_in_pieces_for_whoever_reads_slowly(collected, size):
    whole = os.urandom(size)
    (collected.STATIC_ROOT / "chat" / "one.js").write_bytes(whole)
    headers, body = await sent()
    assert headers["content-length"] == str(size)
    assert b"".join(message["body"] for message in body) == whole
    assert max(len(message["body"]) for message in body) <= PIECE
    assert [message.get("more_body", False) for message in body] == [True] * (size // PIECE) + [False]


async def test_a_part_of_a_file_goes_out_in_pieces_too(collected):
    whole = os.urandom(3 * PIECE)
    (collected.STATIC_ROOT / "chat" / "one.js").write_bytes(whole)
    headers, body = await sent(range=f"bytes=5-{2 * PIECE + 4}")
    assert headers["content-length"] == str(2 * PIECE)
    assert [len(message["body"]) for message in body] == [PIECE, PIECE, 0]
    assert b"".join(message["body"] for message in body) == whole[5 : 2 * PIECE + 5]


async def test_what_is_collected_while_a_node_runs_is_as_long_as_it_is_then(collected):
    served = StaticFiles(nobody)
    (collected.STATIC_ROOT / "chat" / "one.js").write_bytes(b"longer" * len(SCRIPT))
    response = await HttpCommunicator(served, "GET", NAME, headers=[(b"host", HOST.encode())]).get_response(timeout=10)
    assert response["body"] == b"longer" * len(SCRIPT)
    assert dict(response["headers"])[b"content-length"] == str(len(response["body"])).encode()


@pytest.fixture
def opened(monkeypatch):
    """The files that were opened."""
    opened = []

    def note(*of):
        opened.append(open(*of))  # noqa: SIM115
        return opened[-1]

    monkeypatch.setattr("whitenoise.responders.open", note, raising=False)
    return opened


async def test_the_file_is_closed(collected, opened):
    await answer()
    assert [file.closed for file in opened] == [True]


async def test_the_file_is_closed_where_the_client_has_gone(collected, opened):
    async def gone(message: dict) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await StaticFiles(nobody)(HttpCommunicator(nobody, "GET", NAME).scope, None, gone)
    assert [file.closed for file in opened] == [True]
