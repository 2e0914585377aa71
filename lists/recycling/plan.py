"""The plan that recycles a list by a rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bpadmin.audit.models import Outcome
from bpadmin.dialler.types import Actor
from bpadmin.jobs.models import Job, JobState
from bpadmin.plans.kinds import Aim, KindRefused, Look, Option, PlanKind, Step
from bpadmin.platforms.base import Capability
from lists.models import RecycleRule, Recycling
from lists.recycling.services import RecycleRefused, recycle_refusal, rule_find, rule_run

if TYPE_CHECKING:
    from bpadmin.plans.models import Plan, PlanRun
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

LOOK_SECONDS = 20.0
MOST_LOOKS = 12 * 60 * 3


class Recycle(PlanKind):
    """Recycle a list by a rule. Whoever planned it has said the yes to its counts."""

    key, label, icon = "list.recycle", "Recycle a list", "refresh"
    help = "Records that a rule finds by their attempts go into a new list, or into one that there is."
    needs = Capability.LISTS_READ
    takes_campaign = False
    takes_list = False
    options = (Option("rule", "Rule", "text", help="Name or number of a recycling rule."),)

    def aim(self, tenant: Tenant, *, campaign: str, list_name: str, options: Mapping[str, str]) -> Aim:
        """Find the rule."""
        if why := recycle_refusal(tenant):
            raise KindRefused(why, "kind")
        try:
            rule = rule_find(tenant=tenant, name_or_number=options.get("rule", ""))
        except RecycleRefused as refused:
            raise KindRefused(str(refused), "rule") from refused
        return Aim(f"rule:{rule.pk}", rule.name, options={"rule": rule.pk})

    def words(self, aim: Any) -> str:
        """Say what is done."""
        return f"recycle by the rule “{aim.campaign_name}”"

    def requests(self, plan: Plan) -> int:
        """A look; how many pages the list has, and how many blocks of rows go, nobody knows before."""
        return 2

    def look(self, run: PlanRun, client: PlatformClient, now: datetime) -> Look:
        """Expect the rule and its list to be there."""
        rule = RecycleRule.objects.filter(tenant=run.tenant, pk=run.plan.option("rule")).first()
        if rule is None:
            return Look(False, "The rule was removed, so there is nothing to recycle by.")
        client.get_list(rule.list_id)
        return Look(True, f"Recycle “{rule.list_name}” by the rule “{rule.name}”.", rule)

    def act(self, run: PlanRun, look: Look, actor: Actor, now: datetime) -> Step:
        """Begin, then wait until the upload has ended or asks something."""
        number, looks = run.memory.get("job"), int(run.memory.get("looks", 0))
        if number is None:
            try:
                job = rule_run(rule=look.found, actor=actor)
            except RecycleRefused as refused:
                return Step(Outcome.REFUSED, str(refused))
        else:
            found = Job.objects.filter(pk=number).first()
            if found is None:
                return Step(Outcome.UNKNOWN, "The job that recycled was removed.")
            job = found
        return _step(job, looks)


def _step(job: Job, looks: int) -> Step:
    memory = {"job": job.pk, "looks": looks + 1}
    if not job.is_final:
        if looks < MOST_LOOKS and job.state != JobState.PAUSED:
            return Step(Outcome.DONE, f"Job {job.pk} recycles.", wait=LOOK_SECONDS, memory=memory)
        return Step(Outcome.REFUSED, f"Job {job.pk} did not come to its end: {job.told_message}")
    upload = Recycling.objects.select_related("upload").get(job=job).upload
    if job.state != JobState.SUCCEEDED or upload is None:
        outcome = Outcome.DONE if job.state == JobState.SUCCEEDED else Outcome.REFUSED
        return Step(outcome, f"Job {job.pk}: {job.told_message}")
    if upload.state == JobState.READY:
        return Step(Outcome.REFUSED, f"Upload {upload.pk} waits for a person. {upload.told_message}")
    if not upload.is_final and looks < MOST_LOOKS:
        return Step(Outcome.DONE, f"Upload {upload.pk} sends the rows.", wait=LOOK_SECONDS, memory=memory)
    is_well = upload.state in (JobState.SUCCEEDED, JobState.PARTIAL)
    words = f"Upload {upload.pk} into “{upload.target_name}”: {upload.n_added:,} rows added. {upload.told_message}"
    return Step(Outcome.DONE if is_well else Outcome.REFUSED, words.strip())
