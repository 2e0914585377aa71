"""Read the array of a JSON answer as it arrives, item by item, in the memory of one part. No I/O of its own.

The items are found by trying: an object that begins where an item begins, and parses, is the whole item, since no JSON
object continues another. So a part's worth of items is parsed in one go, by the fast parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from bpadmin.platforms.http.lenient import Misshapen, as_object, shown

# What surrounds the array, and one item of it, are a few kilobytes; what is longer is no such answer.
LONGEST = 4 * 1024 * 1024
# A part mostly ends inside an item, whose nested objects are tried in vain, and so is the end of the whole answer.
TRIES = 4
# Blanks that may stand between the array's name and its beginning, when they come apart.
OVERLAP = 4096
_BOM = b"\xef\xbb\xbf"


class StreamedItems:
    """The objects in the array `member` of a JSON object that comes in parts; can be gone through once.

    Iterating raises Misshapen for what has another form, and another ValueError for what is no JSON or breaks off.
    After the end `envelope` holds the object without the array.
    """

    def __init__(self, parts: Iterable[bytes], member: str) -> None:
        self.envelope: dict[str, Any] = {}
        self._parts = iter(parts)
        self._member = member

    def __iter__(self) -> Iterator[dict[str, Any]]:
        head, text = self._opened()
        is_comma_due = False
        while True:
            text = text.lstrip()
            if is_comma_due and text[:1] == b",":
                is_comma_due, text = False, text[1:].lstrip()
            if text[:1] == b"]":
                break
            if text[:1] not in ((b"",) if is_comma_due else (b"", b"{")):
                raise Misshapen(f"{self._member} should hold objects, but holds {shown(text[:60])}")
            items, text = _whole_items(text)
            if items:
                yield from items
                is_comma_due = True
            else:
                text = self._with_more(text, "it breaks off inside its records")
        self.envelope = self._closed(head, text[1:])

    def _opened(self) -> tuple[bytes, bytes]:
        """Return what comes before the array, and the beginning of what is in it."""
        # Inside a text its quotes would be escaped, so this is found nowhere else.
        opening = re.compile(rb'"%s"\s*:\s*\[' % re.escape(self._member.encode()))
        # Grows in place: parts added to bytes would copy all that came before, once for each part.
        text, seen = bytearray(), 0
        while (match := opening.search(text, seen)) is None:
            # Parts may be single bytes: what was looked through once is not looked through for each of them.
            seen = max(0, len(text) - len(self._member) - OVERLAP)
            part = next(self._parts, None)
            if part is None:
                as_object(orjson.loads(bytes(text).removeprefix(_BOM)), "the answer")
                raise Misshapen(f"{self._member} is missing")
            text += part
            if len(text) > LONGEST:
                raise Misshapen(f"{self._member} does not come")
        found = bytes(text)
        return found[: match.start()].removeprefix(_BOM), found[match.end() :]

    def _closed(self, head: bytes, text: bytes) -> dict[str, Any]:
        """Read to the end; give what is around the array."""
        while (part := next(self._parts, None)) is not None:
            text = self._grown(text, part)
        return as_object(orjson.loads(b'%s"%s":null%s' % (head, self._member.encode(), text)), "the answer")

    def _with_more(self, text: bytes, complaint: str) -> bytes:
        part = next(self._parts, None)
        if part is None:
            raise ValueError(complaint)
        return self._grown(text, part)

    def _grown(self, text: bytes, part: bytes) -> bytes:
        if len(text) > LONGEST:
            raise Misshapen(f"something in or behind {self._member} has no end")
        return text + part


def _whole_items(text: bytes) -> tuple[list[dict[str, Any]], bytes]:
    """Parse as many items as are whole, and give them with the rest; none where not even the first is whole."""
    end = len(text) + 1
    for _ in range(TRIES):
        end = text.rfind(b"}", 0, end - 1) + 1
        if not end:
            return [], text
        try:
            return orjson.loads(b"[%s]" % text[:end]), text[end:]
        except orjson.JSONDecodeError:
            continue
    end = 0
    while end := text.find(b"}", end) + 1:
        try:
            return [orjson.loads(text[:end])], text[end:]
        except orjson.JSONDecodeError:
            continue
    return [], text
