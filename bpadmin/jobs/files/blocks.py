"""Blocks of about a hundred rows, of which a chunk is made: between them it may be divided when it is sent.

On disk a chunk is one JSON array as before. Its `blocks` are a text, an item for each block with a semicolon between
them: how many records it has, how many bytes, its first and its last source row, and its checksum, all separated by
commas. A part of a chunk lies without brackets: its records and the commas between them.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

ROWS_A_BLOCK = 100
# How many digits a checksum of BLAKE2 has, as spools of before have them.
FORMER_DIGITS = 16
# In place of a part's checksum: each of its blocks has one. Whoever knows no blocks finds such a part damaged.
OF_BLOCKS = "of blocks"
TORN = "torn"
# The columns of a chunk that say what was checked.
CHECKED = ("number", "count", "offset", "length", "checksum")


def checksum_of(body: bytes | memoryview) -> str:
    """Return the checksum of a chunk's body or of a block: its CRC-32, in hexadecimal.

    It is to find what was damaged or changed on a disk; a cryptographic one takes seven times as long, twice a row.
    """
    return f"{zlib.crc32(body):08x}"


def is_unchanged(body: bytes | memoryview, checksum: str) -> bool:
    """Return whether a body has this checksum, which may be one of before."""
    if len(checksum) == FORMER_DIGITS:
        return hashlib.blake2b(body, digest_size=FORMER_DIGITS // 2).hexdigest() == checksum
    return checksum_of(body) == checksum


class Block(NamedTuple):
    """So many `records` in `length` bytes, from one source row to another."""

    records: int
    length: int
    first_row: int
    last_row: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of a chunk or of a part, in their order."""

    blocks: tuple[Block, ...]

    @classmethod
    def parse(cls, text: str) -> Blocks:
        """Take what `str` gave."""
        parts = (item.split(",") for item in text.split(";")) if text else ()
        return cls(tuple(Block(int(n), int(size), int(a), int(b), mark) for n, size, a, b, mark in parts))

    def __str__(self) -> str:
        return ";".join(f"{b.records},{b.length},{b.first_row},{b.last_row},{b.checksum}" for b in self.blocks)

    @property
    def count(self) -> int:
        """Count the records."""
        return sum(block.records for block in self.blocks)

    @property
    def length(self) -> int:
        """Count the bytes, with the commas between the blocks."""
        return sum(block.length for block in self.blocks) + len(self.blocks) - 1

    def divided(self, most: int) -> tuple[Blocks, Blocks]:
        """Return as many blocks as have at most so many records, at least one, and the others.

        Less than half of that is not left over.
        """
        at, count, left = 0, 0, self.count
        for block in self.blocks:
            if at and count + block.records > most:
                break
            at, count, left = at + 1, count + block.records, left - block.records
        if left * 2 < most:
            at = len(self.blocks)
        return Blocks(self.blocks[:at]), Blocks(self.blocks[at:])

    def are_in(self, data: bytes) -> bool:
        """Return whether these bytes, without brackets, are just these blocks as the check wrote them."""
        at, view = 0, memoryview(data)
        for block in self.blocks:
            if not is_unchanged(view[at : at + block.length], block.checksum):
                return False
            at += block.length
            if data[at : at + 1] not in (b",", b""):
                return False
            at += 1
        return at - 1 == len(data)


def body_in_blocks(records: Sequence[Any], rows: Sequence[int]) -> tuple[bytes, str]:
    """Write records as a JSON array; returns it and where it may be divided, "" for so few that it is one block."""
    if len(records) <= ROWS_A_BLOCK:
        return orjson.dumps(records), ""
    parts: list[bytes] = []
    blocks: list[Block] = []
    for start in range(0, len(records), ROWS_A_BLOCK):
        part = orjson.dumps(records[start : start + ROWS_A_BLOCK])[1:-1]
        end = min(start + ROWS_A_BLOCK, len(records))
        parts.append(part)
        blocks.append(Block(end - start, len(part), rows[start], rows[end - 1], checksum_of(part)))
    return b"[" + b",".join(parts) + b"]", str(Blocks(tuple(blocks)))


def number_of_blocks(text: str) -> int:
    """Count the blocks of a chunk; one that cannot be divided is one."""
    return text.count(";") + 1


def whole_of(number: int, count: int, offset: int, length: int, checksum: str) -> str:
    """Say in one text what was checked of a chunk."""
    return repr((number, count, offset, length, checksum))


def chunks_as_checked(rows: Iterable[tuple[int, int, int, int, str, str, str]]) -> Iterator[str]:
    """Say of each chunk what was checked, as if none had been divided; `rows` are CHECKED, blocks and whole, by number.

    Parts that do not make up the chunk that they are of are told as torn.
    """
    parts: list[str] = []
    whole, offset = "", 0
    for number, count, at, length, checksum, blocks, of in rows:
        if of != whole and whole:
            yield from _joined(whole, parts)
        if of != whole:
            whole, parts, offset = of, [], at
        if not of:
            yield whole_of(number, count, at, length, checksum)
            if blocks:
                yield blocks
            continue
        told = Blocks.parse(blocks)
        is_so = (at, count, length, checksum) == (offset, told.count, told.length, OF_BLOCKS)
        parts.append(blocks if is_so else TORN)
        offset = at + length + 1
    if whole:
        yield from _joined(whole, parts)


def _joined(whole: str, parts: Sequence[str]) -> Iterator[str]:
    yield whole
    yield ";".join(parts)
