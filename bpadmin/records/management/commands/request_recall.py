"""manage.py request_recall TENANT SOURCE REQUEST: put a request back into dialling."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser

from bpadmin.acts import Actor
from bpadmin.lookup import LookupRefused
from bpadmin.platforms.base import Capability
from bpadmin.records.requesting import PRIORITY_CHANGES, recall_terms, request_recall
from bpadmin.records.services import source_find
from bpadmin.tenants.commands import CommandRefused, Result, TenantCommand
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
        parser.add_argument("--not-before", default="", metavar="T", help="tenant's time unless it has an offset")
        parser.add_argument("--assign-to", default="", metavar="USER", help="id or name of a user")
        changes = "|".join(change for change, _ in PRIORITY_CHANGES)
        parser.add_argument("--priority", default="", metavar=f"{changes}:N", help="such as SET:200")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Find the source and put the request back."""
        source = source_find(tenant=tenant, name_or_id=options["source"])
        change, priority = _priority(options["priority"])
        terms = recall_terms(
            not_before=_moment(options["not_before"], tenant),
            assign_to=options["assign_to"],
            priority_change=change,
            priority=priority,
        )
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


def _moment(given: str, tenant: Tenant) -> datetime | None:
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        raise CommandRefused(f"{given!r} is no time; write one such as 2026-03-01T08:00.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(tenant.time_zone))


def _priority(given: str) -> tuple[str, int | None]:
    if not given:
        return "", None
    change, _, value = given.partition(":")
    if change.upper() not in dict(PRIORITY_CHANGES) or not value.isdecimal():
        raise CommandRefused(f"{given!r} is no priority; write one such as SET:200, ADD:10 or MINUS:10.")
    return change.upper(), int(value)
