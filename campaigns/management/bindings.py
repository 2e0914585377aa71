"""What the commands on list bindings share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import campaign_find, campaign_now
from bpadmin.dialler.types import Act
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import Campaign, ListBinding, Sorting, SortingField, SortingType, SortOrder
from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant
from campaigns.bindings.lookup import binding_of as binding_of
from campaigns.bindings.services import BindingRefused
from campaigns.management.base import CampaignCommand, told, undo_say


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
        result = told(self, act, data)
        undo_say(self, tenant, act.number, has_undo=act.has_undo)
        return result


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
    """Return `binding` with the properties that were given on the command line."""
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


def _field(given: str) -> SortingField:
    name, _, direction = given.rpartition(":")
    if name and direction.upper() in SortOrder.__members__:
        return SortingField(name, SortOrder(direction.upper()))
    return SortingField(given)
