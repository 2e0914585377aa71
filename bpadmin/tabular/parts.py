"""Several texts as one, as registries send them: a file for each area code, all with the same columns."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO, cast

from bpadmin.tabular.types import TabularError

# The member of an archive that stands for all of them, one behind the other.
ALL_MEMBERS = "*"
_MARK = b"\xef\xbb\xbf"
_DIGIT = re.compile(rb"\d")
_NO_SEPARATOR = re.compile(rb"\"[^\"]*\"|[^,;|\t]")
LONGEST_HEADER = 64 * 1024
OTHER_COLUMNS = (
    "The files in the archive do not have the same columns: one begins with “{one}”, another with “{other}”. "
    "Choose one of them at a time."
)


def joined_parts(streams: Iterator[BinaryIO]) -> BinaryIO:
    """Return one stream of all. The names of the columns, where the texts have some, come once. TabularError.

    A first line without a digit is names: no row of numbers is without one.
    """
    return cast(BinaryIO, _Joined(streams))


class _Joined(io.RawIOBase):
    def __init__(self, streams: Iterator[BinaryIO]) -> None:
        self.streams, self.now, self.rest = streams, cast("BinaryIO | None", None), b""
        self.header: bytes | None = None
        self.first = b""
        self.last = b"\n"

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read on, from the next text where one ends; b"" only behind the last."""
        pieces, wanted = [], size if size >= 0 else 1 << 62
        while wanted > 0:
            piece = self._piece(min(wanted, 1 << 20))
            if not piece:
                break
            pieces.append(piece)
            wanted -= len(piece)
        return b"".join(pieces)

    def _piece(self, size: int) -> bytes:
        while not self.rest:
            self.rest = self.now.read(max(size, 1 << 16)) if self.now is not None else b""
            if self.rest:
                break
            following = next(self.streams, None)
            if following is None:
                return b""
            self.now, self.rest = following, self._begun(following)
        piece, self.rest = self.rest[:size], self.rest[size:]
        self.last = piece[-1:]
        return piece

    def _begun(self, stream: BinaryIO) -> bytes:
        """Return how a text begins, without a mark and without names that stood above the first one already."""
        raw = b""
        while b"\n" not in raw and len(raw) < LONGEST_HEADER and (more := stream.read(4096)):
            raw += more
        raw = raw.removeprefix(_MARK)
        line, end, rest = raw.partition(b"\n")
        names = b"" if _DIGIT.search(line) else line.strip()
        if self.header is None:
            self.header, self.first = names, line.strip()
            return raw
        is_like = names == self.header and (names or _signs(line) == _signs(self.first))
        if line.strip() and not is_like:
            one, other = (each.decode("utf-8", "replace")[:80] for each in (self.first, line.strip()))
            raise TabularError(OTHER_COLUMNS.format(one=one, other=other))
        before = b"" if self.last in (b"\n", b"\r") else b"\n"
        return before + (rest if names else line + end + rest)


def _signs(line: bytes) -> bytes:
    """Return the separators of a line of numbers, those within quotation marks left out."""
    return _NO_SEPARATOR.sub(b"", line)
