"""manage.py tenant_export TENANT FILE"""

from __future__ import annotations

import shutil
from typing import Any

from django.core.management.base import CommandParser

from bpadmin.dialler.types import Actor
from bpadmin.privacy.removal import tenant_export
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand, path_to_write
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Export a tenant."""

    help = "Write everything that is kept of a tenant into a ZIP file: tables as JSON lines, the log, uploaded files."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", help="the ZIP file to write")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Write it."""
        path = path_to_write(options["file"], option="FILE")
        if path is None:
            raise CommandRefused("Name the file to write.")
        with tenant_export(tenant=tenant, actor=Actor(None, "shell")) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        self.say(f"Everything kept of {tenant.name} is in {path}.")
        return Result({"file": str(path), "bytes": path.stat().st_size})
