"""How pages show an upload into a calling list: as any job with rows, and where its list can be read back."""

from __future__ import annotations

from functools import cached_property

from django.urls import reverse

from bpadmin.dialler.catalogue import list_read
from bpadmin.jobs.pages.presenters import JobView
from bpadmin.jobs.pages.unresolved import Place
from bpadmin.platforms.base import Capability
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.uploads.models import UploadMode
from lists.old_values.presenter import kept_extra
from lists.proof.services import may_be_proved
from lists.taking_back.services import take_back_refusal
from lists.uploads.already_there import ReadingCost, reading_cost
from lists.uploads.modes import job_keys, job_mode, job_terms
from lists.uploads.options import upload_options
from lists.uploads.target.place import target_url


class UploadView(JobView):
    """An upload into a calling list."""

    @property
    def list_url(self) -> str:
        """Return the page of what the rows go into."""
        return target_url(self.job.tenant, self.job.target_id)

    @property
    def mode(self) -> str:
        """Say what is done with the rows, in the words of the platform where it has its own."""
        way = upload_options(self.job).mode
        found = job_terms(self.job).ways.get(way)
        return found[0] if found else super().mode

    @property
    def rules_told(self) -> list[str]:
        """Say in words what is done to the file's cells."""
        return upload_options(self.job).rules_told

    @cached_property
    def place(self) -> Place | None:
        """Return a campaign that has the list: the platform gives the records of a list in a campaign alone."""
        tenant = self.job.tenant
        if not self.may_be_read_back or Capability.RESULTS_READ not in capabilities_known(tenant):
            return None
        found = list_read(tenant, self.job.target_id).value
        if found is not None and not found.campaigns and Capability.LISTS_FETCH in capabilities_known(tenant):
            return Place("", found.total_records)
        if found is None or not found.campaigns:
            return None
        return Place(found.campaigns[0].campaign_name, found.total_records)

    @property
    def fix_url(self) -> str:
        """Return the page with the grid of refused rows."""
        return reverse("lists:fix", args=[self.job.tenant.slug, self.job.pk])

    @property
    def take_back_url(self) -> str:
        """Return where an ended upload is taken back, "" where it cannot be."""
        job = self.job
        is_offered = job.is_final and job.n_added and not self._take_back_refusal
        return reverse("lists:take_back", args=[job.tenant.slug, job.pk]) if is_offered else ""

    @property
    def take_back_why(self) -> str:
        """Return why rows that an ended upload has added cannot be taken back, "" where they can."""
        if not (self.job.is_final and self.job.n_added and self._take_back_refusal):
            return ""
        kept = kept_extra(self.job)
        is_kept = kept is not None and kept.data.can_restore
        more = " What the list held before is kept, and can be put back below." if is_kept else ""
        return f"{self._take_back_refusal}{more}"

    @cached_property
    def _take_back_refusal(self) -> str:
        return take_back_refusal(self.job)

    @property
    def there_url(self) -> str:
        """Return the file of the rows whose key was in the list already."""
        job = self.job
        is_kept = job.is_final and job.n_already_there and job.upload_path and job.spool_path
        return reverse("lists:upload_there", args=[job.tenant.slug, job.pk]) if is_kept else ""

    @property
    def prove_url(self) -> str:
        """Return the page that compares the list with the rows that were taken."""
        job = self.job
        return reverse("lists:upload_proof", args=[job.tenant.slug, job.pk]) if may_be_proved(job) else ""

    @cached_property
    def there_cost(self) -> ReadingCost:
        """Return what it takes to find out which of those rows differ from the records."""
        return reading_cost(tenant=self.job.tenant, list_id=self.job.target_id)

    @property
    def update_there_url(self) -> str:
        """Return where those rows are sent to update the records that are there."""
        may_update = self.there_url and job_keys(self.job) and job_mode(self.job) is not UploadMode.UPDATE
        may_update = may_update and (not (ways := job_terms(self.job).ways) or UploadMode.UPDATE in ways)
        return reverse("lists:upload_update_there", args=[self.job.tenant.slug, self.job.pk]) if may_update else ""
