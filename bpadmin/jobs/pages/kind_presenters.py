"""Which face a job shows on pages: rows accounted for, or a task with its progress and what came of it."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from bpadmin.jobs.figures import SENTENCES, JobView, Progress
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.options import ResultReport
from bpadmin.jobs.registry import KindWords, face_of, job_options, structure_read, words_of


class TaskView(JobView):
    """A job without rows of a file, such as a deletion or an export."""

    has_rows = False

    def __init__(self, job: Job, words: KindWords) -> None:
        super().__init__(job)
        self.words = words

    @property
    def title(self) -> str:
        """Name the job by what it does to what."""
        if self.words.title:
            return self.words.title.format(target=self.job.target_name)
        return f"{self.job.get_kind_display()}: {self.job.target_name}"

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
        """Tell how far the work is, as far as the platform tells."""
        job = self.job
        if job.state == JobState.SUCCEEDED:
            return Progress(done=1, total=1)
        total = job.work_total or None
        done = min(job.work_done, total) if total else None
        rate = job.work_done / job.seconds_running if self.counts_rows and job.seconds_running > 1 else None
        return Progress(done=done, total=total, rate=rate)

    @property
    def counts_rows(self) -> bool:
        """Tell whether its progress is counted in records, so that a speed means something."""
        return job_options(self.job).counts_rows

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Give what was asked for, as pairs of label and text."""
        return list(job_options(self.job).facts)

    @property
    def draft_url(self) -> str:
        """Give the page on which a draft goes on, "" where there is none."""
        is_draft = self.job.state == JobState.DRAFT
        return self._url(self.words.draft_url) if is_draft else ""

    @property
    def result_url(self) -> str:
        """Give where the result can be fetched, "" while there is none."""
        return self._url(self.words.result_url) if self.result_report.result_path else ""

    @property
    def result_template(self) -> str:
        """Name the template that shows the result, "" while there is none."""
        return self.words.result_template if self.result_report.result else ""

    @property
    def result_report(self) -> ResultReport:
        """Give what came of the job."""
        return structure_read(ResultReport, self.job.report, self.job)

    @property
    def first_time(self) -> datetime | None:
        """Give the earliest time in the result, where it tells."""
        return self._result_time("first_time")

    @property
    def last_time(self) -> datetime | None:
        """Give the latest time in the result, where it tells."""
        return self._result_time("last_time")

    def _result_time(self, name: str) -> datetime | None:
        told = (self.result_report.result or {}).get(name)
        return datetime.fromisoformat(told) if told else None

    def _url(self, name: str) -> str:
        return reverse(name, args=[self.job.tenant.slug, self.job.pk]) if name else ""


def job_view(job: Job) -> JobView:
    """Give the face of a job."""
    if words := words_of(job):
        return TaskView(job, words)
    view: JobView = (face_of(job) or JobView)(job)
    return view
