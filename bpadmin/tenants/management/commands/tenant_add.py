"""manage.py tenant_add"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.platforms import REGISTRY
from bpadmin.tenants.commands import FAILED, OK, PlainCommand, Result, secret_read
from bpadmin.tenants.services import tenant_create, tenant_test


class Command(PlainCommand):
    """Connect a tenant and test the connection."""

    help = (
        "Connect a tenant and test the connection. The tenant is kept even when the test fails: exit code 1 says so, "
        "and its settings can be corrected in the browser by a superuser."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what the form in the browser takes."""
        parser.add_argument("slug", metavar="SLUG", help="short name, part of every address: /t/SLUG/")
        parser.add_argument("--platform", default="brightpattern", choices=sorted(REGISTRY))
        parser.add_argument("--url", required=True, help="where people sign in, such as https://acme.brightpattern.com")
        parser.add_argument("--client-id", required=True)
        parser.add_argument("--client-secret-file", required=True, metavar="FILE|-", help="- reads standard input")
        parser.add_argument("--name", default="", help="as people call it; without it the short name")
        parser.add_argument("--time-zone", default="UTC", help="such as America/New_York")
        parser.add_argument("--lanes", type=int, default=4, help="requests at the same time, 1 to 16")
        parser.add_argument("--chunk-size", type=int, default=1000, help="records per request, 1 to 10,000")
        parser.add_argument("--no-test", action="store_true", help="do not try the connection")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> Result:
        """Create the tenant, test the connection, say what came of it."""
        tenant = tenant_create(
            slug=options["slug"],
            name=options["name"],
            platform=options["platform"],
            base_url=options["url"],
            credentials={
                "client_id": options["client_id"],
                "client_secret": secret_read(options["client_secret_file"]),
            },
            time_zone=options["time_zone"],
            lanes=options["lanes"],
            chunk_size=options["chunk_size"],
            actor_name="shell",
        )
        self.say(f"{tenant.name} is connected as {tenant.slug}.")
        data: dict[str, Any] = {"tenant": tenant.slug, "url": tenant.base_url, "tested": not options["no_test"]}
        if options["no_test"]:
            return Result(data)
        report = tenant_test(tenant)
        for line in (report.headline, *report.details):
            self.say(line)
        data |= {"ok": report.ok, "headline": report.headline, "missing_privileges": list(report.missing_privileges)}
        return Result(data, OK if report.ok else FAILED)
