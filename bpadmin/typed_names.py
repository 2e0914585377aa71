"""Whether a person has typed the name of what is about to go: the same rule on every page and in every command."""

from __future__ import annotations

import unicodedata


def is_typed(typed: str, name: str) -> bool:
    """Return whether `typed` is this name, whatever its capitals and the blanks around and between its words.

    A name is asked for so that somebody stops and reads it; whether it is typed with a capital says nothing of that.
    """
    return bool(_plain(typed)) and _plain(typed) == _plain(name)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
