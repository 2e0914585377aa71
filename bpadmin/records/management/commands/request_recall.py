"""manage.py request_recall TENANT SOURCE REQUEST: put a request back into dialling."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.records.management.recall_arguments import terms_add, terms_said
from bpadmin.records.requests.services import request_recall
from bpadmin.records.services import source_find
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Put a request back into dialling."""

    help = "Put a request back into dialling, where the platform offers that; what is not given stays as it is."
    needs = Capability.REQUEST_RECALL
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, LookupRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add SOURCE, REQUEST and the terms."""
        super().add_arguments(parser)
        parser.add_argument("source", metavar="SOURCE", help="name or id, as the page of records has it")
        parser.add_argument("request", metavar="REQUEST", help="id of the request")
        terms_add(parser)

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Find the source and put the request back."""
        source = source_find(tenant=tenant, name_or_id=options["source"])
        terms = terms_said(options, tenant)
        act = request_recall(
            tenant=tenant,
            source=source,
            request_id=options["request"],
            title=f"Request {options['request']}",
            terms=terms,
            actor=Actor(name="shell"),
        )
        data = {"tenant": tenant.slug, "source": source.id, "id": options["request"], "outcome": act.outcome.value}
        if not act.is_done:
            raise CommandRefused(act.sentence, **data)
        self.say(act.sentence)
        return Result({**data, "message": act.sentence})
