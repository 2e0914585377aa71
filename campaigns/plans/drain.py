"""Drain, then unbind: disable a list, wait until no call of it is under way as far as the platform tells, unbind it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bpadmin.audit.models import Outcome
from bpadmin.dialler.types import Actor
from bpadmin.plans.kinds import Look, Option, Step
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import RecordKind
from bpadmin.tenants.connections.capabilities import capabilities_known
from campaigns.bindings.services import binding_change, list_unbind
from campaigns.plans.kinds import BindingPlan, Disable, binding_planned, not_bound

if TYPE_CHECKING:
    from bpadmin.plans.models import Plan, PlanRun
    from bpadmin.platforms.client import PlatformClient

LOOK_SECONDS = 60.0
# Clocks of the platform and of this machine may differ by so much.
CLOCKS = timedelta(minutes=1)


class Drain(BindingPlan):
    """Disable a list, wait until no result of it came for a while, and unbind it.

    No platform tells which calls are under way. A call ends with a result: when none came for longer than a call
    lasts, after nothing new was dialled, none is under way.
    """

    key, label, icon = "list.drain", "Drain a list, then unbind it", "close"
    help = "Disables it, waits until no more results come, and unbinds it, so that no call is dropped."
    is_dangerous = True
    is_once = True
    options = (
        Option("quiet", "Minutes without a result", "number", "Longer than a call lasts.", "15", most=240),
        Option("longest", "Give up after hours", "number", "Then it stays bound, disabled.", "4", most=48),
    )

    def words(self, aim: Any) -> str:
        """Say what is done."""
        return f"disable “{aim.list_name}” in “{aim.campaign_name}”, wait for its calls, and unbind it"

    def requests(self, plan: Plan) -> int:
        """Count two looks a minute for as long as it waits at least."""
        return 2 + 2 * int(plan.option("quiet", 15))

    def look(self, run: PlanRun, client: PlatformClient, now: datetime) -> Look:
        """Find the list; once it is disabled, see whether results of it still come."""
        campaign = client.get_campaign(run.plan.campaign_id)
        binding = binding_planned(campaign, run.plan)
        if binding is None:
            return Look(False, not_bound(run.plan))
        if not run.memory.get("step"):
            return Look(True, f"{self.words(run.plan)}.", (campaign, binding, False))
        if binding.enabled:
            words = f"“{binding.list_name}” was enabled again while it was drained, so it stays bound."
            return Look(False, words)
        is_busy = False
        if Capability.RESULTS_READ in capabilities_known(run.tenant):
            since = now - timedelta(minutes=int(run.plan.option("quiet"))) - CLOCKS
            pages = client.walk_records(
                RecordKind.UPDATED, campaign.id, instance_id=binding.instance_id, start_time=since, limit=1
            )
            is_busy = any(page.items for page in pages)
        return Look(True, "", (campaign, binding, is_busy))

    def act(self, run: PlanRun, look: Look, actor: Actor, now: datetime) -> Step:
        """Disable it first, and unbind it when it is quiet."""
        campaign, binding, is_busy = look.found
        quiet, longest = int(run.plan.option("quiet")), int(run.plan.option("longest"))
        if not run.memory.get("step"):
            step = Step(Outcome.DONE, f"“{binding.list_name}” was disabled already.")
            if binding.enabled:
                wish = Disable().wish(run.plan, binding)
                step = Step.of(binding_change(tenant=run.tenant, campaign=campaign, wish=wish, actor=actor))
            if step.outcome != Outcome.DONE:
                return step
            words = f"{step.sentence} It is unbound when no result has come for {quiet} minutes."
            return Step(step.outcome, words, LOOK_SECONDS, {"since": now.isoformat()})
        since = datetime.fromisoformat(run.memory["since"])
        if not is_busy and now - since >= timedelta(minutes=quiet):
            return Step.of(list_unbind(tenant=run.tenant, campaign=campaign, binding=binding, actor=actor))
        if now - since >= timedelta(hours=longest):
            words = (
                f"Results of “{binding.list_name}” still come after {longest} hours. It is disabled and stays bound."
            )
            return Step(Outcome.REFUSED, words)
        why = "results of calls still come" if is_busy else "a call may still be under way"
        words = f"“{binding.list_name}” is disabled; {why}. It is unbound when none has come for {quiet} minutes."
        return Step(Outcome.DONE, words, LOOK_SECONDS, {"since": run.memory["since"]})
