"""Letting Python look for garbage more seldom while records stream through."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (100_000, 20, 20)


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Raise the thresholds of the cycle collector: records are many small objects without cycles, freed as they go."""
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
