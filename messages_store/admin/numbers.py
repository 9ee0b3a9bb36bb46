"""Numbers in addresses, as anybody may write them."""

LARGEST = 2**63 - 1  # that a database can hold
MOST_DIGITS = 20  # of which are enough to tell; Python reads no more than 4,300


def number(text: str) -> int | None:
    """A number, at most the largest that there can be; None for what is none."""
    return min(int(text[:MOST_DIGITS]), LARGEST) if text.isdecimal() else None
