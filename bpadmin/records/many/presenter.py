"""How pages show a job that asks something of many records."""

from __future__ import annotations

from functools import cached_property
from itertools import islice

from django.urls import reverse

from bpadmin.approvals.services import MANY
from bpadmin.counts import counted
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.pages.kind_presenters import TaskView
from bpadmin.jobs.pages.outcome import Headline
from bpadmin.records.kinds import CONTACTS_DELETE
from bpadmin.records.many.rows import Fate, Row, fates_counted, fates_now, rows_told
from bpadmin.records.models import ManyRows

SHOWN = 100


class ManyView(TaskView):
    """A job with one call a row."""

    @cached_property
    def rows(self) -> ManyRows:
        """Return its rows."""
        return ManyRows.objects.get(job=self.job)

    @property
    def is_asking(self) -> bool:
        """Return whether it waits for a yes to what a filter has found."""
        return bool(self.job.state == JobState.PAUSED and not self.rows.is_confirmed and self.rows.states)

    @property
    def needs_two(self) -> bool:
        """Return whether another person has to approve the yes, where the tenant is under that rule."""
        return self.job.kind == CONTACTS_DELETE and len(self.rows.states) > MANY

    @property
    def can_resume(self) -> bool:
        """The yes has a button of its own."""
        return super().can_resume and not self.is_asking

    @property
    def go_url(self) -> str:
        """Return where the yes is said."""
        return reverse("records:many_go", args=[self.job.tenant.slug, self.job.pk])

    @cached_property
    def counts_shown(self) -> list[tuple[str, int]]:
        """Return how many rows came to what, by now; together they are all rows."""
        counts = fates_counted(fates_now(self.rows)[0])
        return [(fate.words.capitalize(), count) for fate, count in counts.items()]

    @cached_property
    def doubtful(self) -> list[Row]:
        """Return the rows that are in doubt, as many as a page shows."""
        return list(islice((row for row in rows_told(self.rows) if row.fate is Fate.UNKNOWN), SHOWN))

    @cached_property
    def refused(self) -> list[Row]:
        """Return the rows that were not done, as many as a page shows."""
        return list(islice((row for row in rows_told(self.rows) if row.fate is Fate.REFUSED), SHOWN))

    @property
    def rows_url(self) -> str:
        """Return the file of all rows with what became of each."""
        return reverse("records:many_rows", args=[self.job.tenant.slug, self.job.pk])

    @property
    def list_url(self) -> str:
        """Return the page of the source; what a command has ordered by user data is of none, but of all."""
        if not self.job.target_id:
            return reverse("records:index", args=[self.job.tenant.slug])
        return reverse("records:browse", args=[self.job.tenant.slug, self.job.target_id])


def many_headline(job: Job) -> Headline | None:
    """Return the headline of a job that has ended, None before."""
    if job.state not in (JobState.SUCCEEDED, JobState.PARTIAL, JobState.FAILED) or not job.rows_total:
        return None
    told = f"{job.n_updated:,} of {counted(job.rows_total, 'row')} done"
    if job.state == JobState.SUCCEEDED:
        return Headline("Done", f"All {counted(job.rows_total, 'row')} {'is' if job.rows_total == 1 else 'are'} done.",
                        counts=told)  # fmt: skip
    if job.n_uncertain:
        return Headline("In doubt", f"{told}; of {job.n_uncertain:,} nobody knows yet.", "warn", told)
    return Headline("Partly done" if job.n_updated else "Not done", f"{told}.", "warn", told)
