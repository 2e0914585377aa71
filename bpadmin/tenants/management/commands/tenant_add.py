"""manage.py tenant_add"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import ConnectionField
from bpadmin.tenants.commands import FAILED, OK, CommandRefused, PlainCommand, Result, secret_read
from bpadmin.tenants.services import tenant_create, tenant_test


class Command(PlainCommand):
    """Connect a tenant and test the connection."""

    help = (
        "Connect a tenant and test the connection. The tenant is kept even when the test fails: exit code 1 says so, "
        "and its settings can be corrected in the browser by a superuser. Each platform has connection options of its "
        "own; the ones that it needs are named when they are missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what the form in the browser takes, the connection fields of every platform among it."""
        parser.add_argument("slug", metavar="SLUG", help="short name, part of every address: /t/SLUG/")
        parser.add_argument("--platform", default="brightpattern", choices=sorted(REGISTRY))
        parser.add_argument("--url", required=True, help="the tenant's address, such as https://acme.brightpattern.com")
        for option, (field, platforms) in _options().items():
            note = f"{field.label} ({', '.join(platforms)})"
            if field.is_secret:
                note += "; - reads standard input"
            choices = [value for value, _ in field.choices] or None
            parser.add_argument(option, metavar=None if choices else _metavar(field), choices=choices, help=note)
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
            credentials=_credentials(options),
            time_zone=options["time_zone"],
            lanes=options["lanes"],
            chunk_size=options["chunk_size"],
            actor_name="shell",
        )
        self.say(f"{tenant.name} is kept as {tenant.slug}.")
        data: dict[str, Any] = {"tenant": tenant.slug, "url": tenant.base_url, "tested": not options["no_test"]}
        if options["no_test"]:
            return Result(data)
        report = tenant_test(tenant)
        for line in (report.headline, *report.details):
            self.say(line)
        if not report.ok:
            self.say(f"{tenant.slug} stays as it is: correct its connection on its settings page, and test it there.")
        data |= {"ok": report.ok, "headline": report.headline, "missing_privileges": list(report.missing_privileges)}
        return Result(data, OK if report.ok else FAILED)


def _option(field: ConnectionField) -> str:
    """Name the option of a field; a secret is never typed on the line, where others can read it."""
    return f"--{field.name.replace('_', '-')}{'-file' if field.is_secret else ''}"


def _metavar(field: ConnectionField) -> str:
    return "FILE|-" if field.is_secret else field.name.upper()


def _options() -> dict[str, tuple[ConnectionField, list[str]]]:
    """Give the options of all platforms, each once, with the platforms that have it."""
    found: dict[str, tuple[ConnectionField, list[str]]] = {}
    for info in REGISTRY.values():
        for field in info.fields:
            found.setdefault(_option(field), (field, []))[1].append(info.key)
    return found


def _credentials(options: dict[str, Any]) -> dict[str, str]:
    """Give the platform's connection fields as they were said. Raises CommandRefused for one that is missing."""
    credentials = {}
    for field in REGISTRY[options["platform"]].fields:
        option = _option(field)
        given = options[option.removeprefix("--").replace("-", "_")]
        if given is None and not (field.is_optional or field.default):
            raise CommandRefused(f"{option} is needed: {field.label} of the account on the platform.")
        credentials[field.name] = secret_read(given, option) if given and field.is_secret else given or ""
    return credentials
