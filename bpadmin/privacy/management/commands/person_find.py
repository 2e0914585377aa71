"""manage.py person_find TENANT KNOWN_BY…"""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.types import Actor
from bpadmin.privacy.matching import PersonRefused
from bpadmin.privacy.services import ELSEWHERE, Report, person_find
from bpadmin.tenants.management.base import PlainCommand, Result, TenantCommand
from bpadmin.tenants.models import Tenant

SHELL = Actor(None, "shell")


class Command(TenantCommand):
    """Find a person."""

    help = "Find a person in everything that is kept here of a tenant: by telephone numbers, a name, ids."
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, PersonRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Take by what the person is known."""
        super().add_arguments(parser)
        parser.add_argument("known_by", metavar="KNOWN_BY", nargs="+", help="a telephone number, a name, an id")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Say where."""
        report = person_find(tenant=tenant, known_by=options["known_by"], actor=SHELL)
        report_say(self, report)
        return Result(report.as_json())


def report_say(command: PlainCommand, report: Report) -> None:
    """Return what was found or erased, and what stays."""
    if report.is_empty:
        command.say("Nothing here is about this person.")
    for each in report.goes:
        command.say(f"{'Erased' if report.is_erased else 'Can be erased'}: {each.place}: {each.count:,}")
    for each in report.stays:
        command.say(f"Stays: {each.place}: {each.count:,}. {each.stays}")
    command.say(ELSEWHERE)
