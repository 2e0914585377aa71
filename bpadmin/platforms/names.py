"""Names as ids, for platforms that know things by name: one segment of an address, readable, and led back exactly."""

from __future__ import annotations

import re

# What would end a segment, join two names, or not survive in an address; a dot only where it would begin the segment.
# "%" is no escape: pages hold addresses in both their forms, and it would be decoded once too often in one of them.
_UNSAFE = re.compile(r"[%=/~?#\\\x00-\x1f\x7f]|^\.|^ | $")
_ESCAPED = re.compile(r"=([0-9A-F]{2})")
JOINT = "~"
# What an id must be to stand in an address: one segment, without control characters, and never "." or "..".
SEGMENT = r"[^/.\x00-\x1f][^/\x00-\x1f]{0,399}"
_SEGMENT = re.compile(SEGMENT)


def is_addressable(id_: str) -> bool:
    """Return whether a page can be named by this id."""
    return _SEGMENT.fullmatch(id_) is not None


def id_of(*names: str) -> str:
    """Return the id that stands for a name, or for several in this order."""
    return JOINT.join(_UNSAFE.sub(lambda match: f"={ord(match[0]):02X}", name) for name in names)


def names_of(id_: str) -> tuple[str, ...]:
    """Return the names that an id of `id_of` stands for."""
    return tuple(_ESCAPED.sub(lambda match: chr(int(match[1], 16)), part) for part in id_.split(JOINT))
