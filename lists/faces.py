"""How pages show an upload into a calling list: as any job with rows, and where its list can be read back."""

from __future__ import annotations

from functools import cached_property

from bpadmin.jobs.figures import JobView
from bpadmin.jobs.questions import Place
from bpadmin.platforms.base import Capability
from bpadmin.tenants.capabilities import capabilities_known
from lists.services import list_read


class UploadView(JobView):
    """An upload into a calling list."""

    @cached_property
    def place(self) -> Place | None:
        """Give a campaign that has the list: the platform gives the records of a list in a campaign alone."""
        tenant = self.job.tenant
        if not self.may_be_read_back or Capability.RESULTS_READ not in capabilities_known(tenant):
            return None
        found = list_read(tenant, self.job.target_id).value
        if found is None or not found.campaigns:
            return None
        return Place(found.campaigns[0].campaign_name, found.total_records)
