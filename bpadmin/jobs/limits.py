"""What a role may be limited to, as jobs know it: those on the lists and campaigns of somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import CharField, Q
from django.db.models.functions import Cast

from bpadmin.jobs.kinds import EXPORT_OF, TargetKind, campaign_of_target
from bpadmin.jobs.models import Job
from bpadmin.tenants.limits import CAMPAIGNS, DNC, LISTS, Limit, limit_now

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from bpadmin.tenants.models import Tenant


def job_target(tenant: Tenant, job_id: int) -> tuple[str, str] | None:
    """Return of what kind (as limits of roles have it) the list of a job is, and its id; None without such a job."""
    found = Job.objects.filter(tenant=tenant, pk=job_id).values_list("target_kind", "target_id").first()
    if found is None:
        return None
    if (campaign_id := campaign_of_target(found[1])) is not None:
        return CAMPAIGNS, campaign_id
    return (DNC if found[0] == TargetKind.DNC else LISTS, found[1])


def jobs_limited(rows: QuerySet[Job]) -> QuerySet[Job]:
    """Leave out of jobs those on lists that are not of somebody whose role is limited."""
    limit = limit_now()
    if limit is None:
        return rows
    return rows.filter(
        Q(target_kind=TargetKind.LIST, target_id__in=limit.get(LISTS, []))
        | Q(target_kind=TargetKind.DNC, target_id__in=limit.get(DNC, []))
        | Q(pk__in=[pk for pk, target in _exports(rows, limit) if campaign_of_target(target) in limit[CAMPAIGNS]])
    )


def _exports(rows: QuerySet[Job], limit: Limit) -> QuerySet[Job, tuple[int, str]]:
    found = rows.filter(target_id__startswith=EXPORT_OF) if limit.get(CAMPAIGNS) else rows.none()
    return found.order_by().values_list("pk", "target_id")


def jobs_owned(tenant: Tenant) -> QuerySet[Job, str]:
    """Return the numbers, as texts, of the jobs that are of somebody whose role is limited."""
    found = jobs_limited(Job.objects.filter(tenant=tenant)).order_by()
    return found.annotate(text=Cast("pk", CharField())).values_list("text", flat=True)
