"""What a job keeps as JSON, as typed values with a version: what was asked, what it remembers, what its check found.

Each kind of job has classes of its own for these beside the nouns that they speak of, and names them in the registry;
`job_options`, `job_remote` and `job_report` there give the typed values. Members have the names that they have in JSON,
and a dictionary of the commits before, which has no version, is read in the same way. Members that a class does not
know (of a newer version, or of another part of the program) are carried along unchanged in `more`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from typing import Any, ClassVar, Self

from bpadmin.platforms.types import FieldSpec
from bpadmin.tabular.types import Dialect

# What is done with rows that a workbook hides, and with rows that lack cells at their end. "" is what is usual.
SEND, LEAVE_OUT = "send", "leave-out"
BLANK, REFUSE = "blank", "refuse"
HIDDEN_LABELS = {SEND: "sent like the others", LEAVE_OUT: "left out"}
KEEP, TAKE_OFF = "keep", "take-off"
UNDO = "undo"
DOUBLE_ENCODING_LABELS = {UNDO: "put right"}
GUARD_LABELS = {TAKE_OFF: "taken off", KEEP: "kept"}
ORDER_LABELS = {"dmy": "day first", "mdy": "month first"}
SHORT_LABELS = {BLANK: "taken as blank", REFUSE: "a fault of the row"}
FIRST, LAST, ALL, ONCE = "first", "last", "all", "once"
DOUBLES_LABELS = {
    FIRST: "the first counts",
    LAST: "the last counts",
    REFUSE: "all of them are refused",
    ALL: "identical rows are all sent",
    ONCE: "identical rows are sent once",
}
MODE_LABELS = {"add": "Add", "update": "Update", "upsert": "Add or update", "replace": "Replace everything"}


class NotUnderstood(ValueError):
    """What is stored has another shape than it must have; the message says which member."""


def stored(read: Callable[[Any], Any], write: Callable[[Any], Any]) -> dict[str, Any]:
    """Say how a member is stored that is not plain JSON (metadata of its field): `read` takes it, `write` gives it."""
    return {"read": read, "write": write}


def _default_of(each: Field[Any]) -> Any:
    if each.default is not MISSING:
        return each.default
    return each.default_factory() if each.default_factory is not MISSING else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """Base of everything that a job keeps as JSON; every member has a default. A member that is None is not written.

    With OMITS_DEFAULTS a member with its default is not written either.
    """

    VERSION: ClassVar[int] = 1
    OMITS_DEFAULTS: ClassVar[bool] = False

    version: int = 1
    more: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Take what `as_json` gave, or a dictionary without a version. Raises NotUnderstood."""
        known = {each.name: each for each in fields(cls) if each.name not in ("version", "more")}
        values: dict[str, Any] = {}
        for name, each in known.items():
            if name not in data:
                continue
            read = each.metadata.get("read")
            try:
                values[name] = read(data[name]) if read else data[name]
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise NotUnderstood(f"“{name}” cannot be understood as it is stored ({error!r}).") from error
        more = {name: value for name, value in data.items() if name not in known and name != "version"}
        return cls(**values, version=max(int(data.get("version") or 0), cls.VERSION), more=more)

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for storage."""
        data = dict(self.more)
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name == "more" or value is None:
                continue
            if self.OMITS_DEFAULTS and each.name != "version" and value == _default_of(each):
                continue
            write = each.metadata.get("write")
            data[each.name] = write(value) if write else value
        return data

    @property
    def is_newer(self) -> bool:
        """Return whether a newer version of this program wrote it, so that it may say more than is known here."""
        return self.version > self.VERSION


def pairs_read(data: Any) -> tuple[tuple[str, str], ...]:
    """Take pairs of texts."""
    return tuple((str(first), str(second)) for first, second in data)


def pairs_write(pairs: tuple[tuple[str, str], ...]) -> list[list[str]]:
    """Return pairs of texts as JSON."""
    return [list(pair) for pair in pairs]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions(Structure):
    """What a person asked of a job.

    Only `bpadmin.jobs.choices` stores it, and every change moves the job's revision.

    `chosen_by` and `chosen_at` (ISO 8601) tell who changed it last, and when. `facts` are pairs of label and text by
    which pages tell what was asked. A kind that `counts_rows` reads records, so that a speed means something; one that
    `is_long` must not stand in the way of small work.
    """

    # Members that may change after a person has confirmed, since they change nothing of what is sent.
    LIVE: ClassVar[frozenset[str]] = frozenset({"version", "chosen_by", "chosen_at", "is_long"})

    chosen_by: str = ""
    chosen_at: str = ""
    facts: tuple[tuple[str, str], ...] = field(default=(), metadata=stored(pairs_read, pairs_write))
    counts_rows: bool = False
    is_long: bool = False

    def frozen(self) -> dict[str, Any]:
        """Return what must not change once it is confirmed, as plain JSON.

        Without members that have their defaults, so that a later version's new members make no difference.
        """
        usual = {each.name for each in fields(self) if getattr(self, each.name) == _default_of(each)}
        return {name: value for name, value in self.as_json().items() if name not in self.LIVE | usual}

    def told(self) -> dict[str, str]:
        """Put the choices in words, by the name of each: two such dictionaries show what differs."""
        return {label.lower(): text for label, text in self.facts}


def _fields_read(data: Any) -> tuple[FieldSpec, ...]:
    return tuple(FieldSpec.from_json(each) for each in data or ())


def _fields_write(specs: tuple[FieldSpec, ...]) -> list[dict[str, Any]]:
    return [spec.as_json() for spec in specs]


def _dict_read(data: Any) -> dict[str, Any]:
    return dict(data or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOptions(JobOptions):
    """What was said of a job that takes a file: how it reads, which column goes where, what is done with its rows.

    `dialect` and `header` are as the file was read last, `encoding_proof` what the first reading found out about its
    characters. `mapping` is {column index as text: field name}, `fields` all fields of the list as they were said.
    `chunk_size` and `lanes` are the tenant's when the file came. `hidden_rows` says what is done with rows that a
    workbook hides, `short_rows` with cells that are missing at the end of a row, `apostrophes` with the marks that a
    spreadsheet needs around texts; `date_order` (dmy, mdy) how dates are read,
    `double_encoding` (undo) what is done with texts that were encoded twice,
    `doubles` what is done with rows of one key, or with identical rows of a list without key; "" where nobody has said
    anything. `again`: a person knows that the same file was sent to the same list before.
    `conversion` is a `bpadmin.uploads.conversion.rules.Conversion` as JSON: the columns that it makes follow those of
    the file, in `mapping` as well.
    """

    LIVE: ClassVar[frozenset[str]] = JobOptions.LIVE | {"encoding_proof", "lanes", "chunk_size"}

    dialect: Mapping[str, Any] = field(default_factory=dict, metadata=stored(_dict_read, dict))
    header: tuple[str, ...] = field(default=(), metadata=stored(lambda data: tuple(map(str, data or ())), list))
    encoding_proof: Mapping[str, Any] = field(default_factory=dict, metadata=stored(_dict_read, dict))
    mapping: Mapping[str, str] = field(default_factory=dict, metadata=stored(_dict_read, dict))
    fields: tuple[FieldSpec, ...] = field(default=(), metadata=stored(_fields_read, _fields_write))
    conversion: Mapping[str, Any] = field(default_factory=dict, metadata=stored(_dict_read, dict))
    mode: str = field(default="", metadata=stored(lambda data: str(data or ""), str))
    chunk_size: int = field(default=0, metadata=stored(lambda data: int(data or 0), int))
    lanes: int = field(default=0, metadata=stored(lambda data: int(data or 0), int))
    again: bool = field(default=False, metadata=stored(bool, bool))
    doubles: str = field(default="", metadata=stored(lambda data: str(data or ""), str))
    hidden_rows: str = field(default="", metadata=stored(lambda data: str(data or ""), str))
    short_rows: str = field(default="", metadata=stored(lambda data: str(data or ""), str))
    apostrophes: str = field(default="", metadata=stored(lambda data: str(data or ""), str))
    date_order: str = field(default="", metadata=stored(lambda data: str(data or ""), str))
    double_encoding: str = field(default="", metadata=stored(lambda data: str(data or ""), str))

    @property
    def table(self) -> Dialect:
        """Return how the file is read."""
        return Dialect.from_json(self.dialect)

    @property
    def is_changing_records(self) -> bool:
        """Return whether rows change records that are there, so that a blank cell is not the same as none."""
        return self.mode in ("update", "upsert")

    @property
    def titles(self) -> tuple[str, ...]:
        """Return the names of the file's columns, and of those that a conversion makes."""
        return (*self.header, *(str(each.get("title") or "") for each in self.conversion.get("made") or ()))

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Return (column, field) pairs in the order of the file's columns."""
        header = self.titles
        pairs = sorted((int(index), name) for index, name in self.mapping.items())
        return [(header[n] if n < len(header) and header[n] else f"Column {n + 1}", name) for n, name in pairs]

    def told(self) -> dict[str, str]:
        """Put the choices in words, by the name of each."""
        read = [f"{name.replace('_', ' ')}: {value}" for name, value in self.dialect.items() if value not in ("", None)]
        kinds = [
            " ".join(filter(None, (spec.name, f"({spec.type}{', key' if spec.key else ''})"))) for spec in self.fields
        ]
        return {
            "what is done": MODE_LABELS.get(self.mode, self.mode),
            "the columns": ", ".join(f"{column} → {name}" for column, name in self.columns),
            "the fields": ", ".join(kinds),
            "how the file is read": ", ".join(read),
            "hidden rows": HIDDEN_LABELS.get(self.hidden_rows, ""),
            "missing cells": SHORT_LABELS.get(self.short_rows, ""),
            "marks of a spreadsheet": GUARD_LABELS.get(self.apostrophes, ""),
            "texts encoded twice": DOUBLE_ENCODING_LABELS.get(self.double_encoding, ""),
            "day and month": ORDER_LABELS.get(self.date_order, ""),
            "rows of one key": DOUBLES_LABELS.get(self.doubles, ""),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRemote(Structure):
    """What a running job remembers from one turn to the next. What is found to be long, `is_long` says."""

    OMITS_DEFAULTS: ClassVar[bool] = True

    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One class of problems or warnings that a check found, with its count and its first rows as samples.

    `needs_yes`: the rows are sent only where a person has said yes to it.
    """

    code: str
    label: str
    count: int
    column: str = ""
    field: str = ""
    fix: str = ""
    samples: tuple[Mapping[str, Any], ...] = ()
    needs_yes: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Finding:
        """Take what `as_json` gave."""
        names = ("column", "field", "fix")
        texts = {name: str(data.get(name) or "") for name in names}
        samples, needs_yes = tuple(data.get("samples") or ()), bool(data.get("needs_yes"))
        return cls(data["code"], data["label"], int(data["count"]), **texts, samples=samples, needs_yes=needs_yes)

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for storage."""
        data = {**asdict(self), "samples": list(self.samples)}
        if not self.needs_yes:
            del data["needs_yes"]
        return data


def _findings_read(data: Any) -> tuple[Finding, ...]:
    return tuple(map(Finding.from_json, data or ()))


def _findings_write(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    return [each.as_json() for each in findings]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReport(Structure):
    """What was found out before a person confirms, and what came of the job.

    `spool_digest` and `choices_digest` tell what was checked, and as what.
    """

    problems: tuple[Finding, ...] = field(default=(), metadata=stored(_findings_read, _findings_write))
    warnings: tuple[Finding, ...] = field(default=(), metadata=stored(_findings_read, _findings_write))
    spool_digest: str = ""
    choices_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReport(JobReport):
    """What came of a job that makes a file: where it lies while it is kept, its name, and what it says of itself."""

    result_path: str | None = None
    file_name: str = ""
    result: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed(Structure):
    """What a person confirmed: nothing else is sent. `choices` are the options without what may change afterwards.

    `spool` is the digest of the rows that were checked, "" for a job that has none. In version 2 it is of chunks that
    may be divided, which a program of before would take for rows that were changed.
    """

    VERSION: ClassVar[int] = 2

    version: int = 2
    revision: int = 0
    kind: str = ""
    target: str = ""
    choices: Mapping[str, Any] = field(default_factory=dict, metadata=stored(_dict_read, dict))
    spool: str = ""
