"""manage.py tenant_add"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.platforms import REGISTRY
from bpadmin.platforms.types import Keep
from bpadmin.tenants.management.base import CommandRefused, PlainCommand, Result
from bpadmin.tenants.management.connection_options import (
    add_connection_options,
    add_ending_option,
    add_reading_options,
    add_route_options,
    add_silence_options,
    connection_given,
    ending_given,
    option_of,
    route_given,
    silence_actor,
    tested,
)
from bpadmin.tenants.services import tenant_create


class Command(PlainCommand):
    """Connect a tenant and test the connection."""

    help = (
        "Connect a tenant and test the connection. The tenant is kept even when the test fails: exit code 1 says so, "
        "and tenant_change corrects it, or a superuser in the browser. Each platform has connection options of its "
        "own; the ones that it needs are named when they are missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what the form in the browser takes, the connection fields of every platform among it."""
        parser.add_argument("slug", metavar="SLUG", help="short name, part of every address: /t/SLUG/")
        parser.add_argument("--platform", default="brightpattern", choices=sorted(REGISTRY))
        parser.add_argument("--url", required=True, help="the tenant's address, such as https://acme.brightpattern.com")
        parser.add_argument("--name", default="", help="as people call it; without it the short name")
        parser.add_argument("--time-zone", default="UTC", help="such as America/New_York")
        parser.add_argument("--lanes", type=int, default=4, help="requests at the same time, 1 to 16")
        parser.add_argument("--chunk-size", type=int, default=1000, help="records per request, 1 to 10,000")
        add_reading_options(parser)
        add_silence_options(parser)
        add_route_options(parser)
        add_ending_option(parser)
        add_connection_options(parser)
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
            catalogue_calls=options["reads_a_minute"],
            catalogue_lanes=options["reads_at_a_time"],
            quiet_seconds=options["quiet_seconds"],
            resends_after_quiet=bool(options["resends_after_quiet"]),
            route=route_given(options),
            secret_ends_on=None if isinstance(ends_on := ending_given(options), Keep) else ends_on,
            actor_name=silence_actor(options),
        )
        self.say(f"{tenant.name} is kept as {tenant.slug}.")
        return tested(self, tenant, is_wanted=not options["no_test"])


def _credentials(options: dict[str, Any]) -> dict[str, str]:
    """Return the platform's connection fields as they were said. Raises CommandRefused for one that is missing."""
    info = REGISTRY[options["platform"]]
    given = connection_given(info, options)
    for field in info.fields:
        if field.name not in given and not (field.is_optional or field.default):
            raise CommandRefused(f"{option_of(field)} is needed: {field.label} of the account on the platform.")
    return given
