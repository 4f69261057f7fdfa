"""Quiet for libraries that warn about what is handled anyway."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# The warning filters belong to the process: two threads that swap them at once would leave them swapped.
_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def no_warnings() -> Iterator[None]:
    """Silence warnings inside the block, one thread at a time."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
