"""manage.py audit_verify [TENANT]: whether the activity log is whole."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.audit.models import LogChain
from bpadmin.audit.proof import log_prove
from bpadmin.audit.sealing import INSTALLATION, entries_seal_all
from bpadmin.counts import counted
from bpadmin.tenants.management.base import FAILED, OK, PlainCommand, Result, tenant_find
from bpadmin.tenants.models import Tenant


class Command(PlainCommand):
    """Check the log."""

    help = "Check that nothing in the activity log was altered, taken out or put in: of one tenant, or of all."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the tenant."""
        parser.add_argument("tenant", metavar="TENANT", nargs="?", help="short name of a tenant; without it all logs")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> Result:
        """Go through the chains."""
        entries_seal_all()
        slugs = dict(Tenant.objects.values_list("pk", "slug"))
        if options["tenant"]:
            chains = [tenant_find(options["tenant"]).pk]
        else:
            chains = sorted({INSTALLATION, *slugs, *LogChain.objects.values_list("tenant", flat=True)})
        found = []
        for chain in chains:
            name = slugs.get(chain, "installation" if chain == INSTALLATION else f"removed tenant {chain}")
            proof = log_prove(chain=chain)
            seen = counted(proof.entries, "entry", "was")
            self.say(f"{name}: {'whole' if proof.is_good else 'not whole'}; {seen} looked at.")
            for fault in proof.faults:
                self.say(f"  {fault}")
            numbers = {"entries": proof.entries, "dropped": proof.dropped, "erased": proof.erased}
            found.append({"log": name, "is_whole": proof.is_good, **numbers, "faults": list(proof.faults)})
        is_whole = all(each["is_whole"] for each in found)
        return Result({"is_whole": is_whole, "logs": found}, OK if is_whole else FAILED)
