"""manage.py dnc_verify TENANT [LOG]: whether the evidence is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import FAILED, OK, CommandRefused, Result
from bpadmin.tenants.models import Tenant
from dnc.evidence.export import chain_prove, log_prove
from dnc.management.base import DncCommand


class Command(DncCommand):
    """Check the evidence."""

    help = "Check that nothing was altered, taken out or put in: in what the dashboard keeps, or in a signed log."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add LOG."""
        super().add_arguments(parser)
        parser.add_argument("log", metavar="LOG", nargs="?", type=Path, help="a signed log (.jsonl) from the pages")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Go through the chain or the log."""
        path: Path | None = options["log"]
        if path is None:
            proof = chain_prove(tenant=tenant)
        else:
            try:
                with path.open("rb") as file:
                    proof = log_prove(tenant=tenant, lines=file)
            except OSError as error:
                raise CommandRefused(f"“{path}” cannot be read: {error.strerror}.") from None
        what = path.name if path else "What this dashboard keeps"
        self.say(f"{what} is {'' if proof.is_good else 'not '}whole; {proof.lines:,} changes were looked at.")
        for fault in proof.faults:
            self.say(f"  {fault}")
        data = {"is_whole": proof.is_good, "changes": proof.lines, "faults": list(proof.faults)}
        return Result(data, OK if proof.is_good else FAILED)
