"""manage.py report_destination TENANT NAME (--mail … | --folder … | --s3 … | --sftp … | --remove)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import CommandParser

from bpadmin.reports.destinations import destination_add, destination_find, destination_remove
from bpadmin.reports.management.base import SHELL, ReportCommand, destination_json
from bpadmin.reports.models import Way
from bpadmin.tenants.management.base import CommandRefused, Result, secret_read
from bpadmin.tenants.models import Tenant


class Command(ReportCommand):
    """Add or remove a destination."""

    help = "Add a place that reports can go to, or remove one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add NAME and where it is."""
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME")
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--mail", metavar="ADDRESS,…", help="these people get it by e-mail")
        where.add_argument("--folder", metavar="FOLDER", help="beneath BPADMIN_REPORT_FOLDER")
        where.add_argument("--s3", metavar="BUCKET[/PREFIX]", help="with --key-id and --secret-file")
        where.add_argument("--sftp", metavar="USER@HOST[:PORT][/FOLDER]", help="with --host-key-file and --secret-file")
        where.add_argument("--remove", action="store_true", help="nothing goes there any more")
        parser.add_argument("--endpoint", default="", metavar="URL", help="of the bucket, where it is not Amazon's")
        parser.add_argument("--region", default="", metavar="NAME", help="of the bucket")
        parser.add_argument("--key-id", default="", metavar="ID", help="access key ID of the bucket")
        parser.add_argument("--host-key-file", metavar="FILE", help="the server's public key, as ssh-keyscan gives it")
        parser.add_argument("--secret-file", metavar="FILE", help="secret, password or private key; - is stdin")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Add or remove it."""
        if options["remove"]:
            found = destination_find(tenant=tenant, name=options["name"])
            destination_remove(destination=found, actor=SHELL)
            self.say(f"“{found.name}” is removed.")
            return Result({"tenant": tenant.slug, "removed": found.name})
        way, said = _said(options)
        secret = secret_read(options["secret_file"], "--secret-file") if options["secret_file"] else ""
        made = destination_add(tenant=tenant, name=options["name"], way=way, said=said, secret=secret, actor=SHELL)
        self.say(f"Reports can go to “{made.name}” now.")
        return Result({"tenant": tenant.slug, **destination_json(made)})


def _said(options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    if options["mail"] is not None:
        return Way.MAIL, {"to": options["mail"]}
    if options["folder"] is not None:
        return Way.FOLDER, {"folder": options["folder"]}
    if options["s3"] is not None:
        bucket, _, prefix = options["s3"].partition("/")
        said = {name: options[name] for name in ("endpoint", "region", "key_id")}
        return Way.S3, {"bucket": bucket, "prefix": prefix, **said}
    try:
        parts = urlsplit(f"sftp://{options['sftp']}")
        port = parts.port
    except ValueError as error:
        raise CommandRefused(f"--sftp {options['sftp']}: write it like anna@files.example.com:22/reports.") from error
    host_key = Path(options["host_key_file"]).read_text(encoding="utf-8") if options["host_key_file"] else ""
    said = {"host": parts.hostname or "", "port": port or 22, "user": parts.username or "", "folder": parts.path[1:]}
    return Way.SFTP, {**said, "host_key": host_key}
