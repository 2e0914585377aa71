"""Kinds of jobs: each is declared and registered by the app that owns it, with all that engine and pages ask of it.

The database keeps the text of a kind only, so that another kind needs no migration.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, unquote

from django.db import models

from bpadmin.audit.verbs import Verb

# The target of a job that reads one campaign and writes into nothing begins so, the campaign's id quoted behind it.
EXPORT_OF = "export-of:"


def export_target(campaign_id: str, mark: str) -> str:
    """Return the target of a job that reads one campaign; no two have the same."""
    return f"{EXPORT_OF}{quote(campaign_id, safe='')}:{mark}"


def campaign_of_target(target_id: str) -> str | None:
    """Return the campaign that a job with this target reads, None where it is not such a job or reads several."""
    kind, mark, rest = target_id.partition(":")
    return unquote(rest.partition(":")[0]) if f"{kind}{mark}" == EXPORT_OF else None


class TargetKind(models.TextChoices):
    """What a job writes into; a calling list and a Do Not Call list may have the same id."""

    LIST = "list", "Calling list"
    DNC = "dnc", "Do Not Call list"


class Effect(StrEnum):
    """What jobs of a kind do to what their target holds."""

    ADDS = "adds"
    REMOVES = "removes"
    REPLACES = "replaces"
    READS = "reads"


@dataclass(frozen=True, slots=True)
class KindWords:
    """How pages speak of a kind of job that has no rows of a file; `{target}` stands for the target's name.

    `draft_url` and `result_url` name the pages (tenant slug, job id) on which a draft goes on and a result is fetched.
    `result_template` shows what is in the result of its ResultReport. `title` is said in place of the kind.
    `headline` names the function that says what came of a job, as "app.module.function" (`jobs.pages.outcome`).
    """

    running: str
    done: str
    draft_url: str = ""
    result_url: str = ""
    result_template: str = ""
    title: str = ""
    headline: str = ""


class Structures(NamedTuple):
    """The classes of what jobs of a kind keep as JSON, as "app.module.Class"."""

    options: str = "bpadmin.jobs.options.JobOptions"
    remote: str = "bpadmin.jobs.options.JobRemote"
    report: str = "bpadmin.jobs.options.JobReport"


class NothingDone(NamedTuple):
    """Badge, sentence and colour of a job that sent every row and changed nothing.

    In the sentence `{keys}`, `{rows}` and `{list}` stand for what was found and where.
    """

    badge: str
    sentence: str
    tone: str = "warn"


@dataclass(frozen=True, eq=False, repr=False)
class JobKind(str):
    """A kind of job: the text that the database keeps of it, with what belongs to it.

    `handler` names the class that does it, as "app.module.Class"; it is imported when the first job of the kind comes,
    so that a page needs nothing of what reads and sends files. A kind with `words` has no rows to account for: pages
    show its progress, what it was asked and what came of it. `face` names the class that pages show a job by: a
    JobView for one with rows, a TaskView for one with words. `structures` name what it keeps.

    `confirmed_as` is written into the log when a person confirms one with rows. `has_list_fields`: its rows have the
    fields of a calling list, and the platform's rules for them. `leaves_out_hidden` rows of a workbook unless somebody
    says otherwise. `tells_of_others`: it says how many of its rows were there before, and that this says nothing of
    their values. `keeps_records`: its spool holds records of a calling list.
    """

    value: str
    label: str
    handler: str
    effect: Effect
    target: TargetKind = TargetKind.LIST
    words: KindWords | None = None
    face: str = ""
    structures: Structures = Structures()  # noqa: RUF009 - it cannot be changed
    confirmed_as: Verb = Verb.LIST_UPLOAD_CONFIRM
    nothing_done: NothingDone | None = None
    has_list_fields: bool = False
    leaves_out_hidden: bool = True
    tells_of_others: bool = False
    keeps_records: bool = False

    def __new__(cls, value: str, *_: Any, **__: Any) -> JobKind:
        """Make the text."""
        return str.__new__(cls, value)

    @property
    def only_reads(self) -> bool:
        """Return whether its jobs change nothing on the platform."""
        return self.effect is Effect.READS


class HasKind(Protocol):
    """A job, as far as its kind goes."""

    kind: Any


_kinds: dict[str, JobKind] = {}


def kinds_register(*kinds: JobKind) -> None:
    """Let the engine and the pages know of kinds; called once, when the app that owns them is ready."""
    for kind in kinds:
        _kinds[str(kind)] = kind


def kinds() -> Iterable[JobKind]:
    """Return all kinds."""
    return _kinds.values()


def kind_of(job: HasKind | str) -> JobKind:
    """Return the kind of a job, or of the text that is kept of it. KeyError where no app knows it."""
    return _kinds[job if isinstance(job, str) else job.kind]


def kind_label(kind: str) -> str:
    """Return what people call a kind; its text where no app knows it, as one of a later version."""
    return _kinds[kind].label if kind in _kinds else kind
