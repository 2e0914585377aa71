"""What the commands on list bindings share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.acts import Act
from bpadmin.lookup import LookupRefused
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import Campaign, ListBinding, Sorting, SortingField, SortingType, SortOrder
from bpadmin.tenants.commands import Result
from bpadmin.tenants.models import Tenant
from campaigns.bindings import BindingRefused, campaign_now
from campaigns.commands import CampaignCommand, told
from campaigns.services import campaign_find


class BindingCommand(CampaignCommand):
    """Base of the commands on a campaign's list instances."""

    refusals: ClassVar[tuple[type[Exception], ...]] = (*CampaignCommand.refusals, BindingRefused)
    needs = Capability.LIST_BIND

    def campaign(self, tenant: Tenant, options: dict[str, Any]) -> Campaign:
        """Read the campaign as it is now."""
        found = campaign_find(tenant=tenant, name_or_id=options["campaign"])
        return campaign_now(tenant=tenant, campaign_id=found.id)

    def told(self, tenant: Tenant, act: Act, binding: ListBinding) -> Result:
        """Print what came of an act."""
        data = {
            "tenant": tenant.slug,
            "list": binding.list_id,
            "instance": act.id or binding.instance_id,
        }
        return told(self, act, data)


def add_properties(parser: CommandParser) -> None:
    """Add the options that say an instance's properties; what is not given stays as it is."""
    parser.add_argument("--name", metavar="TEXT", help="name of the binding")
    parser.add_argument("--enabled", choices=["yes", "no"], help="whether it is dialled")
    parser.add_argument("--order", type=int, metavar="N", help="place among the campaign's lists, from 1")
    parser.add_argument("--ratio", type=int, metavar="N", help="dialing ratio, from 1")
    parser.add_argument("--sorting", choices=[each.value for each in SortingType])
    parser.add_argument(
        "--sort-by", action="append", metavar="FIELD[:DESC]", help="field of a CUSTOM sorting; may be repeated"
    )


def with_properties(binding: ListBinding, options: dict[str, Any]) -> ListBinding:
    """Give `binding` with the properties that were given on the command line."""
    changes: dict[str, Any] = {}
    if options["name"] is not None:
        changes["instance_name"] = options["name"]
    if options["enabled"] is not None:
        changes["enabled"] = options["enabled"] == "yes"
    if options["order"] is not None:
        changes["order"] = options["order"]
    if options["ratio"] is not None:
        changes["dialing_ratio"] = options["ratio"]
    if options["sort_by"]:
        changes["sorting"] = Sorting(SortingType.CUSTOM, tuple(_field(each) for each in options["sort_by"]))
    elif options["sorting"]:
        changes["sorting"] = Sorting(SortingType(options["sorting"]), binding.sorting.fields)
    return replace(binding, **changes)


def binding_of(campaign: Campaign, given: str) -> ListBinding:
    """Find an instance by its id, its name, or its list's name or id. Raises LookupRefused when several answer."""
    typed = given.strip().casefold()
    for names in (
        lambda each: (each.instance_id,),
        lambda each: (each.instance_name,),
        lambda each: (each.list_name, each.list_id),
    ):
        found = [each for each in campaign.lists or () if typed in [name.casefold() for name in names(each)]]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(each.instance_id for each in found)
            raise LookupRefused(f"“{given}” is bound to “{campaign.name}” more than once. Give an instance id: {ids}.")
    raise LookupRefused(f"Nothing called “{given}” is bound to “{campaign.name}”.")


def _field(given: str) -> SortingField:
    name, _, direction = given.rpartition(":")
    if name and direction.upper() in SortOrder.__members__:
        return SortingField(name, SortOrder(direction.upper()))
    return SortingField(given)
