"""The columns of a file looked at as wholes while its blocks go by: what stands out among many rows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from typing import Any

from bpadmin.cells import seen
from bpadmin.double_encoding import mended
from bpadmin.platforms.record_rules.dates import known_pattern, order_of
from bpadmin.platforms.record_rules.rules import DATE_TYPES, Checked, Fault, without_entities
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tabular.types import Block
from bpadmin.uploads.checking.key_index import KeyTable
from bpadmin.uploads.checking.report import (
    ALIKE,
    CODES_AS_DATES,
    DECIMAL_CODES,
    DOUBLED,
    ENTITIES,
    FORMULAS,
    LONG_TEXTS,
    LOST_LETTERS,
    LOST_ZEROS,
    MARKED,
    NOTHING_WORDS,
    SAMPLES,
    SCIENTIFIC_NOTATION,
    DateOrder,
    ProblemList,
)

# Columns by which a file itself says who is not to be called, by their names without blanks, signs and accents.
_MARKS = re.compile(
    r"(?:is|has|on)?(?:donotcall|(?:national|federal|state|internal|company)?dnc(?:flag|list(?:ed)?)?|donotcontact|dnd"
    r"|donotphone|donotallow(?:phone)?calls?|nocalls?|optout|optedout|optedoutof(?:phone)?calls?|phoneoptout"
    r"|calls?optout|optout(?:of)?(?:phone)?calls?|unsubscribed?|(?:lista)?robinson(?:liste)?|blacklist(?:ed)?"
    r"|gesperrt|werbesperre|nichtanrufen|anrufsperre|keineanrufe|nepasappeler|nepascontacter|bloctel"
    r"|nollamar|nocontactar|nonchiamare|noncontattare|nietbellen|belmeniet|naochamar|naoligar|niedzwonic|nevolat"
    r"|незвонить)(?:flag|status|ind|yn)?"
)
# Columns that say who may be called, and columns of what came of it: there one of their values says that not.
_LEAVES = re.compile(
    r"(?:has|is)?(?:ok(?:ay)?tocall|(?:can|may)(?:be)?call(?:ed)?|callable|callallowed|allowcalls?|callpermission"
    r"|(?:call|phone|telephone|telemarketing|tcpa)consent|consent(?:to)?(?:call|calls|phone|contact)?"
    r"|(?:telefon|anruf)?einwilligung(?:telefon|anruf)?|zgoda(?:nakontakt)?(?:telefoniczny)?"
    r"|consentement(?:telephon(?:e|ique)|appel)?)"
)
_STATES = ("status", "stage", "disposition", "outcome", "result")
_SAID_NO = frozenset(
    {
        "dnc", "do not call", "donotcall", "do_not_call", "do not contact", "do not phone", "do not allow",
        "optout", "opt-out", "opt out", "opted out", "opted-out", "opted_out",
    }
)  # fmt: skip
_YES = _SAID_NO | frozenset(
    {
        "1", "y", "yes", "true", "t", "x", "on", "✓", "✔", "ja", "j", "wahr", "oui", "o", "vrai", "si", "sí", "s", "sì",
        "tak", "sim", "ano", "igen", "evet", "да", "blocked", "listed", "registered", "gesperrt", "inscrit", "inscrito",
    }
)  # fmt: skip
_NO = _SAID_NO | frozenset(
    {
        "0", "n", "no", "false", "f", "nein", "falsch", "non", "faux", "nie", "nee", "não", "nao", "нет",
        "not allowed", "revoked", "withdrawn", "denied", "refused", "not given",
    }
)  # fmt: skip
# Letters that no decomposition takes apart.
_SPELLED = str.maketrans({"ł": "l", "ø": "o", "đ": "d"})


_CODES = (FieldType.ACCOUNT, FieldType.ZIP_CODE)
_TEXTS = (FieldType.OTHER, FieldType.ACCOUNT)
# Ids of Salesforce: what kind of record, in three signs that standard and own kinds have, and which one.
_SALESFORCE = re.compile(
    r"(?:0[0-9A-Za-z]{2}|[57]0[0-9A-Za-z]|a[0-9A-Za-z]{2})[0-9A-Za-z]{12}(?:[A-Za-z0-5]{3})?", re.ASCII
)
_CASES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_DECIMAL = re.compile(r"\d+\.0", re.ASCII)
# Days and months as Excel shows what it has taken for a date, in its languages; nobody who has such codes writes all of
# them with one capital.
_MONTH = (
    "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mrz|Mär|Mai|Okt|Dez|janv|févr|mars|avr|mai|juin|juil|août|sept"
    "|oct|nov|déc|ene|feb|mar|abr|may|jun|jul|ago|sep|dic|gen|mag|giu|lug|set|ott|jan|mrt|apr|mei|aug|okt|dec|fev|out"
)
_AS_DATE = re.compile(
    rf"^(?:\d{{1,2}}(?:-|\. )(?:{_MONTH})\.?|(?:{_MONTH})\.?[- ]\d{{2}}|\d{{4}}-\d\d-\d\d)$", re.MULTILINE
)
_WHOLE_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WHOLE = re.compile(r"(\d++)(?:\.0+)?", re.ASCII)


class SecondLook:
    """Notes what is told of whole columns; `columns` are (column index, field) pairs, `header` names all columns.

    `named` gives the number by which people know a row.
    """

    def __init__(
        self,
        columns: Sequence[tuple[int, FieldSpec]],
        header: Sequence[str],
        warnings: ProblemList,
        named: Callable[[int], int] = int,
    ) -> None:
        self.columns, self.header, self.warnings, self._named = columns, header, warnings, named
        self._orders: dict[int, list[int]] = {}
        self._marks = {at: said for at, name in enumerate(header) if (said := _not_to_be_called(name))}
        self._zips = [at for at, (_, spec) in enumerate(columns) if spec.type is FieldType.ZIP_CODE]
        self._codes = [
            at for at, (_, spec) in enumerate(columns) if spec.type in _CODES or (spec.key and spec.type in _TEXTS)
        ]
        self._long_zips: set[int] = set()
        self._cases: set[str] = set()
        self._folded: KeyTable | None = None
        self._bare: KeyTable | None = None
        # The width of all keys so far (0: none came, -1: they differ), whether such had zeros in front, and then, once
        # they differ, what it was.
        self._width, self._has_zeros, self._padded = 0, False, 0

    def take(self, block: Block, checked: Checked) -> None:
        """Look at one block that has been checked."""
        for at, counts in checked.date_orders.items():
            before = self._orders.get(at, [0, 0, 0])
            self._orders[at] = [one + more for one, more in zip(before, counts, strict=True)]
        for code, found in (
            (NOTHING_WORDS, checked.words),
            (LONG_TEXTS, checked.long_texts),
            (FORMULAS, checked.formulas),
        ):
            if found:
                # Of a row that is refused anyway nobody has to say whether a cell is meant; but one whose date is read
                # otherwise than the list's is not yet, since the same page offers to put it right.
                refused = {problem.row for problem in checked.problems if problem.fault is not Fault.DATE_INVALID}
                for at, rows in found.items():
                    self._note(code, at, [row for row in rows if row not in refused] if refused else rows, block)
        self.take_letters(block, checked)
        for at in self._codes:
            self._look_at_codes(at, block)
        refused = {problem.row for problem in checked.problems} if checked.remarks else set()
        for at, remarks in checked.remarks.items():
            for one in remarks:
                fit = [row for row in one.rows if row not in refused] if refused else one.rows
                details = [one.detail(checked.normal[at][row] or "") for row in fit[:SAMPLES]]
                self._note(one.code, at, fit, block, details)
        for at in self._zips:
            cells = block.columns[self.columns[at][0]]
            if at not in self._long_zips and any(len(cell) == 5 and cell.isdecimal() for cell in cells):
                self._long_zips.add(at)
        for column, said in self._marks.items():
            rows = [row for row, cell in enumerate(block.columns[column]) if cell and cell.casefold() in said]
            name = self.header[column]
            for row in rows[:SAMPLES]:
                self.warnings.add(
                    MARKED, row=block.numbers[row], value=block.columns[column][row], column=name, field=name
                )
            if rows:
                self.warnings.count(MARKED, len(rows[SAMPLES:]), column=name, field=name)

    def take_letters(self, block: Block, checked: Checked) -> None:
        """Look at the letters of texts alone: lost ones, those encoded twice, and those written as in a web page."""
        for at, rows in checked.lost.items():
            self._note(LOST_LETTERS, at, rows, block)
        for code, found, right in ((DOUBLED, checked.doubled, mended), (ENTITIES, checked.entities, without_entities)):
            for at, rows in found.items():
                cells = block.columns[self.columns[at][0]]
                self._note(code, at, rows, block, [f"it would be {right(cells[row])}" for row in rows[:SAMPLES]])

    def take_keys(
        self,
        keys: Sequence[Sequence[Any]],
        numbers: Sequence[int],
        at: int,
        *,
        doubles: Collection[int],
        known: KeyTable,
    ) -> None:
        """Look at the keys of rows that are sent, whether one differs from an earlier one in what is not seen at once.

        That is in capitals, blanks, accents that are signs of their own, leading zeros, or .0 at the end. `doubles` are
        places of keys that came before just so, `known` holds all keys up to these. Keys of one case are let be while
        no other is met: then none of them can differ so.
        """
        texts = [column for column in keys if column and isinstance(column[0], str)]
        if not texts:
            return
        joined = "\n".join(map("\n".join, texts))
        if self._may_differ_in_zeros(texts, joined):
            self._take_bare(keys, numbers, at, doubles=doubles, known=known)
        # Written in one case throughout: compared as wholes, since `isupper` looks at each sign by itself.
        is_upper, is_lower = joined == joined.upper(), joined == joined.lower()
        if is_upper != is_lower:
            self._cases.add("upper" if is_upper else "lower")
        elif not is_upper:
            self._cases.add("mixed")
        if self._folded is None:
            is_plain = joined.isascii() and " " not in joined
            if is_plain and len(self._cases) < 2 and "mixed" not in self._cases:
                return
            self._folded = KeyTable()
        folded = [[_folded(text) for text in column] if column in texts else column for column in keys]
        earlier = self._folded.add(folded, numbers)
        for index, row in earlier.items():
            if index not in doubles:
                self._alike(keys, numbers, at, index, row)

    def _alike(
        self, keys: Sequence[Sequence[Any]], numbers: Sequence[int], at: int, index: int, row: int, less: str = ""
    ) -> None:
        column, spec = self.columns[at]
        value = ", ".join(str(cells[index]) for cells in keys)
        detail = f"like the key of row {self._named(row):,}{less}"
        name = self.header[column]
        self.warnings.add(ALIKE, row=numbers[index], value=value, detail=detail, column=name, field=spec.name)

    def _take_bare(
        self,
        keys: Sequence[Sequence[Any]],
        numbers: Sequence[int],
        at: int,
        *,
        doubles: Collection[int],
        known: KeyTable,
    ) -> None:
        """Look whether numbers among the keys differ in leading zeros or a .0 at the end only.

        Those that have either are kept without it, in a table of their own.
        """
        bare = [[_bare(text) for text in cells] if isinstance(cells[0], str) else cells for cells in keys]
        pairs = zip(zip(*keys, strict=True), zip(*bare, strict=True), strict=True)
        odd = [index for index, (written, plain) in enumerate(pairs) if written != plain]
        told: dict[int, int] = {}
        if self._padded:
            wide = [text.zfill(self._padded) for text in bare[0]]
            told = {index: row for index, row in known.find([wide]).items() if wide[index] != keys[0][index]}
        if odd:
            mine = [[cells[index] for index in odd] for cells in bare]
            told = {odd[place]: row for place, row in known.find(mine).items()} | told
            self._bare = self._bare or KeyTable()
            self._bare.add(mine, [numbers[index] for index in odd])
        if self._bare is not None:
            told = self._bare.find(bare) | told
        for index in sorted(told):
            if told[index] < numbers[index] and index not in doubles:
                self._alike(keys, numbers, at, index, told[index], ", but for leading zeros or .0")

    def _may_differ_in_zeros(self, texts: Sequence[Sequence[str]], joined: str) -> bool:
        """Return whether keys of this block have zeros in front or a .0, or others before them had.

        Numbers that are all of one width cannot differ so, however many zeros they have: nothing is kept of them.
        """
        has_zeros = joined[:1] == "0" or "\n0" in joined
        if self._width >= 0:
            widths = set(map(len, texts[0]))
            width = widths.pop() if len(texts) == len(widths) == 1 and "." not in joined else -1
            if width > 0 and self._width in (0, width):
                self._width, self._has_zeros = width, self._has_zeros or has_zeros
                return False
            self._padded, self._width = self._width if self._has_zeros else 0, -1
        return has_zeros or ".0" in joined or self._bare is not None or self._padded > 0

    def _look_at_codes(self, at: int, block: Block) -> None:
        """Find codes that a spreadsheet has taken for whole numbers, or for dates (1-3, JAN5)."""
        cells = block.columns[self.columns[at][0]]
        joined = "\n".join(cells)
        if ".0" in joined:
            rows = [row for row, cell in enumerate(cells) if cell[-2:] == ".0" and _DECIMAL.fullmatch(cell)]
            self._note(DECIMAL_CODES, at, rows, block)
        # Every such date has one of these signs, which are found far sooner than a pattern is tried at each place.
        if ("-" in joined or " " in joined) and _AS_DATE.search(joined):
            rows = [row for row, cell in enumerate(cells) if _AS_DATE.fullmatch(cell)]
            # A workbook gives its dates whole: beside other codes they are what 1-3 has become, alone they are dates.
            is_mixed = any(cell and not _WHOLE_DATE.fullmatch(cell) for cell in cells)
            told = [row for row in rows if is_mixed or not _WHOLE_DATE.fullmatch(cells[row])]
            self._note(CODES_AS_DATES, at, told, block)

    def finish(self) -> None:
        """Say which of what was found needs a yes."""
        for _, spec in self.columns:
            for code in (NOTHING_WORDS, LONG_TEXTS, ALIKE, LOST_LETTERS, DOUBLED, DECIMAL_CODES, FORMULAS, ENTITIES,
                         CODES_AS_DATES):  # fmt: skip
                self.warnings.ask(code, field=spec.name)
        for at in self._codes:
            self.warnings.ask(SCIENTIFIC_NOTATION, field=self.columns[at][1].name)
        for at in self._long_zips:
            self.warnings.ask(LOST_ZEROS, field=self.columns[at][1].name)
        for column in self._marks:
            self.warnings.ask(MARKED, field=self.header[column])

    def orders(self) -> tuple[DateOrder, ...]:
        """Return what the cells tell of the order of day and month, where they speak against that of the list."""
        found = []
        for at, (day, month, either) in sorted(self._orders.items()):
            column, spec = self.columns[at]
            pattern = known_pattern(spec.date_format)
            own = order_of(pattern) if spec.type in DATE_TYPES else ""
            order = DateOrder(self.header[column], spec.name, pattern, own, day, month, either)
            if month if own == "dmy" else day if own == "mdy" else day or month or either:
                found.append(order)
        return tuple(found)

    def _note(self, code: str, at: int, rows: Sequence[int], block: Block, details: Sequence[str] = ()) -> None:
        if not rows:
            return
        for number, row in enumerate(rows[:SAMPLES]):
            self._add(code, at, row, block, details[number] if details else "")
        column, spec = self.columns[at]
        self.warnings.count(code, len(rows[SAMPLES:]), column=self.header[column], field=spec.name)

    def _add(self, code: str, at: int, row: int, block: Block, detail: str = "") -> None:
        column, spec = self.columns[at]
        value = block.columns[column][row]
        self.warnings.add(
            code, row=block.numbers[row], value=value, detail=detail, column=self.header[column], field=spec.name
        )


def _not_to_be_called(name: str) -> Collection[str]:
    """Return the values by which a column of that name says that a row is not to be called; none for other columns."""
    spelled = unicodedata.normalize("NFKD", name).casefold().translate(_SPELLED)
    bare = re.sub(r"[\W_]", "", "".join(sign for sign in spelled if not unicodedata.combining(sign)))
    for names, said in ((_MARKS, _YES), (_LEAVES, _NO)):
        if names.fullmatch(bare):
            return said
    return _SAID_NO if bare.endswith(_STATES) else ()


def _bare(text: str) -> str:
    """Return a whole number without leading zeros and without .0 at its end; other keys stay as they are."""
    found = _WHOLE.fullmatch(text)
    return found[1].lstrip("0") or "0" if found else text


def _salesforce_id(text: str) -> str:
    """Return an id of Salesforce in its 18 signs, in which case tells nothing; "" for what is none.

    In the 15 signs case tells records apart; the other three say which letters are capitals. (Salesforce, "15-character
    and 18-character IDs")
    """
    if not _SALESFORCE.fullmatch(text) or text[:15] == text[:15].lower() or text[:15] == text[:15].upper():
        return ""
    parts = (text[at : at + 5] for at in (0, 5, 10))
    ends = "".join(_CASES[sum(1 << at for at, sign in enumerate(part) if sign.isupper())] for part in parts)
    return text[:15] + ends if text[15:].upper() in ("", ends) else ""


def _folded(text: str) -> str:
    if len(text) in (15, 18) and (whole := _salesforce_id(text)):
        return whole.casefold()
    text = text if text.isascii() else unicodedata.normalize("NFC", seen(text))
    return "".join(text.casefold().split())
