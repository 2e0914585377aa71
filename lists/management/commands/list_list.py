"""manage.py list_list TENANT: the calling lists and how many records they hold."""

from __future__ import annotations

from typing import Any

from bpadmin.dialler.catalogue import lists_now
from bpadmin.platforms.base import Capability
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant
from bpadmin.web.tables import natural


class Command(TenantCommand):
    """List the calling lists of a tenant with their records, formats and ids."""

    help = "List the calling lists of a tenant with their records, formats and ids."
    needs = Capability.LISTS_READ

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Ask the platform and print one line for each list."""
        lists = sorted(lists_now(tenant=tenant), key=lambda each: natural(each.name))
        for each in lists:
            records = "?" if each.total_records is None else f"{each.total_records:,}"
            self.say(f"{records:>11} records  {each.id}  {each.name}  ({each.format_name})")
        if not lists:
            self.say(f"{tenant.name} has no calling list.")
        rows = [
            {
                "id": each.id,
                "name": each.name,
                "records": each.total_records,
                "format": each.format_name,
                "format_id": each.format_id,
                "created": each.created.isoformat() if each.created else None,
            }
            for each in lists
        ]
        return Result({"tenant": tenant.slug, "lists": rows})
