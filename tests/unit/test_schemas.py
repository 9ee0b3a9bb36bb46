"""The published schemas are those of the code."""

import pytest

from chat import schemas


@pytest.mark.parametrize("name", sorted(schemas.FRAMES))
def test_the_published_schema_is_the_codes(name):
    """`python -m chat.schemas` writes them anew."""
    assert (schemas.DIRECTORY / f"{name}.json").read_text() == schemas.as_text(name)


def test_no_schema_is_published_of_a_frame_that_is_not_there():
    assert {path.stem for path in schemas.DIRECTORY.iterdir()} == set(schemas.FRAMES)
