"""What a job's page says in numbers and words, worked out from the job's own row; nothing here counts rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from django.urls import reverse
from django.utils import timezone

from bpadmin.counts import counted, part_of
from bpadmin.jobs.engine.read_back import MOST_TO_NAME, unnamed_count
from bpadmin.jobs.engine.retry_policy import STORAGE
from bpadmin.jobs.files.corrections import Story, correction_of, correction_story, refused_count
from bpadmin.jobs.handlers import job_report, structure_read
from bpadmin.jobs.models import Job, JobPhase, JobState, Wanted
from bpadmin.jobs.options import MODE_LABELS, FileOptions, JobReport
from bpadmin.jobs.pages.extras import Extra, job_extras
from bpadmin.jobs.pages.outcome import Headline, rows_headline
from bpadmin.jobs.pages.reason_counts import Refusal, job_refusals
from bpadmin.jobs.pages.unresolved import Place, Question, found_again, job_questions
from bpadmin.jobs.queue.worker_health import Health, worker_health
from bpadmin.jobs.sending_speed import speed_words
from bpadmin.jobs.target_words import in_words_of, target_noun

CORRECTIONS_SHOWN = 5
# A speed worked out from fewer rows says more of the first request than of the work.
LEAST_FOR_A_RATE = 1000

SENTENCES = {
    JobState.DRAFT: "The file has arrived. Its columns are not mapped yet.",
    JobState.PREPARING: "Checking every row of the file. Nothing is sent yet.",
    JobState.READY: "The check is done. Nothing is sent until somebody confirms.",
    JobState.QUEUED: "Waiting for a worker to take its turn",
    JobState.RUNNING: "Sending rows to {list}",
    JobState.PAUSED: "Paused. The rest is sent when somebody resumes it.",
    JobState.SUCCEEDED: "Every row is in {list}.",
    JobState.PARTIAL: "Not every row is in {list}.",
    JobState.FAILED: "Stopped: it could not go on.",
    JobState.ERRORED: "Stopped by an error of ours.",
    JobState.CANCELLED: "Cancelled.",
}


READING = (
    "Reading {list} back to find {rows} in question. Nothing is sent.",
    "Paused while {list} was read back. The reading goes on when somebody resumes it.",
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One outcome: how many rows had it, its colour, and what it means."""

    label: str
    term: str
    count: int
    tone: str
    note: str


@dataclass(frozen=True, slots=True)
class Sum:
    """Something that a job counts, such as "25 rows", and the outcomes that must add up to it."""

    words: str
    total: int
    tiles: tuple[Tile, ...]
    title: str = ""

    @property
    def is_right(self) -> bool:
        """Return whether the sum comes out."""
        return sum(tile.count for tile in self.tiles) == self.total

    @property
    def terms(self) -> tuple[Tile, ...]:
        """Return the terms to show: the first one, and every other outcome that befell something."""
        return tuple(tile for at, tile in enumerate(self.tiles) if tile.count or not at)

    @property
    def in_words(self) -> str:
        """Return the terms as a line of text."""
        return " + ".join(f"{tile.count:,} {tile.term}" for tile in self.terms)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: `done` of `total` (of a check in its own unit, else rows); what is None is not known."""

    done: int | None
    total: int | None
    rate: float | None = None
    seconds_left: float | None = None

    @property
    def percent(self) -> int | None:
        """Return whole percents, never 100 before everything is done."""
        if not self.total or self.done is None:
            return None
        return min(100, self.done * 100 // self.total)


class JobView:
    """One job as pages show it. Only `health`, `questions` and `refusals` ask the database, the last of ended jobs.

    Only `place` may ask the platform, through the shared cache and of ended jobs.
    """

    has_rows = True
    # How many jobs go before it in its queue, where that was looked up and it waits for a worker.
    before: int | None = None
    # Names of the pages of the list that it is about, and of the steps from its file to its end.
    list_page = "lists:detail"
    file_pages: ClassVar[Mapping[str, str]] = {
        "new": "lists:upload",
        "map": "lists:upload_map",
        "check": "lists:upload_check",
        "again": "lists:upload_again",
    }

    def __init__(self, job: Job) -> None:
        self.job = job

    @property
    def extras(self) -> list[Extra]:
        """Return what other apps show on its page."""
        return [found for show in job_extras if (found := show(self.job)) is not None]

    @property
    def list_id(self) -> str | int:
        """Return that by which the list's own pages know it."""
        return str(self.job.target_id)

    @property
    def list_url(self) -> str:
        """Return the page of the list that the job is about."""
        return reverse(self.list_page, args=[self.job.tenant.slug, self.list_id])

    @property
    def new_url(self) -> str:
        """Return the page that takes another file for the same list."""
        return reverse(self.file_pages["new"], args=[self.job.tenant.slug, self.list_id])

    @property
    def map_url(self) -> str:
        """Return the page on which the columns are mapped."""
        return self._step_url("map")

    @property
    def check_url(self) -> str:
        """Return the page that shows what the check found."""
        return self._step_url("check")

    @property
    def again_url(self) -> str:
        """Return the page that takes the corrected rejects."""
        return self._step_url("again")

    @property
    def release_url(self) -> str:
        """Return where a person lets the rows go that are held back, "" where none are or the job is not theirs yet."""
        return ""

    def _step_url(self, step: str) -> str:
        return reverse(self.file_pages[step], args=[self.job.tenant.slug, self.job.pk])

    @property
    def title(self) -> str:
        """Name the job by its file."""
        return self.job.file_name or self.job.kind_label

    @property
    def noun(self) -> str:
        """Return the word for what the rows go into."""
        return target_noun(self.job)

    @property
    def ended_words(self) -> str:
        """Say where the rows are that count as done."""
        return f"in the {self.noun}"

    @property
    def shown_state(self) -> JobState:
        """Return the state that a person is shown."""
        return JobState(self.job.state)

    @property
    def sentence(self) -> str:
        """Say what the job is doing, or what became of it."""
        job = self.job
        if job.wanted and job.is_active:
            if self.is_reading:
                return f"{'Pausing' if job.wanted == Wanted.PAUSE else 'Ending'} the reading after the present request…"
            if job.state == JobState.PREPARING:
                return "Cancelling the check…"
            word = "Pausing" if job.wanted == Wanted.PAUSE else "Cancelling"
            return f"{word} after the requests that are on their way…"
        if self.is_reading and job.state != JobState.QUEUED:
            return READING[job.state == JobState.PAUSED].format(
                list=job.target_name, rows=counted(job.n_uncertain or job.n_unaccounted, "row")
            )
        if self.is_beginning:
            return f"Getting {job.target_name} ready"
        if self.is_in_trouble:
            return "Waiting until the dialler answers again"
        if self.is_left_alone:
            them = "1 row is" if job.n_uncertain == 1 else f"{job.n_uncertain:,} rows are"
            return f"Left alone for a while, since {them} in doubt"
        if self.waits_for_files:
            is_storage = self.job.failing_reason == STORAGE
            return "Waiting for the object storage" if is_storage else "Waiting until there is room on the disk"
        if job.state == JobState.FAILED and job.is_all_refused:
            return "It failed: not one of its rows was taken."
        return SENTENCES[JobState(job.state)].format(list=job.target_name)

    @cached_property
    def headline(self) -> Headline | None:
        """Return what came of a job that has ended, None while its state says it."""
        return rows_headline(self.job)

    @property
    def badge(self) -> str:
        """Say in two or three words what it does, or what came of it."""
        return self.headline.badge if self.headline else str(self.shown_state.label)

    @property
    def told(self) -> str:
        """Say what the job is doing or what became of it, as the headline of a page."""
        return self.headline.sentence if self.headline else self.sentence

    @property
    def kind(self) -> str:
        """Say what kind of job it is."""
        return in_words_of(self.job.kind_label, self.noun)

    @property
    def counts(self) -> str:
        """Return what a table tells of its rows or records, in the words of its kind; "" while nothing is known."""
        if self.headline and self.headline.counts:
            return self.headline.counts
        job = self.job
        if not self.is_checked:
            return ""
        if not (self.was_confirmed or job.is_final):
            return f"{job.n_to_send:,} of {job.rows_total:,} to send"
        return f"{self.in_list:,} of {job.rows_total:,} {self.ended_words}"

    @property
    def done_words(self) -> str:
        """Say beside the bar how much of the work is done."""
        progress, job = self.progress, self.job
        words = part_of(progress.done or 0, progress.total or 0, "row")
        return f"{words} {self.ended_words}" if job.is_final else words

    @property
    def is_in_trouble(self) -> bool:
        """Return whether it waits because the platform failed; then it is tried again by itself."""
        return self.job.state == JobState.QUEUED and self.job.failing_since is not None

    @property
    def is_left_alone(self) -> bool:
        """Return whether it waits until silence about rows in doubt may be judged."""
        job = self.job
        is_waiting = job.state == JobState.QUEUED and job.next_run_at is not None and job.failing_since is None
        return is_waiting and bool(job.n_uncertain) and not job.failures

    @property
    def waits_for_files(self) -> bool:
        """Return whether it waits because the disk is full or the storage away (`troubles.files_ending`)."""
        job = self.job
        waits = job.state in (JobState.QUEUED, JobState.PREPARING) and job.next_run_at is not None
        return waits and job.failures > 0 and job.failing_since is None

    @property
    def tone(self) -> str:
        """Return the colour of the progress bar: "" while the job works, else ok, warn or bad."""
        if self.headline:
            return self.headline.tone
        if self.job.state == JobState.SUCCEEDED:
            return "ok"
        if self.job.state in (JobState.PARTIAL, JobState.PAUSED):
            return "warn" if self.in_list or not self.job.is_final else "bad"
        return "bad" if self.job.state in (JobState.FAILED, JobState.ERRORED) else ""

    @property
    def is_checked(self) -> bool:
        """Return whether the rows are counted: before the check has ended nothing is known of them."""
        return self.job.state not in (JobState.DRAFT, JobState.PREPARING) and bool(self.job.rows_total)

    @property
    def is_beginning(self) -> bool:
        """Return whether what it sends to is being got ready: no row of this turn has left yet."""
        return self.job.state == JobState.RUNNING and self.job.phase == JobPhase.BEGIN

    @property
    def is_held(self) -> bool:
        """Return whether somebody works on it at this moment."""
        return self.job.lease_until is not None and self.job.lease_until > timezone.now()

    @property
    def was_confirmed(self) -> bool:
        """Return whether somebody let it be sent."""
        return bool(self.job.phase)

    @property
    def progress(self) -> Progress:
        """Return how far the check or the sending is; rows that the check refused count as done.

        Of an ended job it tells how many rows are in the list: a full bar must mean that all of them are.
        """
        job = self.job
        if job.state == JobState.PREPARING:
            total = job.work_total or None
            return Progress(done=min(job.work_done, total) if total else None, total=total)
        if self.is_reading:
            total = job.work_total or None
            return Progress(done=min(job.work_done, total) if total else None, total=total)
        # Rows in doubt are sent or looked for again, and are not done before somebody knows.
        done = job.rows_total - job.n_not_sent - job.n_uncertain
        answered = done - job.n_rejected_check
        is_telling = job.seconds_running > 0 and answered >= LEAST_FOR_A_RATE
        rate = answered / job.seconds_running if is_telling else None
        if job.is_final:
            return Progress(done=self.in_list, total=job.rows_total, rate=rate)
        left = (job.n_not_sent + job.n_uncertain) / rate if rate and job.state == JobState.RUNNING else None
        return Progress(done=done, total=job.rows_total, rate=rate, seconds_left=left)

    @property
    def speed_words(self) -> str:
        """Say how many requests at a time it is sent by, of how many rows, and how soon they are answered."""
        is_sent = self.job.phase == JobPhase.SEND and (self.job.state == JobState.RUNNING or self.job.is_final)
        return speed_words(self.job.speed) if is_sent and self.is_checked else ""

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """Return the outcomes that add up to the job's rows, in the order of the accounting identity."""
        job = self.job
        taken = f"{job.n_added:,} added, {job.n_updated:,} updated" if job.n_updated else "The dialler took them"
        by_check = f"{job.n_rejected_check:,} by the check" if job.n_rejected_check else "Each with its reason"
        unsent = "Never sent" if job.is_final else "Still to be sent"
        return (
            Tile("Accepted", "accepted", job.n_accepted, "ok", taken),
            Tile("Already there", "already there", job.n_already_there, "neutral", self.already_there_note),
            Tile("Rejected", "rejected", job.n_rejected, "bad", by_check),
            Tile("Uncertain", "uncertain", job.n_uncertain, "warn", "Sent, but no answer came"),
            Tile("Not sent", "not sent", job.n_not_sent, "busy" if job.is_active else "neutral", unsent),
            Tile(
                "Unaccounted",
                "unaccounted",
                job.n_unaccounted,
                "warn",
                f"Taken without an error, not in the {self.noun}",
            ),
        )

    @cached_property
    def already_there_note(self) -> str:
        """Say how rows came to be in the list: those of a lost request may well be our own."""
        again = found_again(self.job) if self.job.is_final else 0
        if not again:
            return f"Their key was in the {self.noun}"
        if again == self.job.n_already_there:
            return "Found there after a lost answer"
        return f"{again:,} found there after a lost answer"

    @property
    def sums(self) -> tuple[Sum, ...]:
        """Return what the job counts, each of one unit, with its outcomes; most jobs count rows alone."""
        return (Sum(counted(self.job.rows_total, "row"), self.job.rows_total, self.tiles),)

    @property
    def sum_in_words(self) -> str:
        """Return the sum of the rows as a line of text."""
        return self.sums[0].in_words

    @property
    def in_list(self) -> int:
        """Count the rows that are in the list now."""
        return self.job.n_in_list

    @property
    def n_to_send(self) -> int:
        """Count the rows that are sent when somebody confirms; others only take the place of refused ones."""
        return self.job.n_to_send

    @property
    def head(self) -> tuple[object, ...]:
        """Return everything that the page's words and buttons depend on, so that they are sent anew only then."""
        job = self.job
        asked = [question.chunk.pk for question in self.questions]
        waits = (self.is_in_trouble, self.is_left_alone, self.waits_for_files)
        corrected = self.correction.pk if self.correction else 0
        return (job.state, job.phase, job.wanted, *waits, bool(self.rejects_count), asked, corrected)

    @property
    def rejects_count(self) -> int:
        """Count the rows of the rejects file: those refused, and of an ended job all that are not in the list."""
        job = self.job
        left = job.n_not_sent + job.n_uncertain if job.is_final else 0
        return job.n_rejected + job.n_unaccounted + left if self.is_checked else 0

    @property
    def mode(self) -> str:
        """Say what is done with the rows."""
        return MODE_LABELS.get(self.options.mode, "")

    @property
    def options(self) -> FileOptions:
        """Return what was said of the file."""
        return structure_read(FileOptions, self.job.options, self.job)

    @property
    def report(self) -> JobReport:
        """Return what the check found, or what came of the job."""
        return job_report(self.job)

    @property
    def mapping(self) -> list[tuple[str, str]]:
        """Return (column, field) pairs as the file was mapped, in the order of its columns."""
        return self.options.columns

    @property
    def rules_told(self) -> list[str]:
        """Say in words what is done to the file's cells; kinds that convert them say it."""
        return []

    @property
    def can_pause(self) -> bool:
        """Return whether it may be paused."""
        return self.job.state in (JobState.QUEUED, JobState.RUNNING) and not self.job.wanted

    @property
    def can_resume(self) -> bool:
        """Return whether a pause, also one still to come, may be taken back."""
        return self.job.state == JobState.PAUSED or (
            self.job.state == JobState.RUNNING and self.job.wanted == Wanted.PAUSE
        )

    @property
    def can_cancel(self) -> bool:
        """Return whether there is anything left to end."""
        return not self.job.is_final and self.job.wanted != Wanted.CANCEL

    @property
    def can_retry(self) -> bool:
        """Return whether rows were left unsent that may be sent now."""
        return self.job.is_final and self.job.n_not_sent > 0 and self.job.started_at is not None

    @property
    def can_correct(self) -> bool:
        """Return whether rows came back that may be corrected and sent again."""
        is_kept = self.was_confirmed and bool(self.job.upload_path)
        return self.job.is_final and refused_count(self.job) > 0 and is_kept and self.correction is None

    @cached_property
    def correction(self) -> Job | None:
        """Return the job that has taken the rejected rows of this one."""
        return correction_of(self.job) if self.job.is_final and refused_count(self.job) else None

    @cached_property
    def story(self) -> Story | None:
        """Return the chain of corrections that the job is part of, None where there is none."""
        may_have_one = self.job.parent_id is not None or self.correction is not None
        return correction_story(self.job) if self.is_checked and may_have_one else None

    @property
    def there_url(self) -> str:
        """Return the file of the rows whose key was in the list already, "" where there is none."""
        return ""

    @property
    def update_there_url(self) -> str:
        """Return where those rows are sent to update the records that are there, "" where they cannot be."""
        return ""

    @property
    def fix_url(self) -> str:
        """Return the page on which refused rows are corrected one by one, "" where there is none."""
        return ""

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """Return the reasons why rows of an ended job are not in the list."""
        return job_refusals(self.job)

    @cached_property
    def corrections(self) -> tuple[Job, ...]:
        """Return the jobs that sent corrected rows of this one again."""
        return tuple(self.job.children.only("pk", "file_name").order_by("pk")[:CORRECTIONS_SHOWN])

    @cached_property
    def health(self) -> Health:
        """Return whether somebody works on the job, or will."""
        return worker_health(self.job)

    @cached_property
    def questions(self) -> Sequence[Question]:
        """Return the chunks that only a person can decide on; asked for only where rows are uncertain."""
        return job_questions(self.job) if self.job.n_uncertain else ()

    @property
    def is_reading(self) -> bool:
        """Return whether the list is being read back to find rows in question."""
        return self.job.phase == JobPhase.READ_BACK

    @property
    def may_be_read_back(self) -> bool:
        """Return whether the job has come to rest with rows that could be looked for: in question, or missing."""
        return self.job.is_final and bool(self.n_looked_for)

    @cached_property
    def n_looked_for(self) -> int:
        """Count the rows that reading the list back would look for."""
        job = self.job
        if self.questions:
            return job.n_uncertain
        return unnamed_count(job) if job.is_final and job.rows_total <= MOST_TO_NAME else 0

    @property
    def was_read_back(self) -> bool:
        """Return whether a reading has told something of the rows that are still in question."""
        return any(question.is_told_apart for question in self.questions)

    @property
    def place(self) -> Place | None:
        """Return where rows in question can be looked for by reading the list back, None where they cannot."""
        return None
