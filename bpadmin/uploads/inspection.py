"""The first look at an uploaded file, put in words: what we take it for, what else it could be, what is odd."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from bpadmin.cells import BYTE_ORDER_MARK, seen, signs_named
from bpadmin.jobs.options import FileOptions
from bpadmin.tabular.dialects.delimiters import DelimiterScore
from bpadmin.tabular.dialects.quotes import PAIRS
from bpadmin.tabular.encoding.codepages import Hints
from bpadmin.tabular.encoding.guess import ENCODINGS, EncodingGuess, decode_cell
from bpadmin.tabular.encoding.names import encoding_label, encoding_named
from bpadmin.tabular.headers import looks_like_header
from bpadmin.tabular.parts import ALL_MEMBERS
from bpadmin.tabular.readers import looked_at
from bpadmin.tabular.tables import Look
from bpadmin.tabular.types import Dialect, Kind, TabularError
from bpadmin.uploads.checking.report import NAMES_TOO_FEW, SHEETS_ALIKE, warning_words

SAMPLE_ROWS = 20
_CEDILLAS = frozenset("şţŞŢ")
_LOST_LETTER = re.compile(r"[^\W\d_]\?[^\W\d_]|(?<![\w?/&=.])\?[^\W\d_]{2}")
CELL_LENGTH = 200
# What decides where the table begins: when one of them changes, the header has to be found anew.
_SHAPE = ("member", "sheet", "encoding", "delimiter", "quote", "escape", "wraps_lines")


def _quoted(quote: str, *, escape: str = "", wraps_lines: bool = False) -> Mapping[str, Any]:
    return {"quote": quote, "escape": escape, "wraps_lines": wraps_lines}


# How quotation marks are written, by the word that says so: the members of a dialect, and what it means.
QUOTING: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "doubled": (_quoted('"'), 'Doubled within a cell: ""'),
    "backslash": (_quoted('"', escape="\\"), 'After a backslash: \\"'),
    "single": (_quoted("'"), "Single ones wrap cells: 'a'"),
    "curly": (_quoted("“"), "Typographic ones wrap cells: “a”"),
    "low": (_quoted("„"), "German ones wrap cells: „a“"),
    "angle": (_quoted("«"), "Angular ones wrap cells: «a»"),
    "backtick": (_quoted("`"), "Backticks wrap cells: `a`"),
    "lines": (_quoted('"', wraps_lines=True), 'Around whole lines: "a,b,c"'),
    "none": (_quoted(""), "Text like any other sign"),
}
_HEADER = ("has_header", "header_row")
_FOUND = ("skip_space", "is_rejects", "kind", "encoding_said", "part_said")
NAMED_PARTS = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to read the file: `value` goes back into `choices`, `samples` are cells as they would read."""

    value: str
    label: str
    is_chosen: bool = False
    why: str = ""
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something odd that does not stop anything; the same members as a Finding of the report."""

    code: str
    label: str
    fix: str = ""
    column: str = ""
    count: int = 0
    samples: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class EncodingQuestion:
    """Encodings between which the file leaves a choice, each with the same words as it reads them."""

    readings: tuple[Choice, ...]

    @property
    def sentence(self) -> str:
        """Say what is not clear, with the words."""
        ways = [f"“{'”, “'.join(each.samples)}” in {each.label}" for each in self.readings]
        return f"Nothing in the file tells how its special characters are meant: {', or '.join(ways)}."

    @property
    def for_page(self) -> str:
        """Say what to do on a page."""
        return f"{self.sentence} Say which is right under “How are these words meant?”."

    @property
    def for_shell(self) -> str:
        """Say what to do in a shell."""
        flags = " or ".join(f"--encoding {each.value}" for each in self.readings)
        return f"{self.sentence} Say which is right: {flags}."


@dataclass(frozen=True, slots=True)
class PartQuestion:
    """Files of an archive, or sheets of a workbook, of which nobody has said which is meant: others would be lost."""

    part: str
    names: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Say what there is."""
        named = ", ".join(f"“{name}”" for name in self.names[:NAMED_PARTS])
        more = f" and {len(self.names) - NAMED_PARTS:,} more" if len(self.names) > NAMED_PARTS else ""
        if self.part == "member":
            return f"The archive holds {len(self.names):,} files: {named}{more}."
        return f"{len(self.names):,} sheets of the workbook may be meant: {named}{more}."

    @property
    def for_page(self) -> str:
        """Say what to do on a page."""
        if self.part == "member":
            return f"{self.sentence} Say under “File in the archive” which is meant, or that they are read as one."
        return f"{self.sentence} Say under “Sheet” which is meant."


@dataclass(frozen=True, slots=True)
class Inspection:
    """How a file reads: `dialect` and `header` as kept in a job's options, sample `rows` with their `numbers`.

    `hidden_rows` counts those among the first rows that a workbook hides. `proof` is what is kept of the encoding, so
    that the whole file need not be read again to prove it. `question` is what a person has to say of it first;
    `is_encoding_sure` False where it was found by the words alone. `is_header_said`: a person has said whether
    the first row holds names. `part` is what a person has to say of the parts of the file first. `tables` and `alike`
    are sheets that may be meant as well (`bpadmin.tabular.tables`).
    """

    dialect: Mapping[str, Any]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    encodings: tuple[Choice, ...] = ()
    delimiters: tuple[Choice, ...] = ()
    quotings: tuple[Choice, ...] = ()
    members: tuple[Choice, ...] = ()
    sheets: tuple[Choice, ...] = ()
    warnings: tuple[Notice, ...] = ()
    is_rejects_file: bool = False
    hidden_rows: int = 0
    proof: Mapping[str, Any] = field(default_factory=dict)
    question: EncodingQuestion | None = None
    part: PartQuestion | None = None
    is_encoding_sure: bool = True
    is_header_said: bool = False
    tables: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()


def inspect(
    file: BinaryIO,
    options: FileOptions,
    choices: Mapping[str, Any],
    *,
    limit: int,
    hints: Hints | None = None,
    seconds: float = 0.0,
) -> Inspection:
    """Look at a file as a person wants it read, with what was kept of earlier looks. Stores nothing. TabularError.

    Another process looks. TooLong where it takes more than some `seconds`.

    `encoding_said` among the choices: the encoding that is named was said by a person, though it is the one before.
    """
    asked = _asked(choices, options.dialect)
    kept = options.encoding_proof
    is_proven = bool(kept) and kept.get("member", "") == asked.get("member", kept.get("member", ""))
    known = EncodingGuess.from_json(kept["guess"]) if is_proven and kept.get("guess") else None
    look = looked_at(file, asked, limit=limit, known=known, hints=hints, seconds=seconds)
    parts = _parts_kept(look, choices, asked, options)
    part = _part_question(parts)
    if look.encoding is None:
        return replace(_inspection(look), proof=parts, part=part)
    is_header_said = "has_header" in asked
    said = _encoding_said(choices, asked, options)
    proof = {"member": look.dialect.member, "guess": look.encoding.as_json(), "said": said, **parts}
    is_sure = bool(said) or look.encoding.is_sure
    found = replace(_inspection(look), proof=proof, question=_question(proof), part=part, is_encoding_sure=is_sure)
    return replace(found, is_header_said=is_header_said)


def question_of_reading(options: FileOptions) -> PartQuestion | EncodingQuestion | None:
    """Return what a person has to say of a file before it is checked: which part is meant, then how its characters are.

    None when nothing is open.
    """
    return _part_question(options.encoding_proof) or _question(options.encoding_proof)


def _parts_kept(
    look: Look, choices: Mapping[str, Any], asked: Mapping[str, Any], options: FileOptions
) -> dict[str, Any]:
    """Return what is kept of the parts of a file of which one, or all as one, has to be named; {} where there is none.

    `part_said` among the choices: what they name was said by a person, though it is what was read before. All files of
    an archive as one may be read without anybody's word; `all_said` keeps whether somebody gave it.
    """
    kept = options.encoding_proof
    if len(look.members) > 1:
        part, names, value = "member", look.members, look.dialect.member
    elif look.alike or kept.get("part") == "sheet":
        part, names, value = "sheet", look.alike or tuple(kept["parts"]), look.dialect.sheet
    else:
        return {}
    before = options.dialect.get(part, "")
    is_said = bool(choices.get("part_said")) and bool(asked.get(part))
    is_all = value == ALL_MEMBERS
    is_said |= bool(kept.get("all_said" if is_all else "part_said")) and value == before
    return {"part": part, "parts": list(names), "part_said": is_said or is_all, "all_said": is_said and is_all}


def all_asked(found: Inspection) -> Inspection:
    """Return what was found with the question which file is meant, where all are read as one without anybody's word."""
    if found.dialect.get("member") != ALL_MEMBERS or found.proof.get("all_said"):
        return found
    proof = {**found.proof, "part_said": False}
    return replace(found, proof=proof, part=_part_question(proof))


def all_question(options: FileOptions) -> PartQuestion | None:
    """Return what `all_asked` asks of a file that was kept; None where nothing is open."""
    if options.dialect.get("member") != ALL_MEMBERS or options.encoding_proof.get("all_said"):
        return None
    return _part_question({**options.encoding_proof, "part_said": False})


def sheets_asked(found: Inspection) -> Inspection:
    """Return what was found with the question which sheet is meant, also where their columns differ."""
    if found.part is not None or not found.tables or found.proof.get("part"):
        return found
    parts = {"part": "sheet", "parts": list(found.tables), "part_said": False}
    return replace(found, proof={**found.proof, **parts}, part=_part_question(parts))


def _part_question(kept: Mapping[str, Any]) -> PartQuestion | None:
    if not kept.get("parts") or kept.get("part_said"):
        return None
    return PartQuestion(kept["part"], tuple(kept["parts"]))


def _question(proof: Mapping[str, Any]) -> EncodingQuestion | None:
    guess = EncodingGuess.from_json(proof["guess"]) if proof.get("guess") else None
    if guess is None or not guess.rivals or proof.get("said"):
        return None
    names = (guess.encoding, *guess.rivals)
    return EncodingQuestion(
        tuple(
            Choice(name, encoding_label(name), samples=tuple(decode_cell(raw, name) for raw in guess.words))
            for name in names
        )
    )


def _encoding_said(choices: Mapping[str, Any], asked: Mapping[str, Any], options: FileOptions) -> str:
    """Return the encoding that a person has named, now or before; "" while it is only found."""
    named, before = str(asked.get("encoding", "")), options.dialect.get("encoding", "")
    if named and (choices.get("encoding_said") or named != before):
        return named
    is_same_file = asked.get("member", "") in ("", options.dialect.get("member", ""))
    return str(options.encoding_proof.get("said", "")) if is_same_file else ""


def _asked(choices: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what a person set. A header found under another reading tells nothing about this one."""
    asked = {name: value for name, value in choices.items() if name not in _FOUND}
    if asked.get("encoding"):
        asked["encoding"] = encoding_named(str(asked["encoding"]))
    _refuse_nonsense(asked)
    if before and any(name in asked and asked[name] != before.get(name) for name in _SHAPE):
        asked = {name: value for name, value in asked.items() if name not in _HEADER or value != before.get(name)}
    if "has_header" in asked and before and asked["has_header"] != before.get("has_header"):
        asked.setdefault("header_row", before.get("header_row", 1))
    return asked


def _refuse_nonsense(asked: Mapping[str, Any]) -> None:
    delimiter = asked.get("delimiter", ",")
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise TabularError("A separator is one character, and neither a quotation mark nor a line end.")
    if asked.get("quote", '"') not in {'"', "'", "", *PAIRS} or asked.get("escape", "") not in {"\\", ""}:
        raise TabularError("Cells can be quoted with double quotes, single quotes, or not at all.")
    if not 1 <= int(asked.get("header_row") or 1) <= 500:
        raise TabularError("The header has to be within the first 500 rows.")


def _inspection(look: Look) -> Inspection:
    dialect = look.dialect
    first = dialect.header_row if dialect.has_header else dialect.header_row - 1
    width = len(look.header)
    rows, numbers = [], []
    for number, record in enumerate(look.records[first:], first + 1):
        if any(cell.strip() for cell in record):
            rows.append(tuple(_shown(cell) for cell in (*record, *[""] * width)[:width]))
            numbers.append(number)
        if len(rows) == SAMPLE_ROWS:
            break
    is_text = dialect.kind is Kind.CSV
    return Inspection(
        dialect=dialect.as_json(),
        header=look.header,
        rows=tuple(rows),
        numbers=tuple(numbers),
        encodings=_encodings(look.encoding, dialect) if look.encoding else (),
        delimiters=_delimiters(look.delimiters, dialect) if is_text else (),
        quotings=_quotings(look) if is_text else (),
        members=_members(look),
        sheets=tuple(Choice(name, name, name == dialect.sheet) for name in look.sheets),
        tables=look.tables,
        alike=look.alike,
        warnings=tuple(_notices(look, rows)),
        is_rejects_file=dialect.is_rejects,
        hidden_rows=sum(index >= first for index in look.hidden),
    )


def _members(look: Look) -> tuple[Choice, ...]:
    """Offer each file of an archive, and where there are several, all of them as one."""
    chosen = look.dialect.member
    choices = tuple(Choice(name, name, name == chosen) for name in look.members)
    if len(choices) < 2:
        return choices
    return (*choices, Choice(ALL_MEMBERS, f"All {len(choices):,} files as one", chosen == ALL_MEMBERS))


def _encodings(guess: EncodingGuess, dialect: Dialect) -> tuple[Choice, ...]:
    """Offer every encoding with the cells in doubt as each would read them, the likely ones first."""
    names = dict.fromkeys([dialect.encoding, guess.encoding, *guess.rivals, *ENCODINGS])
    choices = []
    for name in names:
        samples = dict.fromkeys(decode_cell(raw, name)[:CELL_LENGTH] for raw in (*guess.words, *guess.suspects))
        is_chosen = name == dialect.encoding
        why = guess.why if name == guess.encoding else ""
        choices.append(Choice(name, encoding_label(name), is_chosen, why, tuple(samples)))
    return tuple(choices)


def _delimiters(scores: Sequence[DelimiterScore], dialect: Dialect) -> tuple[Choice, ...]:
    choices = []
    for score in scores:
        share = f"{score.share:.0%} of the rows have {score.columns} column{'s' * (score.columns != 1)}"
        choices.append(Choice(score.delimiter, score.label, score.delimiter == dialect.delimiter, share))
    if all(not choice.is_chosen for choice in choices):
        label = DelimiterScore(dialect.delimiter, 0, 0.0, header_fits=False).label
        choices.insert(0, Choice(dialect.delimiter, label, is_chosen=True))
    return tuple(sorted(choices, key=lambda choice: not choice.is_chosen))


def _quotings(look: Look) -> tuple[Choice, ...]:
    """Offer ways to read quotation marks where the file has some, the one that was taken first."""
    is_usual = (look.dialect.quote, look.dialect.escape, look.dialect.wraps_lines) == ('"', "", False)
    if is_usual and not look.has_quotes:
        return ()
    choices = [
        Choice(name, words, all(getattr(look.dialect, member) == value for member, value in members.items()))
        for name, (members, words) in QUOTING.items()
    ]
    return tuple(sorted(choices, key=lambda choice: not choice.is_chosen))


def _notices(look: Look, rows: Sequence[Sequence[str]]) -> list[Notice]:
    notices = []
    guess, dialect = look.header_guess, look.dialect
    if not dialect.has_header and rows and (looks_like_header(rows[0]) or (guess and guess.has_header)):
        notices.append(_notice("header_used_as_data"))
    elif guess and not guess.has_header:
        notices.append(_notice("header_missing", detail=guess.why))
    if look.encoding and look.encoding.bad_bytes and dialect.encoding == "utf-8":
        notices.append(_notice("mixed_encoding", count=look.encoding.bad_bytes, detail=look.encoding.why))
    if look.encoding and look.encoding.encoding == dialect.encoding == "cp1250" and (found := _romanian(look)):
        notices.append(_notice("cedillas", detail=f"such as “{_shown(found)}”"))
    if lost := _letters_lost(look):
        notices.append(_notice("letters_lost", count=len(lost), detail=f"such as “{_shown(lost[0])}”"))
    if look.alike:
        notices.append(_notice(SHEETS_ALIKE, count=len(look.alike), detail=", ".join(look.alike)))
    if dialect.kind is Kind.WORKBOOK:
        notices.append(_notice("old_workbook"))
    first = dialect.header_row if dialect.has_header else dialect.header_row - 1
    if hidden := sum(index >= first for index in look.hidden):
        notices.append(_notice("hidden_seen", count=hidden))
    head = look.records[dialect.header_row - 1] if dialect.has_header and look.records else ()
    notices += [
        _notice("header_signs", column=look.header[at], detail=words)
        for at, cell in enumerate(head[: len(look.header)])
        if (words := signs_named(cell.removeprefix(BYTE_ORDER_MARK) if not at else cell)) and seen(cell) != cell.strip()
    ]
    if dialect.kind is Kind.CSV and 1 < len(head) < len(look.header):
        notices.append(_notice(NAMES_TOO_FEW, detail=f"{len(head)} names, {len(look.header)} cells"))
    names = [name.casefold() for name in look.header]
    if twice := next((name for name in look.header if names.count(name.casefold()) > 1), ""):
        notices.append(_notice("duplicate_columns", column=twice))
    return notices


def _romanian(look: Look) -> str:
    """Return the first cell with an s or t that has a cedilla, "" where there is none.

    All letters of Romanian have the same bytes in cp1250 and ISO 8859-16, so that nothing in a file tells them apart.
    """
    return next((cell for record in look.records for cell in record if not _CEDILLAS.isdisjoint(cell)), "")


def _letters_lost(look: Look) -> list[str]:
    """Return the cells of the first records in which a question mark stands in a word, or begins one."""
    if look.dialect.kind is not Kind.CSV:
        return []
    cells = (cell for record in look.records for cell in record if "?" in cell)
    return [cell for cell in cells if _LOST_LETTER.search(cell) and "://" not in cell]


def _notice(code: str, *, column: str = "", count: int = 0, detail: str = "") -> Notice:
    label, fix = warning_words(code)
    samples: tuple[Mapping[str, Any], ...] = ({"row": 0, "value": "", "detail": detail},) if detail else ()
    return Notice(code, label, fix, column, count, samples)


def _shown(cell: str) -> str:
    text = cell if cell.isascii() else "".join("\ufffd" if "\ud800" <= sign <= "\udfff" else sign for sign in cell)
    return text.replace("\0", "\ufffd")[:CELL_LENGTH]
