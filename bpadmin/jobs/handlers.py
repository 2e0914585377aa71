"""What a kind of job must be able to do, and the handlers that can; the engine knows nothing about lists or records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, Protocol, TypeVar, cast, runtime_checkable

from django.utils.module_loading import import_string

from bpadmin.jobs.models import Chunk, Job, JobKind
from bpadmin.jobs.options import JobOptions, JobRemote, JobReport, NotUnderstood, Structure

Progress = Callable[[int, int], None]
"""Told how much is done and how much there is, in whatever unit the work has."""

ShouldStop = Callable[[], bool]


class JobRefused(Exception):
    """The job cannot be done as it is ordered; the message is a sentence for the supervisor. The job ends FAILED."""


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What became of a chunk's rows; the numbers add up to the chunk's count.

    `outcome` maps a reason code to source row numbers, `detail` a row number (as text) to a sentence. `stop` is a
    sentence when nothing more must be sent for this job, else "". `record` stores what the handler itself keeps of
    the outcome; it is called in the transaction in which the chunk is closed.
    """

    added: int = 0
    updated: int = 0
    already_there: int = 0
    rejected: int = 0
    unaccounted: int = 0
    outcome: dict[str, list[int]] = field(default_factory=dict)
    detail: dict[str, str] = field(default_factory=dict)
    message: str = ""
    stop: str = ""
    record: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out about a chunk whose answer was lost.

    `result` is set when it was applied; else `ask` holds the question for a person, or is "" when the platform never
    took the chunk, which then may be sent again. `grew_by` is how much the target had grown, when that is known.
    With a question, `outcome` maps what is known of rows to their numbers, as in `Chunk.outcome`.
    """

    result: ChunkResult | None = None
    ask: str = ""
    grew_by: int | None = None
    outcome: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pending:
    """The platform is busy: look again in `seconds`; `message` says in words what is waited for."""

    seconds: float
    message: str


@dataclass(frozen=True, slots=True)
class Held:
    """The job had better not go on before a person has looked: it is paused, and `message` says why."""

    message: str


class Handler(Protocol):
    """One kind of job. Clients are those of the tenant's platform; every call with one may raise PlatformError."""

    def prepare(self, job: Job, *, progress: Progress, should_stop: ShouldStop) -> None:
        """Check the whole file, write spool and chunks. Raises JobRefused."""

    def lanes(self, job: Job) -> int:
        """Say how many chunks may be under way at once."""

    def may_resend(self, job: Job) -> bool:
        """Say whether a chunk whose answer was lost can be sent again without doing anything twice."""

    def begin(self, job: Job, *, client: Any) -> Pending | Held | None:
        """Get the target ready before the first chunk and at the start of every turn; None when it is.

        May be called again after any crash. Keeps what it must remember in `job.remote` and `job.remote_job_id`
        by `job_remember`, before anything is waited for. Raises JobRefused.
        """

    def send(self, job: Job, chunk: Chunk, *, client: Any, spool: Any) -> ChunkResult:
        """Send a chunk and say what became of each row. `chunk.attempt` is 1 when it is sent for the first time.

        JobRefused may be raised only before the first request: its rows count as not sent.
        """

    def settle(self, job: Job, chunks: Sequence[Chunk], *, client: Any, is_quiet: bool) -> list[Verdict | None]:
        """Find out what became of chunks that may not be sent again; one verdict each, in their order.

        Before the quiet time is over (`is_quiet`) a platform that shows nothing may still be at work: None leaves a
        chunk in doubt. After it every chunk has its verdict.
        """

    def finish(self, job: Job) -> str:
        """Give the sentence that sums up a job which ends, and store what is to be kept of it beside the job.

        Called in the transaction that ends the job, which holds its lease or its row.
        """


@runtime_checkable
class Stages(Protocol):
    """A handler whose jobs have chunks that are held back until all others are done."""

    def may_release(self, job: Job) -> bool:
        """Tell, when all other chunks are done, whether the held ones are to be sent; if not, the job ends."""


@runtime_checkable
class Counts(Protocol):
    """A handler whose target says how much it holds, so that it can be compared with what was sent."""

    def count_end(self, job: Job, *, client: Any) -> int:
        """Compare, and note what came of it; gives how many rows that count as added the target surely lacks.

        Called when nothing more is sent for now. A target that cannot be counted is no error.
        """


class ReadBack(Protocol):
    """One turn's part of reading a target back. `done` and `total` tell how far it is, in records and rows."""

    done: int
    total: int

    def steps(self) -> Iterator[None]:
        """Go on from where the last turn was, yielding after every request or chunk; ends when all is read."""

    def kept(self) -> dict[str, Any]:
        """Give what the next turn must know, as plain JSON; belongs together with `tally`."""

    def tally(self) -> bytes:
        """Give what was counted so far."""

    def verdicts(self) -> list[Verdict]:
        """Say what became of each chunk in question, in their order, when all is read."""

    def missing(self) -> list[list[int] | None]:
        """Give the rows of each chunk that the target lacks, None where the reading does not tell."""


@runtime_checkable
class ReadsBack(Protocol):
    """A handler that can find rows in question by reading the target itself."""

    def read_back(
        self, job: Job, chunks: Sequence[Chunk], *, client: Any, kept: dict[str, Any], tally: bytes
    ) -> ReadBack:
        """Begin to read, or go on with what an earlier turn has `kept`. Raises JobRefused where it cannot be read."""

    def reconciled(self, job: Job, reading: ReadBack) -> None:
        """Take note of a reading that came to its end and was stored, before anything more is sent."""


@runtime_checkable
class Ends(Protocol):
    """A handler that has something to do when a job has come to rest, such as forgetting what pages have read."""

    def ended(self, job: Job) -> None:
        """Act on the end of a turn that left the job final or paused. Must not fail and changes nothing that counts."""


@dataclass(frozen=True, slots=True)
class KindWords:
    """How pages speak of a kind of job that has no rows of a file; `{target}` stands for the target's name.

    `draft_url` and `result_url` name the pages (tenant slug, job id) on which a draft goes on and a result is fetched.
    `result_template` shows what is in the result of its ResultReport. `title` is said in place of the kind.
    """

    running: str
    done: str
    draft_url: str = ""
    result_url: str = ""
    result_template: str = ""
    title: str = ""


_paths: dict[str, str] = {}
_words: dict[str, KindWords] = {}
_faces: dict[str, str] = {}
_structures: dict[str, Structures] = {}


class Structures(NamedTuple):
    """The classes of what jobs of a kind keep as JSON, as "app.module.Class"."""

    options: str = "bpadmin.jobs.options.JobOptions"
    remote: str = "bpadmin.jobs.options.JobRemote"
    report: str = "bpadmin.jobs.options.JobReport"


def register(
    kind: JobKind,
    path: str,
    *,
    words: KindWords | None = None,
    face: str = "",
    structures: Structures = Structures(),  # noqa: B008 - it cannot be changed
) -> None:
    """Name the class that handles a kind, as "app.module.Class"; called once, when the app that owns it is ready.

    It is imported when the first job of the kind comes, so that a page needs nothing of what reads and sends files.
    A kind with `words` has no rows to account for: pages show its progress, what it was asked and what came of it.
    `face` names the class, a JobView, that pages show a job with rows by. `structures` name what it keeps.
    """
    _paths[kind] = path
    _structures[kind] = structures
    if face:
        _faces[kind] = face
    if words is not None:
        _words[kind] = words


def words_of(job: Job) -> KindWords | None:
    """Give the words of a kind without rows, None for one that sends a file's rows."""
    return _words.get(job.kind)


def face_of(job: Job) -> Any:
    """Give the class that shows a job of this kind, None where it is the common one."""
    path = _faces.get(job.kind)
    return import_string(path) if path else None


@cache
def _handler(path: str) -> Handler:
    handler: Handler = import_string(path)()
    return handler


def handler_of(job: Job) -> Handler:
    """Give the handler of a job's kind, the one object for all threads."""
    return _handler(_paths[job.kind])


S = TypeVar("S", bound=Structure)


def structure_read(structure: type[S], data: Mapping[str, Any], job: Job) -> S:
    """Take a structure of a job from its JSON. Raises JobRefused in words where it cannot be understood."""
    try:
        return structure.from_json(data)
    except NotUnderstood as error:
        raise JobRefused(f"What job {job.pk} keeps cannot be read: {error} Make the job anew.") from error


def options_class(kind: str) -> type[JobOptions]:
    """Give the class of the options of a kind of job."""
    return cast(type[JobOptions], import_string(_structures.get(kind, Structures()).options))


def job_options(job: Job) -> JobOptions:
    """Give what a person asked of a job, in the class of its kind. Raises JobRefused."""
    return structure_read(options_class(job.kind), job.options, job)


def job_remote(job: Job) -> JobRemote:
    """Give what a job remembers from turn to turn, in the class of its kind. Raises JobRefused."""
    structure = import_string(_structures.get(job.kind, Structures()).remote)
    return structure_read(cast(type[JobRemote], structure), job.remote, job)


def job_report(job: Job) -> JobReport:
    """Give what was found out about a job, in the class of its kind. Raises JobRefused."""
    structure = import_string(_structures.get(job.kind, Structures()).report)
    return structure_read(cast(type[JobReport], structure), job.report, job)
