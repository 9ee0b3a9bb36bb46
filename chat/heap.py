"""What the process asks the C library for, before it starts threads."""

import ctypes
from contextlib import suppress

M_ARENA_MAX = -8  # of mallopt(3)


def have_one() -> None:
    """One heap for all threads. Elsewhere than with glibc nothing happens.

    glibc gives each thread one of its own, and what a thread freed stays in its heap for that thread: a store's few
    threads, which take turns at pages of long messages, would each keep the largest that they ever had.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
