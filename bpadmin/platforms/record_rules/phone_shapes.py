"""Cells of which the platform's rule would make another number than the one that was meant, and numbers of no plan.

The platform drops everything that is no digit. Digits of an extension, of a second number, of a date or of a note are
joined with those of the number by that, and somebody else is called: such cells are refused, with what to write.
Cells are told by their shapes, the text with every digit as 0; few shapes make up a whole column, and each is looked at
once. Sources: North American Numbering Plan (area and exchange codes begin with 2 to 9; no area
code has a 9 in the middle), ITU-T E.164 (15 digits).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import AnyStr, NamedTuple, cast

from bpadmin.platforms.record_rules.phone import US_CANADA, normal_phone
from bpadmin.platforms.types import FieldSpec

IMPOSSIBLE, PREMIUM, OTHER_COUNTRY = "impossible_numbers", "premium_numbers", "foreign_numbers"
LONGEST = 15
MEMO_LIMIT = 20_000
SHAPES_SHOWN = 100
_DIGITS = bytes(48 if 48 <= sign <= 57 else sign for sign in range(256))
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_LABELS = (
    "telephone|telefone?|teléfono|téléphone|tel|phone|ph|mobile|mobil|mob|móvil|cellular|cellphone|cell|home|work"
    "|office|business|main|direct|fax|handy|private|privat|call|t|m|h|w|p|c|o"
)
_LABEL_BEFORE = re.compile(rf"[(\[]?(?:{_LABELS})(?![a-z])[\s.:/)\]-]*", re.IGNORECASE)
_LABEL_AFTER = re.compile(rf"[\s(\[,/-]+(?:{_LABELS})[)\].]*", re.IGNORECASE)
_EDGES = " \t,;:*!?'\"`"
_SIGNS = frozenset("0 \t()[]+.-/_~·•")
_EXTENSION = re.compile(
    r"(?P<number>.*\d)[\s,;/(.-]*(?:extension|extn|ext|x|poste|durchwahl|dw|interno|int|anexo|ramal|#)[\s.:=#]*"
    r"\d{1,6}\)?",
    re.IGNORECASE | re.DOTALL,
)
_DATE = re.compile(r"(?<!\d)(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})(?!\d)", re.ASCII)
_ONLY_DATE = re.compile(r"(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{4})(?:[-\s]\d{1,4})?", re.ASCII)
_PARTS = re.compile(r"[/;,|&\\\n:]+|\s-\s|\bor\b|\band\b", re.IGNORECASE)
_RUNS = re.compile("0+")
_TWICE = re.compile(r"\n\+?(\d{1,3})[ .\-]+\1[ .\-]")
_TRUNK = re.compile(r"\n\+(?!39)\d{1,3}[ ./\-]+\(?0\d")
# A number of the US with its 1 and a line end before it: the area code stands at places 2 to 4, the exchange at 5 to 7.
_WIDTH, _USUAL = 12, "12222222222"
_ELEVEN = b"11".decode("utf-16-le")
_ZERO_OR_ONE = bytes(sign in b"01" for sign in range(256))
_NINE = bytes(sign in b"9" for sign in range(256))
# Countries whose numbers keep their 0 after the country code.
_KEEP_ZERO = ("39", "225", "241", "242", "378")


class Odd(NamedTuple):
    """What is wrong with the cell of one row, and what to write instead."""

    row: int
    detail: str
    fix: str
    is_impossible: bool = False


class Remark(NamedTuple):
    """Numbers that the platform takes, and that are worth a look: the code of a warning, their rows in order, and why.

    Without `words` the plan of the US and Canada says why of each.
    """

    code: str
    rows: Sequence[int]
    words: str = ""

    def detail(self, number: str) -> str:
        """Say why, of one of the numbers."""
        return self.words or _plan_words(number)


class PhoneShapes:
    """Looks at the cells of one telephone field, a block at a time; `fresh` are rows that are written in new ways."""

    def __init__(self, spec: FieldSpec) -> None:
        self.spec = spec
        self.is_us = spec.phone_type == US_CANADA
        self.code = "" if self.is_us else re.sub(r"\D", "", spec.default_country_code)
        self._shapes: dict[bytes, str] = {}
        self.fresh: list[int] = []
        self._abroad = re.compile(rf"\n\(?(?:\+|00)(?!{self.code}|[ (]*{self.code})") if self.code else None

    def look(self, cells: Sequence[str], normal: Sequence[str | None]) -> tuple[list[Odd], list[Remark]]:
        """Return the cells that must not be sent, and numbers that the platform takes although they are worth a look.

        `normal` is what the platform would make of each.
        """
        if not cells:
            return [], []
        joined = "\n".join(cells)
        whole = joined.count("\n") == len(cells) - 1
        shapes = (
            joined.encode("utf-8", "replace").translate(_DIGITS).split(b"\n")
            if whole
            else [cell.encode("utf-8", "replace").translate(_DIGITS) for cell in cells]
        )
        memo, self.fresh, kinds = self._shapes, [], {}
        for shape in set(shapes):
            if (kind := memo.get(shape)) is None:
                kind = self._kind(shape)
                if len(memo) <= SHAPES_SHOWN:
                    self.fresh.append(shapes.index(shape))
            if kind:
                kinds[shape] = kind
        self.fresh.sort()
        found: dict[int, Odd] = {}
        if kinds:
            for row, shape in enumerate(shapes):
                if shape in kinds and normal[row] is not None and (one := self._odd(row, cells[row], kinds[shape])):
                    found[row] = one
        if self.is_us:
            impossible, remarks = self._american_plan(normal)
            for one in impossible:
                found.setdefault(one.row, one)
            return list(found.values()), remarks
        numbers = replaced(normal, None, "")
        kept = "\n" + "\n".join(numbers)
        for one in self._by_value(cells, "\n" + joined, numbers, kept, is_whole=whole):
            if normal[one.row] is not None:
                found.setdefault(one.row, one)
        return list(found.values()), self._remarks(cells)

    def _remarks(self, cells: Sequence[str]) -> list[Remark]:
        if not self.code or self.code == "1":
            return []
        rows = [
            row
            for row, cell in enumerate(cells)
            if cell[:1] == "(" and cell[1:2] not in "0+" and re.fullmatch(r"\(\d{3}\) ?\d{3}-\d{4}", cell)
        ]
        return [Remark(OTHER_COUNTRY, rows, "it is written like a number of the US or Canada")] if rows else []

    def _american_plan(self, normal: Sequence[str | None]) -> tuple[list[Odd], list[Remark]]:
        """Return the numbers that cannot exist, and those that nobody can be reached by or that cost extra."""
        numbers = [number or _USUAL for number in normal]
        kept = ("\n" + "\n".join(numbers)).encode()
        if len(kept) != _WIDTH * len(numbers) or kept[::_WIDTH].count(b"\n") != len(numbers):
            kept = ("\n" + "\n".join([number if len(number) == 11 else _USUAL for number in numbers])).encode()
        # Every number takes twelve places now: whole places are compared at once, which no pattern is as fast as.
        areas, exchanges = kept[2::_WIDTH], kept[5::_WIDTH]
        impossible = [
            Odd(row, "there is no area code that begins with 0 or 1", "Enter the right number.", True)
            for row in _rows_with(areas, _ZERO_OR_ONE)
        ]
        rows = {*_rows_with(exchanges, _ZERO_OR_ONE), *_rows_with(kept[3::_WIDTH], _NINE)}
        # Two digits at a time: what is written 11 is one sign then, and each number has six of them.
        rows.update(_places((kept[1:] + b"\n").decode("utf-16-le")[1 :: _WIDTH // 2], _ELEVEN))
        rows.update(_places(kept.decode("utf-16-le")[3 :: _WIDTH // 2], _ELEVEN))
        costly = {
            at // _WIDTH
            for text, place in ((b"900", 2), (b"976", 5))
            for at in _places(kept, text)
            if at % _WIDTH == place
        }
        remarks = [Remark(PREMIUM, sorted(costly)), Remark(IMPOSSIBLE, sorted(rows - costly))]
        return impossible, [one for one in remarks if one.rows]

    def _kind(self, shape: bytes) -> str:
        """Name what is odd about a shape, "" for nothing."""
        if len(self._shapes) > MEMO_LIMIT:
            self._shapes.clear()
        kind = self._shapes[shape] = _kind_of(shape.decode(), is_us=self.is_us)
        return kind

    def _odd(self, row: int, cell: str, kind: str) -> Odd | None:
        """Put in words why a cell of an odd shape is refused; None where its digits show that nothing is wrong."""
        if kind == "bracket":
            if "(0)" not in cell:
                return None
            fix = " ".join(cell.replace("(0)", " ").split())
            return Odd(row, "the (0) is a trunk zero, which is not dialled after a country code", self._fix(fix))
        if kind == "grouping":
            if cell.lstrip("+(").startswith("011"):
                return None
            first = _PARTS.split(cell)[0].strip()
            if found := _DATE.search(cell):
                return Odd(row, f"there is more than a number in it: a date ({found[0]})", self._fix(first))
            words = "its digits are not grouped like one number: an extension or a second number may be among them"
            return Odd(row, words, self._fix(first))
        if kind == "foreign":
            digits = re.sub(r"\D", "", cell)
            return Odd(
                row,
                f"it begins with + and the code of another country ({digits[:2]}…), and gets a 1 in front",
                f"011{digits}",
            )
        if kind == "extension":
            found = _EXTENSION.fullmatch(cell)
            before = found["number"].strip(_EDGES + "(-/.") if found else _PARTS.split(cell)[0].strip(_EDGES)
            return Odd(row, "it ends with an extension, whose digits would be joined to the number", self._fix(before))
        if kind == "several":
            parts = [part.strip(_EDGES) for part in _PARTS.split(cell)]
            first = next((part for part in parts if sum(map(str.isdigit, part)) >= 6), "")
            return Odd(row, "there are several numbers in one cell, whose digits would be joined", self._fix(first))
        if kind == "letters":
            return Odd(row, "there are letters in it, which are left out: another number remains", self._letters(cell))
        return Odd(row, _WORDS[kind], self._fix(cell.lstrip("- ") if kind == "negative" else ""))

    def _fix(self, text: str) -> str:
        """Suggest a number, if it is one that would be taken as it is."""
        if text and self._is_good(text):
            return text
        if self.is_us and sum(map(str.isdigit, text)) == 7:
            return f"Put the area code in front of {text}, and leave out what follows."
        return "Enter the one number that is to be called."

    def dialled(self, cell: str) -> str:
        """Return the digits of a number in letters, such as 1-800-FLOWERS; "" where there is no such number."""
        text = cell.upper().translate(_KEYPAD)
        is_word = re.search(r"[A-Za-z]{3,}", cell) and "@" not in cell and not _EXTENSION.fullmatch(cell)
        return text if is_word and self.is_us and self._is_good(text) else ""

    def _letters(self, cell: str) -> str:
        if dialled := self.dialled(cell):
            return dialled
        parts = re.split(r"[^\d ()+.\-]+", cell)
        good = [part.strip(" -.") for part in parts if self._is_good(part.strip(" -."))]
        return self._fix(good[0]) if len(good) == 1 else "Enter digits only."

    def _is_good(self, text: str) -> bool:
        normal = normal_phone(text, self.spec)
        is_long = sum(map(str.isdigit, text)) >= 7
        is_short = len(normal or "") <= LONGEST + 3 * self.is_us
        return bool(normal) and is_short and is_long and not _kind_of(re.sub(r"\d", "0", text), is_us=self.is_us)

    def _by_value(
        self, cells: Sequence[str], joined: str, normal: Sequence[str], kept: str, *, is_whole: bool
    ) -> Iterator[Odd]:
        """Find what only the digits show; `joined` and `kept` are cells and numbers, with a line end before each."""
        if self._abroad is not None and is_whole and ("+" in joined or "\n00" in joined):
            for row in _rows(self._abroad, joined):
                if normal[row] and len(normal[row]) > 8:
                    words = f"it is a number of another country, and the list puts {self.code} in front of it"
                    yield Odd(row, words, "Use a list whose telephone field has no country code.")
        if self.code and self.code not in _KEEP_ZERO and f"\n{self.code}0" in kept:
            for row in _rows(re.compile(f"\n{self.code}0"), kept):
                if len(normal[row]) > len(self.code) + 1:
                    words = "a trunk zero would be dialled after the country code"
                    yield Odd(row, words, "Leave the 0 out, or the country code.")
        elif not self.code and is_whole and _TRUNK.search(joined):
            for row in _rows(_TRUNK, joined):
                yield Odd(
                    row, "a trunk zero stands after the country code, where it is not dialled", "Leave the 0 out."
                )
        if self.code and f"\n{self.code}{self.code}" in kept:
            for row in _rows(re.compile(f"\n{self.code}{self.code}"), kept):
                if len(normal[row]) - 2 * len(self.code) >= 10:
                    yield Odd(row, *_twice(self.code, normal[row][len(self.code) :]))
        elif not self.code and is_whole and _TWICE.search(joined):
            for row in _rows(_TWICE, joined):
                digits = normal[row]
                found = _TWICE.match(f"\n{cells[row]}")
                if found and len(digits) >= 12 + (len(found[1]) > 1):
                    yield Odd(row, *_twice(found[1], digits[len(found[1]) :]))
        if normal and len(max(normal, key=len)) > LONGEST:
            for row, number in enumerate(normal):
                if number and len(number) > LONGEST:
                    words = f"it has too many digits: {len(number)}, and no number has more than {LONGEST}"
                    yield Odd(row, words, self._fix(_PARTS.split(cells[row])[0].strip(_EDGES)))
        if "\n000" in kept:
            for row, number in enumerate(normal):
                if number and not number.strip("0"):
                    yield Odd(row, "it is nothing but zeros", "Enter the right number.", True)


_WORDS = {
    "email": "it is an e-mail address, and its digits would be taken for a number",
    "url": "it is a web address, and its digits would be taken for a number",
    "price": "it is an amount, and its digits would be taken for a number",
    "date": "it is a date, and its digits would be taken for a number",
    "negative": "it begins with a minus, so it may be an amount and no number",
    "signs": "there is more than a number in it: signs that no telephone number has",
}


def _twice(code: str, rest: str) -> tuple[str, str]:
    return f"the country code {code} comes twice, which makes it too long", rest


def _kind_of(shape: str, *, is_us: bool) -> str:
    """Name what is odd about a shape (digits as 0)."""
    text = shape.strip(_EDGES)
    if any(map(str.isalpha, text)):
        text = text.removesuffix(found[0]) if (found := _ending(text)) else text
        text = _LABEL_BEFORE.sub("", text, count=1) if _LABEL_BEFORE.match(text) else text
        text = text.strip(_EDGES)
    if "0" not in text:
        return "" if "0" not in shape else "letters"
    if "@" in text:
        return "email"
    if "://" in text or "www." in text.lower():
        return "url"
    if any(sign in text for sign in "$€£¥%"):
        return "price"
    if "#" in text or any(map(str.isalpha, text)):
        if _EXTENSION.fullmatch(text):
            return "extension"
        return "several" if _holds_several(text) else "letters" if any(map(str.isalpha, text)) else "signs"
    if text[0] in "-\u2212":
        return "negative"
    if _holds_several(text) or "+" in text.lstrip("(")[1:]:
        return "several"
    count = text.count("0")
    if is_us and count in (10, 11):
        return _american(text, count)
    if not is_us:
        if _ONLY_DATE.fullmatch(text):
            return "date"
        parts = [part.count("0") for part in _PARTS.split(text)]
        if len(parts) > 1 and parts[0] >= 7 and 0 < min(parts[1:]) <= 5:
            return "extension"
    if set(text) - _SIGNS:
        return "signs"
    return "bracket" if "(0)" in text else ""


def _american(text: str, count: int) -> str:
    """Return whether ten digits, or eleven, are grouped like a number of the US or Canada."""
    if count == 10 and text.lstrip("(").startswith("+"):
        return "foreign"
    at, ends = 0, set()
    for run in _RUNS.findall(text)[:-1]:
        at += len(run)
        ends.add(at - (count - 10))
    ends.discard(0)
    if "(0)" in text:
        return "bracket"
    if not (ends <= {3, 6, 8} or ends == {2, 4, 6, 8}):
        return "grouping"
    return "signs" if set(text) - _SIGNS else ""


def _ending(text: str) -> re.Match[str] | None:
    """Find a word behind the last digit that only says what kind of number it is."""
    last = text.rfind("0")
    return _LABEL_AFTER.fullmatch(text, last + 1) if last >= 0 else None


def _holds_several(text: str) -> bool:
    return bool(sum(part.count("0") >= 6 for part in _PARTS.split(text)) > 1)


def _rows(pattern: re.Pattern[str], joined: str) -> Iterable[int]:
    """Return the rows in which a pattern that begins with a line end is found."""
    row, last = -1, 0
    for found in pattern.finditer(joined):
        row += joined.count("\n", last, found.start() + 1)
        last = found.start() + 1
        yield row


def replaced(texts: Sequence[str | None], what: str | None, instead: str) -> Sequence[str]:
    """Return texts with something instead of those that are `what`; the same list where none is."""
    if what not in texts:
        return cast(Sequence[str], texts)
    kept, at = list(texts), -1
    count = kept.count(what)
    if count * 8 > len(kept):
        return [instead if text == what else cast(str, text) for text in kept]
    for _ in range(count):
        at = kept.index(what, at + 1)
        kept[at] = instead
    return cast(list[str], kept)


def _rows_with(signs: bytes, wanted: bytes) -> list[int]:
    """Return the places of any of some signs; `wanted` is a table that makes them 1, and all others 0."""
    marked = signs.translate(wanted)
    return list(compress(range(len(marked)), marked)) if 1 in marked else []


def _places(text: AnyStr, part: AnyStr) -> Iterator[int]:
    """Return the places at which a text holds another."""
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _plan_words(number: str) -> str:
    area, exchange = number[1:4], number[4:7]
    if area == "900" or exchange == "976":
        return f"a premium rate is charged for it ({area} {exchange})"
    if area[1:] == "11" or area[1] == "9":
        return f"there is no area code {area}"
    return f"there is no exchange {exchange} within an area code"
