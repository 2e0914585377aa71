"""The first look at an uploaded file, put in words: what we take it for, what else it could be, what is odd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from bpadmin.jobs.options import FileOptions
from bpadmin.tabular.delimiters import DelimiterScore
from bpadmin.tabular.encodings import ENCODINGS, EncodingGuess, decode_cell
from bpadmin.tabular.headers import looks_like_header
from bpadmin.tabular.tables import Look, look_at
from bpadmin.tabular.types import Dialect, Kind, TabularError
from lists.report import warning_words

SAMPLE_ROWS = 20
CELL_LENGTH = 200
# What decides where the table begins: when one of them changes, the header has to be found anew.
_SHAPE = ("member", "sheet", "encoding", "delimiter", "quote")
_HEADER = ("has_header", "header_row")
_FOUND = ("skip_space", "is_rejects", "kind")


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
class Inspection:
    """How a file reads: `dialect` and `header` as kept in a job's options, sample `rows` with their `numbers`.

    `proof` is what is kept of the encoding, so that the whole file need not be read again to prove it.
    """

    dialect: Mapping[str, Any]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    encodings: tuple[Choice, ...] = ()
    delimiters: tuple[Choice, ...] = ()
    members: tuple[Choice, ...] = ()
    sheets: tuple[Choice, ...] = ()
    warnings: tuple[Notice, ...] = ()
    is_rejects_file: bool = False
    proof: Mapping[str, Any] = field(default_factory=dict)


def inspect(file: BinaryIO, options: FileOptions, choices: Mapping[str, Any], *, limit: int) -> Inspection:
    """Look at a file as a person wants it read, with what was kept of earlier looks. Stores nothing. TabularError."""
    asked = _asked(choices, options.dialect)
    kept = options.encoding_proof
    is_proven = bool(kept) and kept.get("member", "") == asked.get("member", kept.get("member", ""))
    known = EncodingGuess.from_json(kept["guess"]) if is_proven and kept.get("guess") else None
    look = look_at(file, asked, limit=limit, known=known)
    proof = {"member": look.dialect.member, "guess": look.encoding.as_json()} if look.encoding else {}
    return replace(_inspection(look), proof=proof)


def _asked(choices: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what a person set. A header found under another reading tells nothing about this one."""
    asked = {name: value for name, value in choices.items() if name not in _FOUND}
    _refuse_nonsense(asked)
    if before and any(name in asked and asked[name] != before.get(name) for name in _SHAPE):
        asked = {name: value for name, value in asked.items() if name not in _HEADER or value != before.get(name)}
    if "has_header" in asked and before and asked["has_header"] != before.get("has_header"):
        asked.setdefault("header_row", before.get("header_row", 1))
    return asked


def _refuse_nonsense(asked: Mapping[str, Any]) -> None:
    if asked.get("encoding") and asked["encoding"] not in ENCODINGS:
        raise TabularError(f"The encoding “{asked['encoding']}” is not known here. Choose one from the list.")
    delimiter = asked.get("delimiter", ",")
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise TabularError("A separator is one character, and neither a quotation mark nor a line end.")
    if asked.get("quote", '"') not in {'"', "'", ""}:
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
        members=tuple(Choice(name, name, name == dialect.member) for name in look.members),
        sheets=tuple(Choice(name, name, name == dialect.sheet) for name in look.sheets),
        warnings=tuple(_notices(look, rows)),
        is_rejects_file=dialect.is_rejects,
    )


def _encodings(guess: EncodingGuess, dialect: Dialect) -> tuple[Choice, ...]:
    """Offer every encoding with the cells in doubt as each would read them, the likely ones first."""
    names = dict.fromkeys([dialect.encoding, guess.encoding, *ENCODINGS])
    choices = []
    for name in names:
        samples = dict.fromkeys(decode_cell(raw, name)[:CELL_LENGTH] for raw in guess.suspects)
        is_chosen = name == dialect.encoding
        why = guess.why if name == guess.encoding else ""
        choices.append(Choice(name, ENCODINGS.get(name, name), is_chosen, why, tuple(samples)))
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


def _notices(look: Look, rows: Sequence[Sequence[str]]) -> list[Notice]:
    notices = []
    guess, dialect = look.header_guess, look.dialect
    if not dialect.has_header and rows and (looks_like_header(rows[0]) or (guess and guess.has_header)):
        notices.append(_notice("header_used_as_data"))
    elif guess and not guess.has_header:
        notices.append(_notice("header_missing", detail=guess.why))
    if look.encoding and look.encoding.bad_bytes and dialect.encoding == "utf-8":
        notices.append(_notice("mixed_encoding", count=look.encoding.bad_bytes, detail=look.encoding.why))
    names = [name.casefold() for name in look.header]
    if twice := next((name for name in look.header if names.count(name.casefold()) > 1), ""):
        notices.append(_notice("duplicate_columns", column=twice))
    return notices


def _notice(code: str, *, column: str = "", count: int = 0, detail: str = "") -> Notice:
    label, fix = warning_words(code)
    samples: tuple[Mapping[str, Any], ...] = ({"row": 0, "value": "", "detail": detail},) if detail else ()
    return Notice(code, label, fix, column, count, samples)


def _shown(cell: str) -> str:
    text = cell if cell.isascii() else "".join("\ufffd" if "\ud800" <= sign <= "\udfff" else sign for sign in cell)
    return text.replace("\0", "\ufffd")[:CELL_LENGTH]
