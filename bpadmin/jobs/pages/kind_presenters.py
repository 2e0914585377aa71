"""Which face a job shows on pages: rows accounted for, or a task with its progress and what came of it."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from django.urls import reverse
from django.utils.module_loading import import_string

from bpadmin.jobs.handlers import face_of, job_options, structure_read, words_of
from bpadmin.jobs.kinds import KindWords
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.options import ResultReport
from bpadmin.jobs.pages.outcome import Headline
from bpadmin.jobs.pages.presenters import LEAST_FOR_A_RATE, SENTENCES, JobView, Progress


class TaskView(JobView):
    """A job without rows of a file, such as a deletion or an export."""

    has_rows = False

    def __init__(self, job: Job, words: KindWords) -> None:
        super().__init__(job)
        self.words = words

    @cached_property
    def headline(self) -> Headline | None:
        """Return what came of a job that has ended, None while its state says it."""
        if not self.words.headline:
            return None
        headline: Headline | None = import_string(self.words.headline)(self.job)
        return headline

    @property
    def counts(self) -> str:
        """Return what a table tells of its records, "" while nothing is known."""
        return self.headline.counts if self.headline else ""

    @property
    def title(self) -> str:
        """Name the job by what it does to what."""
        if self.words.title:
            return self.words.title.format(target=self.job.target_name)
        return f"{self.job.kind_label}: {self.job.target_name}"

    @property
    def shown_state(self) -> JobState:
        """Show what has begun as running, although it queues between two looks at the platform."""
        has_begun = self.job.state == JobState.QUEUED and self.job.started_at
        return JobState.RUNNING if has_begun else super().shown_state

    @property
    def sentence(self) -> str:
        """Say what the job is doing, or what became of it."""
        job = self.job
        if job.wanted and job.is_active:
            return super().sentence
        texts = {
            JobState.DRAFT: "Nothing has been asked of the platform yet.",
            JobState.QUEUED: self.words.running if job.started_at else SENTENCES[JobState.QUEUED],
            JobState.RUNNING: self.words.running,
            JobState.PAUSED: "Paused. It goes on when somebody resumes it.",
            JobState.SUCCEEDED: self.words.done,
            JobState.PARTIAL: "Only a part of it was done.",
        }
        return texts.get(JobState(job.state), SENTENCES[JobState(job.state)]).format(
            target=job.target_name, list=job.target_name
        )

    @property
    def is_checked(self) -> bool:
        """There is no file to check."""
        return False

    @property
    def progress(self) -> Progress:
        """Return how far the work is, as far as the platform tells."""
        job = self.job
        if job.state == JobState.SUCCEEDED:
            return Progress(done=1, total=1)
        total = job.work_total or None
        done = min(job.work_done, total) if total else None
        is_telling = self.counts_rows and job.seconds_running > 1 and job.work_done >= LEAST_FOR_A_RATE
        rate = job.work_done / job.seconds_running if is_telling else None
        return Progress(done=done, total=total, rate=rate)

    @property
    def counts_rows(self) -> bool:
        """Return whether its progress is counted in records, so that a speed means something."""
        return job_options(self.job).counts_rows

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Return what was asked for, as pairs of label and text."""
        return list(job_options(self.job).facts)

    @property
    def draft_url(self) -> str:
        """Return the page on which a draft goes on, "" where there is none."""
        is_draft = self.job.state == JobState.DRAFT
        return self._url(self.words.draft_url) if is_draft else ""

    @property
    def result_url(self) -> str:
        """Return where the result can be fetched, "" while there is none."""
        return self._url(self.words.result_url) if self.result_report.result_path else ""

    @property
    def result_template(self) -> str:
        """Name the template that shows the result, "" while there is none."""
        return self.words.result_template if self.result_report.result else ""

    @property
    def result_report(self) -> ResultReport:
        """Return what came of the job."""
        return structure_read(ResultReport, self.job.report, self.job)

    @property
    def first_time(self) -> datetime | None:
        """Return the earliest time in the result, where it tells."""
        return self._result_time("first_time")

    @property
    def last_time(self) -> datetime | None:
        """Return the latest time in the result, where it tells."""
        return self._result_time("last_time")

    def _result_time(self, name: str) -> datetime | None:
        told = (self.result_report.result or {}).get(name)
        return datetime.fromisoformat(told) if told else None

    def _url(self, name: str) -> str:
        return reverse(name, args=[self.job.tenant.slug, self.job.pk]) if name else ""


def job_view(job: Job) -> JobView:
    """Return the face of a job."""
    if words := words_of(job):
        task: JobView = (face_of(job) or TaskView)(job, words)
        return task
    view: JobView = (face_of(job) or JobView)(job)
    return view
