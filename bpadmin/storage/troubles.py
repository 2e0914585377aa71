"""The object storage being away or refusing us: a wait in words, never an error of ours.

Neither is an OSError on purpose: the readers of archives take one for a damaged file.
"""

from __future__ import annotations


class StorageAway(Exception):
    """The object storage gave no usable answer; the message is a sentence. What needs it is tried again."""


class StorageRefused(StorageAway):
    """The object storage refuses us until somebody changes something, such as the key; the message says what."""
