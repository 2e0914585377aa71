"""The word that this worker is about to end, seen by all its processes.

Celery tells only a worker's main process that it is to shut down; the drivers work in its children. One byte of
memory, shared because it was mapped before they were forked, needs no lock and may be written by a signal handler.
"""

from __future__ import annotations

import mmap

_word = mmap.mmap(-1, 1)


def shutdown_ask() -> None:
    """Ask every driver of this worker to end after the chunk under way."""
    _word[0] = 1


def shutdown_forget() -> None:
    """Take the word back, for a worker that starts."""
    _word[0] = 0


def is_shutting_down() -> bool:
    """Tell whether drivers should give their lease back now."""
    return _word[0] == 1
