"""manage.py tenant_change"""

from __future__ import annotations

from argparse import BooleanOptionalAction
from typing import Any

from django.core.management.base import CommandParser

from bpadmin.platforms import REGISTRY
from bpadmin.platforms.types import Keep
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
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
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.routes import AS_IT_IS
from bpadmin.tenants.services import TenantRefused, tenant_update


class Command(TenantCommand):
    """Change a tenant's settings and test the connection."""

    help = (
        "Change a tenant's settings and test the connection; what is not given stays as it is. The change is kept even "
        "when the test fails: exit code 1 says so. The secret is needed again when the address leads to another server."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what the settings page takes, the connection fields of every platform among it."""
        super().add_arguments(parser)
        parser.add_argument("--url", help="the tenant's address, such as https://acme.brightpattern.com")
        parser.add_argument("--name", help="as people call it; empty: the short name")
        parser.add_argument("--time-zone", help="such as America/New_York")
        parser.add_argument("--lanes", type=int, help="requests at the same time, 1 to 16")
        parser.add_argument("--chunk-size", type=int, help="records per request, 1 to 10,000")
        parser.add_argument(
            "--two-people",
            action=BooleanOptionalAction,
            help="whether emptying, replacing and deleting lists needs a second person's approval",
        )
        add_reading_options(parser)
        add_silence_options(parser)
        add_route_options(parser)
        add_ending_option(parser)
        add_connection_options(parser)

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Change what was said, test the connection, say what came of it."""
        info = REGISTRY[tenant.platform]
        said = {
            "name": options["name"],
            "base_url": options["url"],
            "time_zone": options["time_zone"],
            "lanes": options["lanes"],
            "chunk_size": options["chunk_size"],
            "catalogue_calls": options["reads_a_minute"],
            "catalogue_lanes": options["reads_at_a_time"],
            "quiet_seconds": options["quiet_seconds"],
            "resends_after_quiet": options["resends_after_quiet"],
            "two_people": options["two_people"],
        }
        credentials = connection_given(info, options)
        route, ends_on = route_given(options), ending_given(options)
        is_said = credentials or route != AS_IT_IS or not isinstance(ends_on, Keep)
        if not is_said and all(value is None for value in said.values()):
            raise CommandRefused("Say what to change: manage.py help tenant_change lists the options.")
        settings = {name: getattr(tenant, name) if value is None else value for name, value in said.items()}
        try:
            tenant_update(
                tenant=tenant,
                credentials={**tenant.credentials, **credentials},
                route=route,
                secret_ends_on=ends_on,
                actor_name=silence_actor(options),
                **settings,
            )
        except TenantRefused as refused:
            hint = [f"Give it with {option_of(field)}." for field in info.fields if field.name == refused.field]
            raise CommandRefused(" ".join([str(refused), *hint])) from refused
        self.say(f"The settings of {tenant.name} are saved.")
        return tested(self, tenant, is_wanted=not options["no_test"])
