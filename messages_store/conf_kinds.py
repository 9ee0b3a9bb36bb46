"""What a setting is: its name, default, unit, bounds, and what it is for. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class BadSetting(Exception):
    """A setting is missing or has a value that cannot work; the message says what would be right."""


@dataclass(frozen=True)
class Setting:
    """One number from the environment, with the bounds in which it makes sense."""

    name: str
    default: float
    unit: str
    least: float
    most: float
    purpose: str
    whole: bool = True

    def parse(self, text: str) -> float:
        try:
            value = int(text) if self.whole else float(text)
        except ValueError:
            value = None
        if value is None or not self.least <= value <= self.most:
            kind = "a whole number" if self.whole else "a number"
            bounds = f"from {plain(self.least)} to {plain(self.most)}"
            raise BadSetting(f"{self.name} must be {kind} of {self.unit} {bounds}, not {text!r}.")
        return value


@dataclass(frozen=True)
class Words:
    """Something that is not a number. `read` makes the value of it or raises ValueError; `right` says what it takes."""

    name: str
    default: str
    unit: str
    right: str
    purpose: str
    read: Callable[[str], Any]
    secret: bool = False  # what is wrong is not told again

    def parse(self, text: str) -> Any:
        try:
            return self.read(text)
        except ValueError:
            told = "" if self.secret else f", not {text!r}"
            raise BadSetting(f"{self.name} must be {self.right}{told}.") from None


def plain(value: float | str) -> str:
    """A default as one writes it: numbers without an exponent (10000000, 0.05)."""
    return value or "none" if isinstance(value, str) else f"{value:.10g}"


def whole(name, default, unit, purpose, *, least=1, most=1_000_000) -> Setting:
    return Setting(name, default, unit, least, most, purpose)


def seconds(name, default, purpose, *, least=0.0, most=86_400.0) -> Setting:
    return Setting(name, default, "seconds", least, most, purpose, whole=False)
