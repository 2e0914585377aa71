"""Low list: enable the reserve when a list runs low, or will run dry before a time of the day.

The reserve is bound already and only enabled, so that no call drops. What was never attempted is told by whoever counts
results, and else by reading the list, up to a size at which that would cost the tenant too much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bpadmin.counts import counted
from bpadmin.dialler.extensions import fresh_counts
from bpadmin.dialler.types import Actor
from bpadmin.plans.kinds import Aim, KindRefused, Look, Option, Step
from bpadmin.plans.times import TimingRefused, moment_of, times_read
from bpadmin.platforms.types import CampaignState, Record, RecordKind
from campaigns.bindings.lookup import binding_of
from campaigns.bindings.services import binding_change
from campaigns.plans.kinds import BindingPlan, binding_aimed, binding_planned, not_bound, options_plain

if TYPE_CHECKING:
    from bpadmin.plans.models import Plan, PlanRun
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.platforms.types import Campaign, ListBinding

# Reading costs a request for every 1,000 records, at every look.
MOST_RECORDS, PAGE = 50_000, 1000
# A pace is told from the last hour, and not from less than this.
PACE_OVER, PACE_LEAST = timedelta(hours=1), timedelta(minutes=20)
MOST_SEEN = 24


class LowList(BindingPlan):
    """Watch a list of a running campaign, and enable its reserve when it runs low."""

    key, label, icon = "list.low", "Enable a reserve when a list runs low", "list"
    help = "Looks every few minutes while the campaign runs. Acts after a trial of a day that shows what it would do."
    watches = needs_trial = True
    options = (
        Option("reserve", "Reserve list", "list", "Bound to the same campaign, disabled."),
        Option("below", "Fewer never attempted than", "number", "", "500"),
        Option("dry_before", "Or dry before", "time", "As the last hour's pace says. Left empty, not.", "", False),
        Option("every", "Look every minutes", "number", "", "10", least=5, most=240),
    )

    def aim(self, tenant: Any, *, campaign: str, list_name: str, options: Mapping[str, str]) -> Aim:
        """Find the list and its reserve in the campaign."""
        found, binding, aim = binding_aimed(tenant, campaign, list_name)
        said = options_plain(self.options, options)
        reserve = binding_of(found, said["reserve"])
        if reserve.instance_id == binding.instance_id:
            raise KindRefused("The reserve must be another list than the one that is watched.", "reserve")
        if before := said.get("dry_before"):
            try:
                (_,) = times_read(before, field="dry_before")
            except (TimingRefused, ValueError) as refused:
                raise KindRefused(f"“{before}” is no time. Write it like 17:00.", "dry_before") from refused
        kept = {"reserve": reserve.list_name, "reserve_id": reserve.list_id, "reserve_instance": reserve.instance_id}
        return replace(aim, options={**said, **kept})

    def words(self, aim: Any) -> str:
        """Say what is done."""
        said = aim.options
        dry = f", or it runs dry before {said['dry_before']}" if said.get("dry_before") else ""
        return (
            f"enable “{said.get('reserve')}” in “{aim.campaign_name}” when “{aim.list_name}” has fewer than "
            f"{said.get('below', 0):,} records never attempted{dry}"
        )

    def is_cost_known(self, plan: Plan) -> bool:
        """Return whether the list's pages were counted."""
        return "pages" in plan.memory

    def requests(self, plan: Plan) -> int:
        """Count the campaign, and a page for every 1,000 records where nobody else counts them."""
        return 1 + int(plan.memory.get("pages", 1))

    def look(self, run: PlanRun, client: PlatformClient, now: datetime) -> Look:
        """Count what was never attempted; quiet as long as there is enough, or nothing to do."""
        plan = run.plan
        campaign = client.get_campaign(plan.campaign_id)
        watched = binding_planned(campaign, plan)
        reserve = binding_planned(
            campaign, plan, instance_id=plan.option("reserve_instance"), list_id=plan.option("reserve_id")
        )
        if watched is None or reserve is None:
            name = plan.option("reserve")
            return Look(False, not_bound(plan) if watched is None else f"The reserve “{name}” is not bound any more.")
        if campaign.state != CampaignState.RUNNING:
            return Look(False, f"“{campaign.name}” does not run.", is_quiet=True)
        if reserve.enabled:
            return Look(False, f"The reserve “{reserve.list_name}” is enabled already.", is_quiet=True)
        if not watched.enabled:
            return Look(False, f"“{watched.list_name}” is disabled.", is_quiet=True)
        left = _fresh(plan, client, campaign, watched)
        if left is None:
            words = f"“{watched.list_name}” has more than {MOST_RECORDS:,} records, and nobody counts its results yet."
            return Look(False, f"{words} Nothing was done.")
        seen: list[list[Any]] = [*plan.memory.get("seen", [])[1 - MOST_SEEN :], [now.isoformat(), left]]
        pages = -(-(watched.total_records or 0) // PAGE)
        look = self._judged(plan, left, seen, campaign, reserve, now)
        return replace(look, memory={"seen": seen, "pages": pages})

    def _judged(
        self, plan: Plan, left: int, seen: list[list[Any]], campaign: Campaign, reserve: ListBinding, now: datetime
    ) -> Look:
        words = (
            f"“{plan.list_name}” has {counted(left, 'record')} that {'was' if left == 1 else 'were'} never attempted"
        )
        dry_at = dry_expected(seen)
        zone = ZoneInfo(plan.time_zone)
        if dry_at is not None:
            there = dry_at.astimezone(zone)
            words += f", and at the pace of the last hour none at {there:%H:%M} on {there:%-d %B}"
        is_low = left < int(plan.option("below"))
        if before := plan.option("dry_before"):
            (wall,) = times_read(before)
            until = moment_of(now.astimezone(zone).date(), wall, zone).at
            is_low = is_low or (dry_at is not None and dry_at < until)
        if not is_low:
            return Look(False, f"{words}: enough.", is_quiet=True)
        return Look(True, f"{words}: enable “{reserve.list_name}”.", (campaign, reserve))

    def act(self, run: PlanRun, look: Look, actor: Actor, now: datetime) -> Step:
        """Enable the reserve."""
        campaign, reserve = look.found
        step = Step.of(
            binding_change(tenant=run.tenant, campaign=campaign, wish=replace(reserve, enabled=True), actor=actor)
        )
        return replace(step, sentence=f"{step.sentence} {look.sentence.partition(': enable')[0]}.")


def dry_expected(seen: list[list[Any]]) -> datetime | None:
    """Return when nothing is left at the pace of the last hour, None where that cannot be told."""
    looks = [(datetime.fromisoformat(at), int(left)) for at, left in seen]
    last_at, last = looks[-1]
    within = [(at, left) for at, left in looks if last_at - at <= PACE_OVER]
    first_at, first = within[0]
    if last_at - first_at < PACE_LEAST or first <= last:
        return None
    return last_at + (last_at - first_at) * (last / (first - last))


def _fresh(plan: Plan, client: PlatformClient, campaign: Campaign, binding: ListBinding) -> int | None:
    for known in fresh_counts:
        if (left := known(plan.tenant, campaign.id, binding.instance_id)) is not None:
            return left
    if (binding.total_records or 0) > MOST_RECORDS:
        return None
    pages = client.walk_records(RecordKind.ALL, campaign.id, instance_id=binding.instance_id)
    return sum(sum(map(_is_fresh, page.items)) for page in pages)


def _is_fresh(record: Record) -> bool:
    status = record.status
    return status is None or not (status.completed or status.total_attempts)
