"""Which encoding a text is in: byte-order mark, UTF-16 by its zeros, UTF-8 proven over the whole file, else a guess.

A file that is UTF-8 apart from a few bytes stays UTF-8: those rows are refused one by one, not the file.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

import chardet

BLOCK_BYTES = 1 << 20
SUSPECT_LIMIT = 64 * 1024
SUSPECT_CELLS = 3
# After this many bytes that cannot be UTF-8, and none that only UTF-8 writes, reading on would tell nothing new.
ENOUGH_BAD = 2_000

ENCODINGS = {
    "utf-8": "UTF-8",
    "cp1252": "Windows-1252 (Western Europe)",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp1258": "Windows-1258 (Vietnamese)",
    "cp874": "Windows-874 (Thai)",
    "iso8859-15": "ISO 8859-15 (Western Europe)",
    "iso8859-2": "ISO 8859-2 (Central Europe)",
    "mac-roman": "Mac Roman",
    "cp437": "DOS 437 (United States)",
    "cp850": "DOS 850 (Western Europe)",
    "koi8-r": "KOI8-R (Cyrillic)",
    "cp932": "Shift JIS (Japanese)",
    "gb18030": "GB 18030 (Chinese, simplified)",
    "big5hkscs": "Big5 (Chinese, traditional)",
    "cp949": "Korean (Windows-949)",
    "utf-16-le": "UTF-16 (Windows)",
    "utf-16-be": "UTF-16 (big-endian)",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32 (big-endian)",
}
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# ISO code pages are read as the Windows ones that extend them: web browsers do the same.
SUPERSETS = {"iso8859-1": "cp1252", "latin-1": "cp1252", "ascii": "utf-8", "iso8859-9": "cp1254", "shift_jis": "cp932"}
SUPERSETS |= {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "tis-620": "cp874",
    "big5": "big5hkscs",
    "iso8859-11": "cp874",
}
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# Pages in which most letters are plain ones.
WESTERN = frozenset({"cp1250", "cp1252", "cp1254", "cp1257", "mac-roman", "cp437", "cp850"})
DOUBLE_BYTE = frozenset({"cp932", "gb18030", "big5hkscs", "cp949"})
FEW_BYTES, WELL_ABOVE = 5, 1.7
_HIGH_WORD = re.compile(rb"[\x80-\xff]{3,}")
_HIGH_CELL = re.compile(rb"[^,;\t|\"\r\n]*[\x80-\xff][^,;\t|\"\r\n]*")


@dataclass(frozen=True, slots=True)
class EncodingGuess:
    """The encoding found, why in words, whether it is proven, and raw cells with the bytes that are in doubt."""

    encoding: str
    why: str
    is_sure: bool
    suspects: tuple[bytes, ...] = ()
    bad_bytes: int = 0

    def as_json(self) -> dict[str, Any]:
        """Give a plain dict for storage; `from_json` takes it back."""
        return {**asdict(self), "suspects": [raw.decode("latin-1") for raw in self.suspects]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> EncodingGuess:
        """Take a dict as `as_json` wrote it."""
        return cls(**{**data, "suspects": tuple(text.encode("latin-1") for text in data["suspects"])})


def detect_encoding(stream: BinaryIO) -> EncodingGuess:
    """Read a stream of bytes to its end, in blocks, and tell its encoding."""
    head = stream.read(BLOCK_BYTES)
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return EncodingGuess(encoding, "The file says so in its first bytes.", True, _suspects(head, encoding))
    if wide := _wide_without_mark(head):
        return EncodingGuess(wide, "Every other byte is zero, as UTF-16 writes.", False)
    proof = _Utf8Proof()
    data = head
    while data and not proof.is_refuted:
        proof.feed(data)
        data = stream.read(BLOCK_BYTES)
    proof.feed(b"", is_end=not data)
    return proof.verdict()


def decode_cell(raw: bytes, encoding: str) -> str:
    """Show raw bytes as they would read in an encoding; what it cannot read shows as �."""
    return raw.decode(encoding, "replace").strip()


def _wide_without_mark(head: bytes) -> str:
    """Recognise UTF-16 without a mark: zeros stand in one half of the bytes only, at least beside every line end."""
    sample = head[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    few = len(sample) // 100
    if odd > few >= even and (odd > len(sample) // 5 or b"\n\0" in sample):
        return "utf-16-le"
    return "utf-16-be" if even > few >= odd and (even > len(sample) // 5 or b"\0\n" in sample) else ""


def _suspects(data: bytes, encoding: str) -> tuple[bytes, ...]:
    return tuple(_HIGH_CELL.findall(data)[:SUSPECT_CELLS]) if encoding == "utf-8" else ()


class _Utf8Proof:
    """Reads a whole stream as strict UTF-8 and keeps what speaks for and against it."""

    def __init__(self) -> None:
        self.rest = b""
        self.multibyte = 0
        self.bad = 0
        self.bad_cells: list[bytes] = []
        self.good_cells: list[bytes] = []
        self.sample = bytearray()

    @property
    def is_refuted(self) -> bool:
        return self.bad > ENOUGH_BAD and self.bad > 20 * self.multibyte

    def feed(self, data: bytes, *, is_end: bool = False) -> None:
        """Take the next bytes; a character that is cut by the border waits for the rest."""
        data = self.rest + data
        cut = len(data) if is_end else len(data) - _open_tail(data)
        self.rest, data = data[cut:], data[:cut]
        if data.isascii():
            return
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self._weigh(data)
            return
        self.multibyte += len(data) - len(text)
        if len(self.good_cells) < SUSPECT_CELLS:
            self.good_cells += _HIGH_CELL.findall(data)[:SUSPECT_CELLS]

    def _weigh(self, data: bytes) -> None:
        for line in data.splitlines():
            if line.isascii():
                continue
            without = _MULTIBYTE.sub(b"", line)
            self.multibyte += len(_MULTIBYTE.findall(line))
            if not without.isascii():
                self.bad += len(without.translate(None, bytes(range(128))))
                if len(self.bad_cells) < SUSPECT_CELLS:
                    self.bad_cells += _HIGH_CELL.findall(line)[:1]
                if len(self.sample) < SUSPECT_LIMIT:
                    self.sample += line + b"\n"

    def verdict(self) -> EncodingGuess:
        """Decide on what was read."""
        if not self.bad:
            why = "The whole file is valid UTF-8." if self.multibyte else "The file has plain characters only."
            return EncodingGuess("utf-8", why, True, tuple(self.good_cells[:SUSPECT_CELLS]))
        # Other encodings hardly ever happen to write what is valid UTF-8 (double-byte Chinese in one sign of a dozen).
        # Where that much is valid the file is a mixture: refusing the other rows is better than garbling these.
        if self.multibyte * 5 >= self.bad:
            why = f"Much of the file is valid UTF-8; {self.bad:,} bytes are not, and their rows will be refused."
            return EncodingGuess("utf-8", why, False, tuple(self.bad_cells), self.bad)
        return EncodingGuess(
            _code_page(bytes(self.sample)), "The file is not UTF-8; this fits its characters best.", False,
            tuple(self.bad_cells), self.bad,
        )  # fmt: skip


def _open_tail(data: bytes) -> int:
    """Count the bytes at the end that begin a character whose rest is still to come."""
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte < 0x80:
            return 0
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if needed > back else 0
    return 0


def _code_page(sample: bytes) -> str:
    """Guess the code page of text that is not UTF-8.

    Short samples tell little, and a detector then names any page that has letters there. Western pages write single
    accented letters between plain ones, others whole words of high bytes; among Western pages Windows-1252 is taken
    unless another fits much better.
    """
    scores: dict[str, float] = {}
    for found in chardet.detect_all(sample, ignore_threshold=True, prefer_superset=True, compat_names=False):
        if (name := _offered(found["encoding"] or "")) and not name.startswith("utf-"):
            scores[name] = max(scores.get(name, 0.0), found["confidence"])
    high = sample.translate(None, bytes(range(128)))
    in_words = sum(map(len, _HIGH_WORD.findall(sample)))
    best = max(scores, key=lambda name: scores[name], default="cp1252")
    if best in DOUBLE_BYTE or in_words * 10 >= len(high) * 4:
        return best
    if len(high) < FEW_BYTES:
        return "cp1252"
    least = WELL_ABOVE * scores.get("cp1252", 0.005)
    others = {name: score for name, score in scores.items() if name in WESTERN and score >= least}
    best = max(others, key=lambda name: others[name], default="cp1252")
    # Most accented letters stand at the same place in both pages: then nothing speaks against the usual one.
    return "cp1252" if sample.decode(best, "replace") == sample.decode("cp1252", "replace") else best


def _offered(found: str) -> str:
    """Give the encoding that we offer for one that was detected; "" when there is none."""
    if not _is_codec(found):
        return ""
    name = codecs.lookup(found).name
    name = SUPERSETS.get(name, name)
    known = {codecs.lookup(key).name: key for key in ENCODINGS}
    return known.get(codecs.lookup(name).name, "")


def _is_codec(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True
