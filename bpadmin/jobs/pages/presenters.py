"""What a job's page says in numbers and words, worked out from the job's own row; nothing here counts rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from django.urls import reverse
from django.utils import timezone

from bpadmin.jobs.corrections import correction_of
from bpadmin.jobs.health import Health, worker_health
from bpadmin.jobs.models import Job, JobPhase, JobState, Wanted
from bpadmin.jobs.options import MODE_LABELS, FileOptions, JobReport
from bpadmin.jobs.questions import Place, Question, found_again, job_questions
from bpadmin.jobs.reading import MOST_TO_NAME, unnamed_count
from bpadmin.jobs.refusals import Refusal, job_refusals
from bpadmin.jobs.registry import job_report, structure_read
from bpadmin.jobs.rejects import refused_count

CORRECTIONS_SHOWN = 5

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
    "Reading {list} back to find the {count:,} rows in question. Nothing is sent.",
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
class Progress:
    """How far a job is: `done` of `total` (of a check in its own unit, else rows); what is None is not known."""

    done: int | None
    total: int | None
    rate: float | None = None
    seconds_left: float | None = None

    @property
    def percent(self) -> int | None:
        """Give whole percents, never 100 before everything is done."""
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
    def list_id(self) -> str | int:
        """Give that by which the list's own pages know it."""
        return str(self.job.target_id)

    @property
    def list_url(self) -> str:
        """Give the page of the list that the job is about."""
        return reverse(self.list_page, args=[self.job.tenant.slug, self.list_id])

    @property
    def new_url(self) -> str:
        """Give the page that takes another file for the same list."""
        return reverse(self.file_pages["new"], args=[self.job.tenant.slug, self.list_id])

    @property
    def map_url(self) -> str:
        """Give the page on which the columns are mapped."""
        return self._step_url("map")

    @property
    def check_url(self) -> str:
        """Give the page that shows what the check found."""
        return self._step_url("check")

    @property
    def again_url(self) -> str:
        """Give the page that takes the corrected rejects."""
        return self._step_url("again")

    @property
    def release_url(self) -> str:
        """Give where a person lets the rows go that are held back, "" where none are or the job is not theirs yet."""
        return ""

    def _step_url(self, step: str) -> str:
        return reverse(self.file_pages[step], args=[self.job.tenant.slug, self.job.pk])

    @property
    def title(self) -> str:
        """Name the job by its file."""
        return self.job.file_name or self.job.get_kind_display()

    @property
    def ended_words(self) -> str:
        """Say where the rows are that count as done."""
        return "in the list"

    @property
    def shown_state(self) -> JobState:
        """Give the state that a person is shown."""
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
                list=job.target_name, count=job.n_uncertain or job.n_unaccounted
            )
        if job.phase == JobPhase.BEGIN and job.state == JobState.RUNNING:
            return f"Getting {job.target_name} ready"
        if self.is_in_trouble:
            return "Waiting until the dialler answers again"
        if self.is_left_alone:
            them = "1 row is" if job.n_uncertain == 1 else f"{job.n_uncertain:,} rows are"
            return f"Left alone for a while, since {them} in doubt"
        if self.waits_for_room:
            return "Waiting until there is room on the disk"
        return SENTENCES[JobState(job.state)].format(list=job.target_name)

    @property
    def is_in_trouble(self) -> bool:
        """Tell whether it waits because the platform failed; then it is tried again by itself."""
        return self.job.state == JobState.QUEUED and self.job.failing_since is not None

    @property
    def is_left_alone(self) -> bool:
        """Tell whether it waits until silence about rows in doubt may be judged."""
        job = self.job
        is_waiting = job.state == JobState.QUEUED and job.next_run_at is not None and job.failing_since is None
        return is_waiting and bool(job.n_uncertain) and not job.failures

    @property
    def waits_for_room(self) -> bool:
        """Tell whether it waits because the disk is full (`troubles.disk_full_ending`)."""
        job = self.job
        waits = job.state in (JobState.QUEUED, JobState.PREPARING) and job.next_run_at is not None
        return waits and job.failures > 0 and job.failing_since is None

    @property
    def tone(self) -> str:
        """Give the colour of the progress bar: "" while the job works, else ok, warn or bad."""
        if self.job.state == JobState.SUCCEEDED:
            return "ok"
        if self.job.state in (JobState.PARTIAL, JobState.PAUSED):
            return "warn" if self.in_list or not self.job.is_final else "bad"
        return "bad" if self.job.state in (JobState.FAILED, JobState.ERRORED) else ""

    @property
    def is_checked(self) -> bool:
        """Tell whether the rows are counted: before the check has ended nothing is known of them."""
        return self.job.state not in (JobState.DRAFT, JobState.PREPARING) and bool(self.job.rows_total)

    @property
    def is_held(self) -> bool:
        """Tell whether somebody works on it at this moment."""
        return self.job.lease_until is not None and self.job.lease_until > timezone.now()

    @property
    def was_confirmed(self) -> bool:
        """Tell whether somebody let it be sent."""
        return bool(self.job.phase)

    @property
    def progress(self) -> Progress:
        """Tell how far the check or the sending is; rows that the check refused count as done.

        Of an ended job it tells how many rows are in the list: a full bar must mean that all of them are.
        """
        job = self.job
        if job.state == JobState.PREPARING:
            total = job.work_total or None
            return Progress(done=min(job.work_done, total) if total else None, total=total)
        if job.state == JobState.RUNNING and job.phase == JobPhase.BEGIN:
            return Progress(done=None, total=job.rows_total)
        if self.is_reading:
            total = job.work_total or None
            return Progress(done=min(job.work_done, total) if total else None, total=total)
        # Rows in doubt are sent or looked for again, and are not done before somebody knows.
        done = job.rows_total - job.n_not_sent - job.n_uncertain
        answered = done - job.n_rejected_check
        rate = answered / job.seconds_running if job.seconds_running > 0 and answered > 0 else None
        if job.is_final:
            return Progress(done=self.in_list, total=job.rows_total, rate=rate)
        left = (job.n_not_sent + job.n_uncertain) / rate if rate and job.state == JobState.RUNNING else None
        return Progress(done=done, total=job.rows_total, rate=rate, seconds_left=left)

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """Give the outcomes that add up to the job's rows, in the order of the accounting identity."""
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
            Tile("Unaccounted", "unaccounted", job.n_unaccounted, "warn", "Taken without an error, not in the list"),
        )

    @cached_property
    def already_there_note(self) -> str:
        """Say how rows came to be in the list: those of a lost request may well be our own."""
        again = found_again(self.job) if self.job.is_final else 0
        if not again:
            return "Their key was in the list"
        if again == self.job.n_already_there:
            return "Found there after a lost answer"
        return f"{again:,} found there after a lost answer"

    @property
    def identity(self) -> tuple[Tile, ...]:
        """Give the terms of the sum on screen: the accepted rows, and every other outcome that befell a row."""
        return tuple(tile for tile in self.tiles if tile.count or tile.term == "accepted")

    @property
    def sum_in_words(self) -> str:
        """Give the sum as a line of text."""
        return " + ".join(f"{tile.count:,} {tile.term}" for tile in self.identity)

    @property
    def is_accounted(self) -> bool:
        """Tell whether the sum comes out."""
        return self.job.accounted == self.job.rows_total

    @property
    def in_list(self) -> int:
        """Count the rows that are in the list now."""
        return self.job.n_in_list

    @property
    def head(self) -> tuple[object, ...]:
        """Give everything that the page's words and buttons depend on, so that they are sent anew only then."""
        job = self.job
        asked = [question.chunk.pk for question in self.questions]
        waits = (self.is_in_trouble, self.is_left_alone, self.waits_for_room)
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
        """Give what was said of the file."""
        return structure_read(FileOptions, self.job.options, self.job)

    @property
    def report(self) -> JobReport:
        """Give what the check found, or what came of the job."""
        return job_report(self.job)

    @property
    def mapping(self) -> list[tuple[str, str]]:
        """Give (column, field) pairs as the file was mapped, in the order of its columns."""
        return self.options.columns

    @property
    def can_pause(self) -> bool:
        """Tell whether it may be paused."""
        return self.job.state in (JobState.QUEUED, JobState.RUNNING) and not self.job.wanted

    @property
    def can_resume(self) -> bool:
        """Tell whether a pause, also one still to come, may be taken back."""
        return self.job.state == JobState.PAUSED or (
            self.job.state == JobState.RUNNING and self.job.wanted == Wanted.PAUSE
        )

    @property
    def can_cancel(self) -> bool:
        """Tell whether there is anything left to end."""
        return not self.job.is_final and self.job.wanted != Wanted.CANCEL

    @property
    def can_retry(self) -> bool:
        """Tell whether rows were left unsent that may be sent now."""
        return self.job.is_final and self.job.n_not_sent > 0 and self.job.started_at is not None

    @property
    def can_correct(self) -> bool:
        """Tell whether rows came back that may be corrected and sent again."""
        is_kept = self.was_confirmed and bool(self.job.upload_path)
        return self.job.is_final and refused_count(self.job) > 0 and is_kept and self.correction is None

    @cached_property
    def correction(self) -> Job | None:
        """Give the job that has taken the rejected rows of this one."""
        return correction_of(self.job) if self.job.is_final and refused_count(self.job) else None

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """Give the reasons why rows of an ended job are not in the list."""
        return job_refusals(self.job)

    @cached_property
    def corrections(self) -> tuple[Job, ...]:
        """Give the jobs that sent corrected rows of this one again."""
        return tuple(self.job.children.only("pk", "file_name").order_by("pk")[:CORRECTIONS_SHOWN])

    @cached_property
    def health(self) -> Health:
        """Tell whether somebody works on the job, or will."""
        return worker_health(self.job)

    @cached_property
    def questions(self) -> Sequence[Question]:
        """Give the chunks that only a person can decide on; asked for only where rows are uncertain."""
        return job_questions(self.job) if self.job.n_uncertain else ()

    @property
    def is_reading(self) -> bool:
        """Tell whether the list is being read back to find rows in question."""
        return self.job.phase == JobPhase.READ_BACK

    @property
    def may_be_read_back(self) -> bool:
        """Tell whether the job has come to rest with rows that could be looked for: in question, or missing."""
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
        """Tell whether a reading has told something of the rows that are still in question."""
        return any(question.is_told_apart for question in self.questions)

    @property
    def place(self) -> Place | None:
        """Give where rows in question can be looked for by reading the list back, None where they cannot."""
        return None
