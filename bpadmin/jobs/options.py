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
        """Give a plain dictionary for storage."""
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
        """Tell whether a newer version of this program wrote it, so that it may say more than is known here."""
        return self.version > self.VERSION


def pairs_read(data: Any) -> tuple[tuple[str, str], ...]:
    """Take pairs of texts."""
    return tuple((str(first), str(second)) for first, second in data)


def pairs_write(pairs: tuple[tuple[str, str], ...]) -> list[list[str]]:
    """Give pairs of texts as JSON."""
    return [list(pair) for pair in pairs]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions(Structure):
    """What a person asked of a job. Only `bpadmin.jobs.choices` stores it, and every change moves the job's revision.

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
        """Give what must not change once it is confirmed, as plain JSON.

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
    `chunk_size` and `lanes` are the tenant's when the file came.
    """

    LIVE: ClassVar[frozenset[str]] = JobOptions.LIVE | {"encoding_proof", "lanes", "chunk_size"}

    dialect: Mapping[str, Any] = field(default_factory=dict, metadata=stored(_dict_read, dict))
    header: tuple[str, ...] = field(default=(), metadata=stored(lambda data: tuple(map(str, data or ())), list))
    encoding_proof: Mapping[str, Any] = field(default_factory=dict, metadata=stored(_dict_read, dict))
    mapping: Mapping[str, str] = field(default_factory=dict, metadata=stored(_dict_read, dict))
    fields: tuple[FieldSpec, ...] = field(default=(), metadata=stored(_fields_read, _fields_write))
    mode: str = field(default="", metadata=stored(lambda data: str(data or ""), str))
    chunk_size: int = field(default=0, metadata=stored(lambda data: int(data or 0), int))
    lanes: int = field(default=0, metadata=stored(lambda data: int(data or 0), int))

    @property
    def table(self) -> Dialect:
        """Give how the file is read."""
        return Dialect.from_json(self.dialect)

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Give (column, field) pairs in the order of the file's columns."""
        header = self.header
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
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRemote(Structure):
    """What a running job remembers from one turn to the next. What is found to be long, `is_long` says."""

    OMITS_DEFAULTS: ClassVar[bool] = True

    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One class of problems or warnings that a check found, with its count and its first rows as samples."""

    code: str
    label: str
    count: int
    column: str = ""
    field: str = ""
    fix: str = ""
    samples: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Finding:
        """Take what `as_json` gave."""
        names = ("column", "field", "fix")
        texts = {name: str(data.get(name) or "") for name in names}
        return cls(data["code"], data["label"], int(data["count"]), **texts, samples=tuple(data.get("samples") or ()))

    def as_json(self) -> dict[str, Any]:
        """Give a plain dictionary for storage."""
        return {**asdict(self), "samples": list(self.samples)}


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

    `spool` is the digest of the rows that were checked, "" for a job that has none.
    """

    revision: int = 0
    kind: str = ""
    target: str = ""
    choices: Mapping[str, Any] = field(default_factory=dict, metadata=stored(_dict_read, dict))
    spool: str = ""
