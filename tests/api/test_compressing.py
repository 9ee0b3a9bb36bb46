"""What is compressed on its way."""

import gzip

import pytest
from django.http import FileResponse, HttpResponse, JsonResponse
from django.test import RequestFactory

from chat.compressing import GZipMiddleware

LONG = "many words, many words, many words, " * 100


def answer(response, **headers):
    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip, br"} | headers)
    return GZipMiddleware(lambda _: response)(request)


@pytest.mark.parametrize("response", [HttpResponse(LONG), JsonResponse({"text": LONG})], ids=["page", "json"])
def test_text_of_ours_is(response):
    answered = answer(response)
    assert answered.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answered.headers["Vary"]
    assert LONG in gzip.decompress(answered.content).decode()


def test_a_file_is_not(tmp_path):
    (tmp_path / "words.html").write_text(LONG)
    with (tmp_path / "words.html").open("rb") as file:
        answered = answer(FileResponse(file))
    assert "Content-Encoding" not in answered.headers


def test_a_picture_is_not():
    assert "Content-Encoding" not in answer(HttpResponse(LONG, content_type="image/png")).headers


def test_who_takes_no_gzip_gets_none():
    assert "Content-Encoding" not in answer(HttpResponse(LONG), **{"Accept-Encoding": "br"}).headers


@pytest.mark.django_db
def test_the_page_is(client, alice):
    client.force_login(alice)
    assert client.get("/", headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
