"""The JSON Schemas of the wire, made from the frames of protocol.py: `python -m chat.schemas` writes docs/schemas/."""

import json
from pathlib import Path

import msgspec

from . import protocol

DIRECTORY = Path(__file__).resolve().parent.parent / "docs" / "schemas"
FRAMES = {
    frame.__struct_config__.tag: frame
    for frame in vars(protocol).values()
    if isinstance(frame, type) and issubclass(frame, protocol.Frame) and frame is not protocol.Frame
}


def schema(name: str) -> dict:
    """The schema of the frame of this type."""
    title = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": name}
    return title | msgspec.json.schema(FRAMES[name])


def as_text(name: str) -> str:
    return json.dumps(schema(name), indent=2) + "\n"


def main() -> None:
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    for name in FRAMES:
        (DIRECTORY / f"{name}.json").write_text(as_text(name))


if __name__ == "__main__":
    main()
