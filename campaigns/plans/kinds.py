"""Plans that start and stop a campaign, and that bind, unbind, enable, disable and order its lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bpadmin.dialler.catalogue import campaign_find, campaign_now, list_find
from bpadmin.dialler.types import Actor
from bpadmin.plans.kinds import Aim, KindRefused, Look, Option, PlanKind, Step
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import Campaign, CampaignState, ListBinding
from campaigns.bindings.lookup import binding_of
from campaigns.bindings.services import binding_change, list_bind, list_unbind
from campaigns.services import campaign_start, campaign_stop

if TYPE_CHECKING:
    from bpadmin.plans.models import Plan, PlanRun
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant


class StatePlan(PlanKind):
    """What starting and stopping share."""

    needs = Capability.CAMPAIGN_START_STOP
    takes_list = False
    wanted = CampaignState.RUNNING
    verb = ""

    def aim(self, tenant: Tenant, *, campaign: str, list_name: str, options: Mapping[str, str]) -> Aim:
        """Find the campaign."""
        found = campaign_find(tenant=tenant, name_or_id=campaign)
        return Aim(found.id, found.name)

    def words(self, aim: Any) -> str:
        """Say what is done."""
        return f"{self.verb} “{aim.campaign_name}”"

    def look(self, run: PlanRun, client: PlatformClient, now: datetime) -> Look:
        """Expect the other state."""
        campaign = client.get_campaign_status(run.plan.campaign_id)
        name = run.plan.campaign_name
        if campaign.enabled is False:
            return Look(False, f"“{name}” is disabled in the dialler, so nothing was asked of it.")
        if campaign.state == self.wanted:
            return Look(False, f"“{name}” is {self.wanted.value.lower()} already, so nothing was asked of it.")
        if campaign.state == CampaignState.UNKNOWN:
            return Look(False, f"The dialler does not tell whether “{name}” runs, so nothing was asked of it.")
        return Look(True, f"{self.verb} “{name}”, which is {campaign.state.value.lower()}.")

    def act(self, run: PlanRun, look: Look, actor: Actor, now: datetime) -> Step:
        """Start or stop it."""
        service = campaign_start if self.wanted == CampaignState.RUNNING else campaign_stop
        plan = run.plan
        change = service(
            tenant=run.tenant,
            campaign_id=plan.campaign_id,
            name=plan.campaign_name,
            actor=actor.user,
            actor_name=actor.called,
        )
        return Step(change.outcome, change.sentence)


class Start(StatePlan):
    """Start a campaign that is stopped."""

    key, label, icon, verb = "campaign.start", "Start a campaign", "play", "start"
    help = "Only if it is stopped then."


class Stop(StatePlan):
    """Stop a campaign that runs. It may have live calls, which no platform tells: so it counts as dangerous."""

    key, label, icon, verb = "campaign.stop", "Stop a campaign", "stop", "stop"
    help = "Only if it runs then. Never made up after a downtime, since people may be on the line."
    wanted = CampaignState.STOPPED
    is_dangerous = True


class BindingPlan(PlanKind):
    """What the plans on a bound list share."""

    needs = Capability.LIST_BIND
    icon = "list"

    def aim(self, tenant: Tenant, *, campaign: str, list_name: str, options: Mapping[str, str]) -> Aim:
        """Find the list among those of the campaign."""
        _, binding, aim = binding_aimed(tenant, campaign, list_name)
        return replace(aim, options=self.options_read(options, binding))

    def options_read(self, options: Mapping[str, str], binding: ListBinding) -> dict[str, Any]:
        """Read the kind's own options. Raises KindRefused."""
        return options_plain(self.options, options)

    def look(self, run: PlanRun, client: PlatformClient, now: datetime) -> Look:
        """Find the list, and see whether it is as expected."""
        campaign = client.get_campaign(run.plan.campaign_id)
        binding = binding_planned(campaign, run.plan)
        if binding is None:
            return Look(False, not_bound(run.plan))
        why = self.unexpected(run.plan, binding)
        if why:
            return Look(False, f"“{binding.list_name}” in “{campaign.name}” {why}, so nothing was asked of it.")
        return Look(True, f"{self.words(run.plan)}.", (campaign, binding))

    def unexpected(self, plan: Plan, binding: ListBinding) -> str:
        """Say what is not as expected, "" where all is."""
        return ""

    def wish(self, plan: Plan, binding: ListBinding) -> ListBinding:
        """Return the binding as it is to be."""
        return binding

    def act(self, run: PlanRun, look: Look, actor: Actor, now: datetime) -> Step:
        """Change the binding, with everything else as it was just read."""
        campaign, binding = look.found
        wish = self.wish(run.plan, binding)
        return Step.of(binding_change(tenant=run.tenant, campaign=campaign, wish=wish, actor=actor))


class Enable(BindingPlan):
    """Enable a list that is disabled."""

    key, label, icon = "list.enable", "Enable a list", "play"
    help = "Only if it is bound and disabled then."

    def words(self, aim: Any) -> str:
        """Say what is done."""
        return f"enable “{aim.list_name}” in “{aim.campaign_name}”"

    def unexpected(self, plan: Plan, binding: ListBinding) -> str:
        """Expect a disabled one."""
        return "is enabled already" if binding.enabled else ""

    def wish(self, plan: Plan, binding: ListBinding) -> ListBinding:
        """Enable it."""
        return replace(binding, enabled=True)


class Disable(BindingPlan):
    """Disable a list that is enabled; calls that are under way go on."""

    key, label, icon = "list.disable", "Disable a list", "pause"
    help = "Only if it is enabled then. Calls that are under way go on."

    def words(self, aim: Any) -> str:
        """Say what is done."""
        return f"disable “{aim.list_name}” in “{aim.campaign_name}”"

    def unexpected(self, plan: Plan, binding: ListBinding) -> str:
        """Expect an enabled one."""
        return "" if binding.enabled else "is disabled already"

    def wish(self, plan: Plan, binding: ListBinding) -> ListBinding:
        """Disable it."""
        return replace(binding, enabled=False)


class Order(BindingPlan):
    """Return a list another order."""

    key, label, icon = "list.order", "Change the order of a list", "updown"
    help = "Only if it is bound, and has another order then."
    options = (
        Option("order", "New order", "number", "From 1; the lowest is dialled first.", "1", most=10_000),
        Option("from", "Only if its order is", "number", "Left empty, any.", is_needed=False, most=10_000),
    )

    def words(self, aim: Any) -> str:
        """Say what is done."""
        return f"give “{aim.list_name}” in “{aim.campaign_name}” the order {aim.options.get('order')}"

    def unexpected(self, plan: Plan, binding: ListBinding) -> str:
        """Expect another order, or the one that was named."""
        if binding.order == plan.option("order"):
            return f"has the order {binding.order} already"
        expected = plan.option("from", None)
        return f"has the order {binding.order}, not {expected}" if expected not in (None, binding.order) else ""

    def wish(self, plan: Plan, binding: ListBinding) -> ListBinding:
        """Return it the order."""
        return replace(binding, order=int(plan.option("order")))


class Unbind(BindingPlan):
    """Unbind a list that is disabled, or any if the plan says so."""

    key, label, icon = "list.unbind", "Unbind a list", "close"
    help = "Only if it is bound and disabled then. Never made up after a downtime."
    is_dangerous = True
    is_once = True
    options = (
        Option(
            "enabled_too",
            "Even while it is enabled: its live calls are dropped",
            "check",
            "To let them finish, choose “Drain, then unbind” instead.",
            is_needed=False,
        ),
    )

    def words(self, aim: Any) -> str:
        """Say what is done."""
        return f"unbind “{aim.list_name}” from “{aim.campaign_name}”"

    def unexpected(self, plan: Plan, binding: ListBinding) -> str:
        """Expect a disabled one."""
        return (
            "is enabled, and its live calls would be dropped"
            if binding.enabled and not plan.option("enabled_too")
            else ""
        )

    def act(self, run: PlanRun, look: Look, actor: Actor, now: datetime) -> Step:
        """Unbind it."""
        campaign, binding = look.found
        return Step.of(list_unbind(tenant=run.tenant, campaign=campaign, binding=binding, actor=actor))


class Bind(PlanKind):
    """Bind a list to a campaign that does not have it."""

    key, label, icon = "list.bind", "Bind a list", "link"
    is_once = True
    help = "Only if the campaign does not have it then."
    needs = Capability.LIST_BIND
    options = (
        Option("order", "Order", "number", "From 1; the lowest is dialled first.", "1", most=10_000),
        Option("ratio", "Dialing ratio", "number", "", "1", most=10_000),
        Option("enabled", "Enabled at once", "check", is_needed=False),
    )

    def aim(self, tenant: Tenant, *, campaign: str, list_name: str, options: Mapping[str, str]) -> Aim:
        """Find the campaign and the list."""
        found, its = campaign_find(tenant=tenant, name_or_id=campaign), list_find(tenant=tenant, name_or_id=list_name)
        return Aim(found.id, found.name, its.id, its.name, options=options_plain(self.options, options))

    def words(self, aim: Any) -> str:
        """Say what is done."""
        how = "enabled" if aim.options.get("enabled") else "disabled"
        return f"bind “{aim.list_name}” to “{aim.campaign_name}”, {how}"

    def look(self, run: PlanRun, client: PlatformClient, now: datetime) -> Look:
        """Expect that it is not bound."""
        plan = run.plan
        campaign = client.get_campaign(plan.campaign_id)
        if any(each.list_id == plan.list_id for each in campaign.lists or ()):
            return Look(False, f"“{plan.list_name}” is bound to “{campaign.name}” already, so nothing was asked of it.")
        return Look(True, f"{self.words(plan)}.", campaign)

    def act(self, run: PlanRun, look: Look, actor: Actor, now: datetime) -> Step:
        """Bind it."""
        plan = run.plan
        wish = ListBinding(
            list_id=plan.list_id,
            list_name=plan.list_name,
            instance_id="",
            enabled=bool(plan.option("enabled")),
            order=int(plan.option("order", 1)),
            dialing_ratio=int(plan.option("ratio", 1)),
        )
        return Step.of(list_bind(tenant=run.tenant, campaign=look.found, wish=wish, actor=actor))


def binding_aimed(tenant: Tenant, campaign: str, list_name: str) -> tuple[Campaign, ListBinding, Aim]:
    """Find a bound list by what a person typed. Raises KindRefused, LookupRefused and PlatformError."""
    if not list_name.strip():
        raise KindRefused("Say which list of the campaign.", "list")
    found = campaign_now(tenant=tenant, campaign_id=campaign_find(tenant=tenant, name_or_id=campaign).id)
    binding = binding_of(found, list_name)
    aim = Aim(found.id, found.name, binding.list_id, binding.list_name, binding.instance_id)
    return found, binding, aim


def binding_planned(campaign: Campaign, plan: Plan, *, instance_id: str = "", list_id: str = "") -> ListBinding | None:
    """Return the instance that a plan means: the same one, or the only one of its list, which was bound anew."""
    instance_id, list_id = instance_id or plan.instance_id, list_id or plan.list_id
    lists = campaign.lists or ()
    if same := [each for each in lists if each.instance_id == instance_id]:
        return same[0]
    of_list = [each for each in lists if each.list_id == list_id]
    return of_list[0] if len(of_list) == 1 else None


def not_bound(plan: Plan) -> str:
    """Say that the list is not where the plan expected it."""
    return f"“{plan.list_name}” is not bound to “{plan.campaign_name}” any more, or twice, so nothing was asked of it."


def options_plain(known: tuple[Option, ...], said: Mapping[str, str]) -> dict[str, Any]:
    """Read numbers, times and ticks; names of lists stay texts. Raises KindRefused."""
    if unknown := sorted(set(said) - {each.name for each in known}):
        raise KindRefused(f"This kind of plan has no option “{unknown[0]}”.")
    found: dict[str, Any] = {}
    for each in known:
        text = str(said.get(each.name, each.default) or "").strip()
        if not text:
            if each.is_needed:
                raise KindRefused(f"“{each.label}” is needed.", each.name)
            continue
        found[each.name] = _option_read(each, text)
    return found


def _option_read(option: Option, text: str) -> Any:
    if option.form == "check":
        return text.casefold() in ("1", "on", "yes", "true")
    if option.form == "number":
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else option.least - 1
        if not option.least <= number <= option.most:
            words = f"“{option.label}” is a whole number from {option.least:,} to {option.most:,}."
            raise KindRefused(words, option.name)
        return number
    return text
