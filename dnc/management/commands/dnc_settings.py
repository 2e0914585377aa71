"""manage.py dnc_settings TENANT DNC: what people say of a Do Not Call list, since the platform does not tell it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import CommandRefused, Result
from bpadmin.tenants.models import Tenant
from dnc.lists.sync import dnc_list_change
from dnc.management.base import DncCommand
from dnc.models import DncKind, DncList, PhoneRule, Purpose


class Command(DncCommand):
    """Show or change what is said of a list."""

    help = (
        "Show what is said here of a Do Not Call list, or change it: what it is for, of which country its numbers are, "
        "how they are written, when its data are too old. What is not given stays as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add DNC and what may be said."""
        super().add_arguments(parser)
        add = parser.add_argument
        add("dnc", metavar="DNC", help="name or id of the list")
        words = ", ".join(f"{value} ({label})" for value, label in Purpose.choices)
        add("--purpose", choices=Purpose.values, help=f"what it is for: {words}")
        add("--type", choices=DncKind.values, help="what it holds, where the platform does not tell")
        add("--country", metavar="CODE", help="country of its numbers: US, GB, DE…; “” for numbers of every country")
        add("--phone-rule", choices=PhoneRule.values, help="how its numbers are written")
        add("--data-as-of", metavar="DATE", help="day to which a registry's data are true, such as 2026-12-31")
        add("--fresh-days", type=int, metavar="N", help="its data are too old after so many days")
        add("--max-shrink", type=int, metavar="PERCENT", help="a replacement may remove so much without a question")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Change what is given, and tell how it is now."""
        dnc_list = self.find(tenant, options["dnc"])
        changed = dnc_list_change(
            dnc_list=dnc_list,
            actor=self.actor,
            type=DncKind(options["type"]) if options["type"] else None,
            purpose=Purpose(options["purpose"]) if options["purpose"] else None,
            phone_rule=PhoneRule(options["phone_rule"]) if options["phone_rule"] else None,
            country=options["country"],
            data_as_of=_day(options["data_as_of"]),
            fresh_days=options["fresh_days"],
            max_shrink=options["max_shrink"],
        )
        told = _told(changed)
        for name, value in told.items():
            self.say(f"  {name.replace('_', ' ')}: {value or '(none)'}")
        return Result({"list": changed.name, "list_id": changed.remote_id, **told})


def _told(dnc_list: DncList) -> dict[str, Any]:
    return {
        "type": dnc_list.type,
        "purpose": dnc_list.told_purpose.value,
        "country": dnc_list.country,
        "phone_rule": dnc_list.phone_rule,
        "data_as_of": dnc_list.data_as_of.isoformat() if dnc_list.data_as_of else "",
        "fresh_days": dnc_list.fresh_days,
        "max_shrink": dnc_list.max_shrink,
    }


def _day(said: str | None) -> date | None:
    try:
        return date.fromisoformat(said) if said else None
    except ValueError as error:
        raise CommandRefused(f"{said} is no day; write one such as 2026-12-31.") from error
