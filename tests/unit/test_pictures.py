"""Pictures made anew: what one sees stays, everything else is gone, and nothing large is decoded."""

from io import BytesIO

import pytest
from PIL import Image, ImageCms, ImageFile

from messages_store.pictures import AVATAR, TooManyPixels, Unreadable, make_anew, make_square
from tests.uploaded import HTML, SVG, animation, bomb, opened, photograph, picture

LIMITS = {"pixels": 1_000_000, "edge": 1_024}


def anew(content: bytes, **limits):
    return make_anew(BytesIO(content), **LIMITS | limits)


def test_the_place_the_camera_and_comments_are_gone():
    before = opened(photograph())
    assert before.getexif().get_ifd(0x8825)
    found = anew(photograph())
    after = opened(found.content)
    assert (found.type, after.format, after.size) == ("image/jpeg", "JPEG", (600, 400))
    assert not after.getexif()
    assert not {"exif", "comment", "icc_profile", "xmp"} & after.info.keys()
    for secret in (b"Camera", b"secret", b"Exif"):
        assert secret in photograph()
        assert secret not in found.content + found.thumbnail


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_stands_upright(orientation):
    found = anew(photograph((600, 400), orientation))
    assert found.size == opened(found.content).size == ((600, 400) if orientation < 5 else (400, 600))


def test_texts_in_a_png_are_gone():
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Author", "Alice in secret", zip=False)
    before = picture("PNG", pnginfo=told)
    assert b"Alice in secret" in before
    assert b"Alice in secret" not in anew(before).content


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_what_was_behind_the_picture_is_gone(kind):
    """A file that is a picture and something else at once is no more than a picture."""
    found = anew(picture(kind) + HTML + b"PK\x03\x04")
    assert HTML not in found.content
    assert found.size == (80, 60)
    red = opened(found.content).convert("RGB").getpixel((40, 30))
    assert all(abs(a - b) < 12 for a, b in zip(red, (200, 30, 30), strict=True))


def test_a_clear_picture_stays_clear():
    buffer = BytesIO()
    Image.new("RGBA", (10, 10), (1, 2, 3, 0)).save(buffer, "PNG")
    assert opened(anew(buffer.getvalue()).content).convert("RGBA").getpixel((5, 5))[3] == 0


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_moves_on_as_webp(kind):
    found = anew(animation(kind))
    after = opened(found.content)
    assert (found.type, after.format, after.n_frames, after.size) == ("image/webp", "WEBP", 4, (40, 30))
    after.load()
    assert after.info["duration"] == 80
    assert not getattr(opened(found.thumbnail), "is_animated", False)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_counts_with_all_of_its_frames(kind):
    content = animation(kind, size=(100, 100), frames=11)
    anew(content, pixels=110_000)
    with pytest.raises(TooManyPixels):
        anew(content, pixels=109_999)


def test_a_bomb_is_not_decoded(monkeypatch):
    content = bomb()
    assert len(content) < 20_000
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("it was decoded"))
    with pytest.raises(TooManyPixels):
        anew(content, pixels=50_000_000)
    with pytest.raises(TooManyPixels):
        anew(bomb(9_000, 9_000), pixels=50_000_000)


@pytest.mark.parametrize("size", [(1_001, 1_000), (1_000_001, 1)])
def test_one_pixel_too_many(size):
    with pytest.raises(TooManyPixels):
        anew(picture("PNG", size))


def test_a_large_picture_becomes_smaller():
    found = anew(picture("JPEG", (2_000, 500)))
    assert found.size == opened(found.content).size == (1_024, 256)
    assert found.thumbnail_size == opened(found.thumbnail).size == (480, 120)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_half_a_picture_is_none(kind):
    whole = photograph() if kind == "JPEG" else animation(kind, (300, 300))
    with pytest.raises(Unreadable):
        anew(whole[: len(whole) // 2])


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a" + HTML, b"\xff\xd8\xff" + HTML, HTML, SVG])
def test_what_is_no_picture(content):
    with pytest.raises(Unreadable):
        anew(content)


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "PPM", "ICO", "PCX", "TGA"])
def test_formats_that_nobody_needs_are_not_even_tried(kind):
    with pytest.raises(Unreadable):
        anew(picture(kind))


def test_colours_stay_though_their_profile_goes():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    assert b"icc" not in anew(picture("JPEG", icc_profile=profile)).content.lower()[:400]


def test_a_wrong_profile_is_passed_over():
    found = anew(picture("JPEG", icc_profile=b"nonsense" * 40))
    assert "icc_profile" not in opened(found.content).info


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "YCbCr"])
def test_every_kind_of_pixels(mode):
    kind = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    buffer = BytesIO()
    Image.new(mode, (20, 10)).save(buffer, kind)
    assert anew(buffer.getvalue()).size == (20, 10)


def test_a_square_is_cut_from_the_middle():
    square = opened(make_square(BytesIO(photograph((600, 200))), pixels=1_000_000))
    assert (square.format, square.size) == ("WEBP", AVATAR)
