"""manage.py audit_export TENANT|--installation: the activity log as a file."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser

from bpadmin.activity.export import log_csv, log_export_record, log_json
from bpadmin.audit.services import audit_entries
from bpadmin.counts import counted
from bpadmin.dialler.types import Actor
from bpadmin.tenants.management.base import CommandRefused, PlainCommand, Result, path_to_write, tenant_find
from bpadmin.web.downloads import file_write


class Command(PlainCommand):
    """Write the log into a file."""

    help = "Write the activity log of a tenant, or of the installation (sign-ins), into a file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whose log, a filter, and where to."""
        parser.add_argument("tenant", metavar="TENANT", nargs="?", help="short name of a tenant")
        parser.add_argument("--installation", action="store_true", help="what belongs to no tenant, such as sign-ins")
        parser.add_argument("--person", default="", help="who acted, by name")
        parser.add_argument("--verb", default="", help="what was done, such as campaign.start")
        parser.add_argument("--target", default="", help="part of the name, or the id, of what it was done to")
        parser.add_argument("--since", type=datetime.fromisoformat, help="from this hour on, as 2026-03-01T08:00")
        parser.add_argument("--until", type=datetime.fromisoformat, help="before this hour")
        parser.add_argument("--format", choices=("csv", "jsonl"), default="csv", help="csv, or a line of JSON each")
        parser.add_argument("-o", "--out", metavar="FILE", required=True, help="the file to write, - for stdout")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> Result:
        """Write it."""
        if bool(options["tenant"]) == options["installation"]:
            raise CommandRefused("Say whose log: a tenant's short name, or --installation.")
        tenant = tenant_find(options["tenant"]) if options["tenant"] else None
        zone = tenant.time_zone if tenant else "UTC"
        filters = {name: options[name] for name in ("person", "verb", "target") if options[name]}
        for name in ("since", "until"):
            if moment := options[name]:
                filters[name] = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
        entries = audit_entries(tenant=tenant, every=options["format"] == "jsonl", **filters)
        path = None if options["out"] == "-" else path_to_write(options["out"], option="--out")
        log_export_record(tenant=tenant, actor=Actor(None, "shell"), kind=options["format"], filters=filters)
        lines = log_csv(entries, time_zone=zone) if options["format"] == "csv" else log_json(entries)
        count = entries.count()
        if path is None:
            for line in lines:
                sys.stdout.buffer.write(line)
        else:
            file_write(Path(path), lines)
            self.say(f"{counted(count, 'entry')} written to {path}")
        return Result({"entries": count, "file": str(path or "-")})
