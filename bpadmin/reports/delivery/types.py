"""What the ways of delivery share: the files of an edition, and why one could not be delivered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

PIECE = 1024 * 1024
MOST_WORDS = 300


class DeliveryFailed(Exception):
    """A file was not delivered; the message is a sentence with the reason.

    `may_retry`: nothing can have arrived, or what did is overwritten by another try, and later it may work.
    """

    def __init__(self, message: str, *, may_retry: bool = False) -> None:
        super().__init__(message)
        self.may_retry = may_retry


def server_words(said: Exception | str) -> str:
    """Return what a server said, or the name of an error that says nothing, in one short line without a full stop."""
    text = "".join(each if each.isprintable() else " " for each in str(said))
    return " ".join(text.split())[:MOST_WORDS].strip(" .") or type(said).__name__


class DestinationRefused(Exception):
    """A destination cannot be like this; the message says why and what to do. `field` names the input at fault."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes out: the file of an edition, and beside it the manifest as JSON."""

    title: str
    words: str
    name: str
    file: BinaryIO
    size: int
    manifest_name: str
    manifest: bytes

    def pieces(self) -> Iterator[bytes]:
        """Yield the file from its beginning, some at a time."""
        self.file.seek(0)
        while piece := self.file.read(PIECE):
            yield piece
