"""manage.py tenant_remove TENANT"""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.types import Actor
from bpadmin.privacy.removal import RemovalRefused, removal_refusal, tenant_remove
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand, confirm_typed
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Remove a tenant."""

    help = "Remove a tenant with everything kept of it here, after tenant_export; its dialler is not touched."
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, RemovalRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --yes."""
        super().add_arguments(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask for its name")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Ask for its name and remove it."""
        if words := removal_refusal(tenant):
            raise CommandRefused(words)
        warning = f"Everything kept of {tenant.name} goes for ever, Do Not Call evidence too."
        confirm_typed(self, warning, name=tenant.name, is_sure=options["yes"])
        gone = tenant_remove(tenant=tenant, typed=tenant.name, actor=Actor(None, "shell"))
        self.say(f"{tenant.name} was removed: {sum(gone.values()):,} rows.")
        return Result({"removed": tenant.slug, "rows": gone})
