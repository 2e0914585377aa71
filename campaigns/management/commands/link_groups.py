"""manage.py link_groups TENANT: list link groups, make and delete them, put campaigns in and take them out."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import campaign_find
from bpadmin.dialler.lookup import LookupRefused, find_one
from bpadmin.platforms.base import Capability
from bpadmin.platforms.campaign_details import LinkGroup
from bpadmin.tenants.management.base import Result, TenantCommand, confirm_yes
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from campaigns.management.base import SHELL, told
from campaigns.settings.link_groups import (
    RESETS,
    campaign_link,
    campaign_unlink,
    groups_now,
    link_group_create,
    link_group_delete,
)


class Command(TenantCommand):
    """List and change link groups."""

    help = "Print the link groups with their campaigns; or make and delete one, put a campaign in or take it out."
    refusals = (*TenantCommand.refusals, LookupRefused)
    needs = Capability.LINK_GROUPS

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what can be done."""
        super().add_arguments(parser)
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--create", metavar="NAME")
        what.add_argument("--delete", metavar="GROUP", help="name or id of an empty group")
        what.add_argument("--link", nargs=2, metavar=("CAMPAIGN", "GROUP"))
        what.add_argument("--unlink", metavar="CAMPAIGN")
        parser.add_argument("--after", default="", metavar="CAMPAIGN", help="the campaign of the group it follows")
        parser.add_argument("--yes", action="store_true", help="link without asking; needed where nobody can be asked")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Do the one thing that was asked for, or list."""
        if options["create"]:
            act = link_group_create(tenant=tenant, name=options["create"].strip(), actor=SHELL)
            return told(self, act, {"tenant": tenant.slug, "id": act.id})
        with tenant_client(tenant) as client:
            groups = groups_now(client)
        if options["delete"]:
            group = _group(groups, options["delete"], tenant)
            return told(self, link_group_delete(tenant=tenant, group=group, actor=SHELL), {"id": group.id})
        if options["link"]:
            return self._link(tenant, groups, *options["link"], after=options["after"], is_sure=options["yes"])
        if options["unlink"]:
            campaign = campaign_find(tenant=tenant, name_or_id=options["unlink"])
            held = [each for each in groups if campaign.id in dict(each.campaigns or ())]
            if not held:
                raise LookupRefused(f"“{campaign.name}” is in no link group.")
            act = campaign_unlink(tenant=tenant, campaign=campaign, group=held[0], actor=SHELL)
            return told(self, act, {"tenant": tenant.slug, "id": campaign.id})
        for group in groups:
            self.say(f"{group.id}  {group.name}: {', '.join(name for _, name in group.campaigns or ()) or 'empty'}")
        shown = [{"id": g.id, "name": g.name, "campaigns": [i for i, _ in g.campaigns or ()]} for g in groups]
        return Result({"tenant": tenant.slug, "link_groups": shown})

    def _link(
        self, tenant: Tenant, groups: tuple[LinkGroup, ...], name: str, wanted: str, *, after: str, is_sure: bool
    ) -> Result:
        campaign, group = campaign_find(tenant=tenant, name_or_id=name), _group(groups, wanted, tenant)
        confirm_yes(self, RESETS, is_sure=is_sure)
        after_id = campaign_find(tenant=tenant, name_or_id=after).id if after else ""
        act = campaign_link(tenant=tenant, campaign=campaign, group=group, after_id=after_id, actor=SHELL)
        return told(self, act, {"tenant": tenant.slug, "id": campaign.id, "group": group.id})


def _group(groups: tuple[LinkGroup, ...], wanted: str, tenant: Tenant) -> LinkGroup:
    return find_one(groups, wanted, noun="link group", where=tenant.name)
