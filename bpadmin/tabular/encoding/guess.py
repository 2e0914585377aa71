"""Which encoding a text is in: byte-order mark, UTF-16 by its zeros, UTF-8 proven over the whole file, else a guess.

A file that is UTF-8 apart from a few bytes stays UTF-8: those rows are refused one by one, not the file.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, BinaryIO

from bpadmin.tabular.encoding import letters
from bpadmin.tabular.encoding.codepages import Hints, code_page, read_word

BLOCK_BYTES = 1 << 20
SUSPECT_CELLS = 3
WORDS_KEPT = 4_000
CLEARLY_BETTER = 5.0
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
    "iso8859-2": "ISO 8859-2 (Central Europe)",
    "iso8859-4": "ISO 8859-4 (Baltic)",
    "iso8859-5": "ISO 8859-5 (Cyrillic)",
    "iso8859-6": "ISO 8859-6 (Arabic)",
    "iso8859-7": "ISO 8859-7 (Greek)",
    "iso8859-13": "ISO 8859-13 (Baltic)",
    "iso8859-15": "ISO 8859-15 (Western Europe)",
    "iso8859-16": "ISO 8859-16 (Romanian)",
    "mac-roman": "Mac Roman",
    "mac-latin2": "Mac (Central Europe)",
    "mac-cyrillic": "Mac (Cyrillic)",
    "mac-greek": "Mac (Greek)",
    "mac-iceland": "Mac (Icelandic)",
    "mac-turkish": "Mac (Turkish)",
    "cp437": "DOS 437 (United States)",
    "cp720": "DOS 720 (Arabic)",
    "cp737": "DOS 737 (Greek)",
    "cp850": "DOS 850 (Western Europe)",
    "cp852": "DOS 852 (Central Europe)",
    "cp775": "DOS 775 (Baltic)",
    "cp855": "DOS 855 (Cyrillic)",
    "cp857": "DOS 857 (Turkish)",
    "cp860": "DOS 860 (Portuguese)",
    "cp861": "DOS 861 (Icelandic)",
    "cp862": "DOS 862 (Hebrew)",
    "cp866": "DOS 866 (Cyrillic)",
    "koi8-r": "KOI8-R (Russian)",
    "koi8-u": "KOI8-U (Ukrainian)",
    "cp932": "Shift JIS (Japanese)",
    "euc-jp": "EUC-JP (Japanese)",
    "iso2022_jp_ext": "ISO-2022-JP (Japanese)",
    "gb18030": "GB 18030 (Chinese, simplified)",
    "big5hkscs": "Big5 (Chinese, traditional)",
    "cp949": "Korean (Windows-949)",
    "utf-16-le": "UTF-16 (Windows)",
    "utf-16-be": "UTF-16 (big-endian)",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32 (big-endian)",
    "utf-7": "UTF-7 (old mail programs)",
}
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How ISO-2022-JP goes over to Japanese signs; all that follows is plain bytes, two for a sign.
_JIS = re.compile(rb"\x1b\$[@B][\x21-\x7e]{2}|\x1b\(I[\x21-\x5f]")
# How UTF-7 goes over to other letters; digits alone begin no letter that people write, and phone numbers with them.
_SHIFT = re.compile(rb"\+[A-Za-z/]")
_SHIFTED = re.compile(rb"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]++-?")
_BORDER = re.compile(rb"[,;\t|\"\r\n]")
_AROUND = 60
# A byte-order mark in UTF-7.
_MARK_7 = re.compile(rb"\+/v[89+/]")
# Arabic, the letters of India and Thailand, Georgian, Vietnamese and old Greek, kana, Chinese, Korean.
_WRITTEN = ((0x0600, 0x06FF), (0x0900, 0x0E7F), (0x10A0, 0x10FF), (0x1E00, 0x1FFF), (0x3040, 0x30FF), (0x4E00, 0x9FFF),
            (0xAC00, 0xD7A3))  # fmt: skip
_SHIFTS_LOOKED_AT = 200
# Up to here are the alphabets of Europe: no word of eight letters reads as them by chance.
_LAST_OF_EUROPE = 0x05FF
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# Words are between signs below "@" and bars; double-byte pages write letters and other signs above it in their pairs.
_BETWEEN_WORDS = bytes(byte if byte >= 0x40 and byte != ord("|") else 0x20 for byte in range(256))
_ASCII = bytes(range(128))
_CELL = re.compile(rb"[^,;\t|\"\r\n]+")


@dataclass(frozen=True, slots=True)
class EncodingGuess:
    """The encoding found, why in words, whether it is proven, and raw cells with the bytes that are in doubt.

    `rivals` are encodings that read some words otherwise and that nothing in the file rules out: then a person has to
    say which is right. `words` are such words, raw.
    """

    encoding: str
    why: str
    is_sure: bool
    suspects: tuple[bytes, ...] = ()
    bad_bytes: int = 0
    rivals: tuple[str, ...] = ()
    words: tuple[bytes, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return a plain dict for storage; `from_json` takes it back."""
        raw = {name: [each.decode("latin-1") for each in getattr(self, name)] for name in ("suspects", "words")}
        return {**asdict(self), **raw, "rivals": list(self.rivals)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> EncodingGuess:
        """Take a dict as `as_json` wrote it."""
        raw = {name: tuple(text.encode("latin-1") for text in data.get(name, ())) for name in ("suspects", "words")}
        return cls(**{**data, **raw, "rivals": tuple(data.get("rivals", ()))})


def detect_encoding(stream: BinaryIO, hints: Hints | None = None) -> EncodingGuess:
    """Read a stream of bytes to its end, in blocks, and tell its encoding; `hints` is what is known beforehand."""
    head = stream.read(BLOCK_BYTES)
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return EncodingGuess(encoding, "The file says so in its first bytes.", True, _suspects(head, encoding))
    if _MARK_7.match(head):
        return EncodingGuess("utf-7", "The file says so in its first bytes.", True)
    if wide := _wide_without_mark(head):
        return EncodingGuess(wide, "Every other byte is zero, as UTF-16 writes.", False)
    if head.isascii() and _JIS.search(head):
        return EncodingGuess("iso2022_jp_ext", "It goes over to Japanese signs as ISO-2022-JP does.", True)
    proof = _Utf8Proof()
    data = head
    while data and not proof.is_refuted:
        proof.feed(data)
        data = stream.read(BLOCK_BYTES)
    proof.feed(b"", is_end=not data)
    while data:
        proof.skim(data)
        data = stream.read(BLOCK_BYTES)
    return proof.verdict(hints)


def decode_cell(raw: bytes, encoding: str) -> str:
    """Show raw bytes as they would read in an encoding; what it cannot read shows as �."""
    return read_word(raw, encoding).strip()


def _wide_without_mark(head: bytes) -> str:
    """Recognise UTF-16 without a mark: zeros stand in one half of the bytes only, at least beside every line end."""
    sample = head[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    few = len(sample) // 100
    if odd > few >= even and (odd > len(sample) // 5 or b"\n\0" in sample):
        return "utf-16-le"
    return "utf-16-be" if even > few >= odd and (even > len(sample) // 5 or b"\0\n" in sample) else ""


def _suspects(data: bytes, encoding: str) -> tuple[bytes, ...]:
    return tuple(_high_cells(data, SUSPECT_CELLS)) if encoding == "utf-8" else ()


def _high_cells(data: bytes, most: int) -> list[bytes]:
    """Return the first raw cells that hold more than ASCII."""
    return list(islice((found[0] for found in _CELL.finditer(data) if not found[0].isascii()), most))


class _Utf8Proof:
    """Reads a whole stream as strict UTF-8 and keeps what speaks for and against it.

    `words` counts words with bytes above 127 of lines that are not UTF-8, `good_words` those of them that are all the
    same, `plain` the other words of such lines.
    """

    def __init__(self) -> None:
        self.rest = b""
        self.multibyte = 0
        self.bad = 0
        self.bad_cells: list[bytes] = []
        self.good_cells: list[bytes] = []
        self.words: Counter[bytes] = Counter()
        self.good_words: Counter[bytes] = Counter()
        self.plain: Counter[bytes] = Counter()
        self.seen: set[int] = set()
        self.shifted: dict[bytes, None] = {}
        self.letters_of_7 = self.others_of_7 = 0

    @property
    def is_refuted(self) -> bool:
        return self.bad > ENOUGH_BAD and self.bad > 20 * self.multibyte

    def feed(self, data: bytes, *, is_end: bool = False) -> None:
        """Take the next bytes; a character that is cut by the border waits for the rest."""
        data = self.rest + data
        cut = len(data) if is_end else len(data) - _open_tail(data)
        self.rest, data = data[cut:], data[:cut]
        if (left := _SHIFTS_LOOKED_AT - self.letters_of_7 - self.others_of_7) > 0 and _SHIFT.search(data):
            found = list(islice(_shifted_cells(data), left))
            cells = [cell for cell in found if cell]
            self.letters_of_7 += len(cells)
            self.others_of_7 += len(found) - len(cells)
            self.shifted |= dict.fromkeys(cells[:SUSPECT_CELLS])
        if data.isascii():
            return
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self._weigh(data)
            return
        self.multibyte += len(data) - len(text)
        if len(self.good_cells) < SUSPECT_CELLS:
            self.good_cells += _high_cells(data, SUSPECT_CELLS)

    def skim(self, data: bytes) -> None:
        """Take bytes of a stream that cannot be UTF-8: only bytes that did not come before tell more."""
        found = set(data.translate(None, _ASCII))
        if new := found - self.seen:
            self.seen |= found
            for word in data.translate(_BETWEEN_WORDS).split():
                if not word.isascii() and not new.isdisjoint(word):
                    self.words[word] += 1

    def _weigh(self, data: bytes) -> None:
        for line in data.splitlines():
            if line.isascii():
                continue
            self._take_words(line)
            without = _MULTIBYTE.sub(b"", line)
            self.multibyte += len(_MULTIBYTE.findall(line))
            if not without.isascii():
                self.bad += len(without.translate(None, _ASCII))
                if len(self.bad_cells) < SUSPECT_CELLS:
                    self.bad_cells += _high_cells(line, 1)

    def _take_words(self, line: bytes) -> None:
        for word in line.translate(_BETWEEN_WORDS).split():
            if word.isascii():
                counts = self.plain
            else:
                counts = self.good_words if _is_utf_8(word) else self.words
                self.seen.update(word)
            if word in counts or len(counts) < WORDS_KEPT:
                counts[word] += 1

    def verdict(self, hints: Hints | None) -> EncodingGuess:
        """Decide on what was read."""
        # Codes such as LRW+PIY-KUF read as a letter by chance; in UTF-7 each plus is one, or written as +-.
        is_7 = bool(self.shifted) and self.letters_of_7 >= self.others_of_7
        if not self.bad and not self.multibyte and is_7:
            why = "The file has plain characters only, some of them as UTF-7 writes others."
            return EncodingGuess("utf-8", why, False, rivals=("utf-7",), words=tuple(self.shifted)[:SUSPECT_CELLS])
        if not self.bad:
            why = "The whole file is valid UTF-8." if self.multibyte else "The file has plain characters only."
            return EncodingGuess("utf-8", why, True, tuple(self.good_cells[:SUSPECT_CELLS]))
        found = code_page(self.words + self.good_words, self.plain, hints)
        # Other encodings happen to write what is valid UTF-8, above all those with many letters above 127. Words are
        # taken for UTF-8 where they make sense as that and not otherwise; a file with many of them is a mixture:
        # refusing its other rows is better than garbling these.
        is_mixed = self._is_partly_utf_8(found.encoding)
        if is_mixed and (self.multibyte * 5 >= self.bad or self.good_words.total() * 5 >= self.words.total()):
            why = f"Much of the file is valid UTF-8; {self.bad:,} bytes are not, and their rows will be refused."
            return EncodingGuess("utf-8", why, False, tuple(self.bad_cells), self.bad)
        rivals, words = found.rivals, found.words
        if is_mixed and self.good_words:
            rivals, words = (*rivals, "utf-8"), (*words[:2], max(self.good_words, key=self.good_words.__getitem__))
        why = "The file is not UTF-8; this fits its characters best."
        cells = tuple(self.bad_cells)
        return EncodingGuess(found.encoding, why, False, cells, self.bad, rivals=rivals, words=words)

    def _is_partly_utf_8(self, encoding: str) -> bool:
        """Return whether the words that are valid UTF-8 read better as that than in a code page."""
        if not self.good_words:
            return bool(self.good_cells)
        as_utf_8 = as_page = 0.0
        for word, count in self.good_words.most_common(100):
            as_utf_8 += count * max(letters.weights(read_word(word, "utf-8")))
            as_page += count * max(letters.weights(read_word(word, encoding)))
        return as_utf_8 > as_page + CLEARLY_BETTER or bool(self.good_cells)


def _shifted_cells(data: bytes) -> Iterator[bytes]:
    """Yield the raw cells with letters as UTF-7 writes them, and b"" for each plus before a letter that begins none.

    Addresses of mails have such signs for other reasons.
    """
    for found in _SHIFTED.finditer(data):
        _, shift, run = found[0][-_AROUND:].partition(b"+")
        if not shift or not _SHIFT.match(shift + run):
            continue
        text = _letters(shift + run)
        if text and max(map(ord, text)) > _LAST_OF_EUROPE and not run.endswith(b"-") and b"+-" not in data:
            text = ""
        before = _BORDER.split(data[max(0, found.start() - _AROUND) : found.start()])[-1]
        after = _BORDER.split(data[found.end() : found.end() + _AROUND], maxsplit=1)[0]
        cell = (before + found[0] + after).strip()
        if b"@" not in cell:
            yield cell if text else b""


def _letters(run: bytes) -> str:
    """Return the letters that a run of UTF-7 stands for, "" where it stands for none."""
    try:
        text = run.decode("utf-7")
    except UnicodeDecodeError:
        return ""
    return text if text.isalpha() and not text.isascii() and all(map(_is_written, text)) else ""


def _is_written(letter: str) -> bool:
    """Return whether a letter is of those that names are written with today; three signs in four by chance are not."""
    code = ord(letter)
    return code <= _LAST_OF_EUROPE or any(first <= code <= last for first, last in _WRITTEN)


def _is_utf_8(word: bytes) -> bool:
    try:
        word.decode()
    except UnicodeDecodeError:
        return False
    return True


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
