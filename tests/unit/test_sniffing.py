"""What a file is, by its bytes alone."""

import pytest

from messages_store.sniffing import ANYTHING, HEAD, PICTURES, TEXT, is_allowed, pictures_allowed, type_of
from tests.uploaded import HTML, SVG, picture


@pytest.mark.parametrize(
    ("head", "type"),
    [
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("GIF"), "image/gif"),
        (picture("WEBP"), "image/webp"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04" + bytes(60), "application/zip"),
        (b"hello", TEXT),
        ("早上好".encode(), TEXT),
        ("早".encode() * HEAD, TEXT),
        (bytes(100), ANYTHING),
        (b"\xff\xfe\xfd\xfc", ANYTHING),
    ],
)
def test_types(head, type):
    assert type_of(head[:HEAD]) == type


@pytest.mark.parametrize("head", [HTML, SVG, b"<?xml version='1.0'?>" + SVG, b"\xef\xbb\xbf" + HTML, b"#!/bin/sh\n"])
def test_what_a_browser_would_run_is_text(head):
    assert type_of(head) == TEXT


def test_what_is_allowed():
    assert is_allowed("image/png", ["image/*"])
    assert is_allowed("image/png", ["text/plain", "image/png"])
    assert is_allowed("image/png", ["*"])
    assert not is_allowed("image/png", [])
    assert not is_allowed("imageX/png", ["image/*"])


def test_which_pictures_are_allowed():
    assert pictures_allowed(["image/png", "image/svg+xml", "text/plain"]) == ["image/png"]
    assert pictures_allowed(["*"]) == pictures_allowed(["image/*"]) == sorted(PICTURES)
    assert pictures_allowed([]) == []
