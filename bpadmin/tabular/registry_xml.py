"""The XML in which the US registry gives its lists, read as rows of area code and number.

    <list type="full" level="ac" val="650"><ac val="650"><ph val="5550101"/>…</ac></list>

A change list says more of each number in other attributes (National Do Not Call Registry, "File formats").
"""

from __future__ import annotations

import csv
import io
import re
from typing import BinaryIO, cast
from xml.parsers import expat

from bpadmin.tabular.types import TabularError

_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+(?<=\?)>\s*+)?(?:(?><!--.*?-->)\s*+)*+<list\b[^>]*>\s*<ac\b",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTES = re.compile(rb"<ph\b([^<>]*)>", re.IGNORECASE)
_NAME = re.compile(rb"(?<![\w.-])([\w.-]++)\s*+=")
BLOCK, SNIFFED = 1 << 16, 4096
AREA, NUMBER, VALUE = "Area code", "Phone", "val"
BROKEN = "The registry's XML file is damaged or incomplete (line {line}). Download it again."


def looks_like_registry(head: bytes) -> bool:
    """Tell by its first bytes whether a file is such a list."""
    return _BEGINS.match(head) is not None


def registry_rows(stream: BinaryIO) -> BinaryIO:
    """Return a stream of CSV where the stream holds such XML, and else what the stream holds."""
    if stream.seekable():
        head = stream.read(SNIFFED)
        stream.seek(0)
        return cast(BinaryIO, _Rows(stream, b"", head)) if looks_like_registry(head) else stream
    head = b""
    while len(head) < SNIFFED and (more := stream.read(SNIFFED - len(head))):
        head += more
    return cast(BinaryIO, _Rows(stream, head, head) if looks_like_registry(head) else _Again(head, stream))


class _Again(io.RawIOBase):
    """A stream whose first bytes were read already."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self.head, self.stream = head, stream

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self.head:
            return self.stream.read(size)
        cut = len(self.head) if size < 0 else size
        data, self.head = self.head[:cut], self.head[cut:]
        return data + self.stream.read(size) if size < 0 else data


class _Rows(io.RawIOBase):
    """The numbers of such a list as lines of CSV, made as they are read."""

    def __init__(self, stream: BinaryIO, begun: bytes, head: bytes) -> None:
        found = _ATTRIBUTES.search(head)
        names = [name.decode() for name in _NAME.findall(found[1])] if found else []
        self.names = [name for name in names if name.lower() != VALUE]
        self.stream, self.begun, self.area, self.is_over = stream, begun, "", False
        self.text = io.StringIO()
        self.writer = csv.writer(self.text, lineterminator="\n")
        self.writer.writerow([AREA, NUMBER, *self.names])
        self.rest = b""
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EntityDeclHandler = self._refuse  # a few bytes of such could be gigabytes of text

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self.is_over and (size < 0 or len(self.rest) < size):
            self._parse(self.begun or self.stream.read(BLOCK))
            self.begun = b""
            self.rest += self.text.getvalue().encode()
            self.text.seek(0)
            self.text.truncate()
        cut = len(self.rest) if size < 0 else size
        data, self.rest = self.rest[:cut], self.rest[cut:]
        return data

    def _parse(self, data: bytes) -> None:
        self.is_over = not data
        try:
            self.parser.Parse(data, self.is_over)
        except expat.ExpatError as error:
            raise TabularError(BROKEN.format(line=error.lineno)) from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name.lower() == "ac":
            self.area = attributes.get(VALUE, "")
        elif name.lower() == "ph":
            more = [attributes.get(each, "") for each in self.names]
            self.writer.writerow([self.area, attributes.get(VALUE, ""), *more])

    def _refuse(self, *_: object) -> None:
        raise TabularError("The XML file defines entities, which no registry's file does. Download it again.")
