"""manage.py results_hook TENANT: the address to which a tenant's platform sends results."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.dialler.types import Actor
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.results.hooks.services import hook_address, hook_close, hook_of, hook_path, hook_renew
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Show, make, renew or close the address."""

    help = "Print the address to which the platform may send results; its secret lets in whoever knows it."
    needs = Capability.RESULTS_SENT

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what to do with it."""
        super().add_arguments(parser)
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--renew", action="store_true", help="make it, or another one in its place")
        which.add_argument("--close", action="store_true", help="take it away")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Do it, and say how it stands."""
        actor = Actor(name="shell")
        if options["close"]:
            self.say("The address is taken away." if hook_close(tenant=tenant, actor=actor) else "There was none.")
            return Result({"tenant": tenant.slug, "address": None})
        hook = hook_renew(tenant=tenant, actor=actor) if options["renew"] else hook_of(tenant)
        if hook is None:
            self.say("There is no address yet. Make one with --renew.")
            return Result({"tenant": tenant.slug, "address": None})
        path = hook_path(hook)
        address = hook_address(path)
        self.say(address or f"{path}  (below the address by which others reach bpadmin; BPADMIN_ADDRESS names it)")
        self.say(f"For the events {', '.join(REGISTRY[tenant.platform].news_events)}.")
        self.say(f"{hook.taken:,} taken, {hook.passed:,} of no use for results, {hook.refused:,} refused.")
        if hook.trouble:
            self.say(f"The last that was refused: {hook.trouble}")
        data = {"taken": hook.taken, "passed": hook.passed, "refused": hook.refused, "last_at": hook.last_at}
        return Result({"tenant": tenant.slug, "address": address or path, **data})
