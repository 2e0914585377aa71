"""manage.py notification_rules TENANT [--person USERNAME] [--set TOPIC=page,email]…: who is told what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.core.management.base import CommandParser
from django.utils import timezone

from bpadmin.dialler.types import Actor
from bpadmin.notifications.management.people import member_find
from bpadmin.notifications.rules import RuleRefused, person_of, rules_set, snooze_set, team_rules
from bpadmin.notifications.topics import OF_TENANTS, Topic
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Show rules, and change them."""

    help = "Show what the team, or a person, is told of and why; change it."
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, RuleRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whose and what."""
        super().add_arguments(parser)
        parser.add_argument("--person", metavar="USERNAME", help="the rules of this person, not the team's defaults")
        parser.add_argument(
            "--set", action="append", default=[], metavar="TOPIC=CHANNELS",
            help="page, email, page,email, none, or default; topics: " + ", ".join(OF_TENANTS),
        )  # fmt: skip
        parser.add_argument("--snooze", type=float, metavar="HOURS", help="of a person; 0 ends it")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Change what is said, then show."""
        user, role = member_find(tenant, options["person"]) if options["person"] else (None, None)
        wanted = dict(_said(each) for each in options["set"])
        changed = rules_set(tenant=tenant, user=user, wanted=wanted, actor=Actor(name="shell")) if wanted else 0
        if options["snooze"] is not None:
            if user is None:
                raise CommandRefused("A snooze is a person's: give --person.")
            until = timezone.now() + timedelta(hours=options["snooze"]) if options["snooze"] else None
            snooze_set(tenant=tenant, user=user, until=until)
        person = person_of(tenant=tenant, user=user, role=role) if user and role else None
        rules = person.rules if person else team_rules(tenant)
        for each in rules.values():
            told = ", ".join(name for name, is_on in (("page", each.page), ("email", each.email)) if is_on)
            self.say(f"{each.topic.value:<14} {told or 'none':<12} {each.whose}")
        snoozed = person.delivery.snoozed_until if person and person.delivery else None
        return Result(
            {
                "tenant": tenant.slug,
                "changed": changed,
                "snoozed_until": snoozed.isoformat() if snoozed else None,
                "rules": [
                    {"topic": each.topic.value, "page": each.page, "email": each.email, "because": each.whose}
                    for each in rules.values()
                ],
            }
        )


def _said(text: str) -> tuple[Topic, tuple[bool, bool] | None]:
    name, _, channels = text.partition("=")
    if name not in OF_TENANTS:
        raise CommandRefused(f"There is no topic “{name}”. There are: {', '.join(OF_TENANTS)}.")
    if channels == "default":
        return Topic(name), None
    parts = {each.strip() for each in channels.split(",")} - {"none", ""}
    if not channels or parts - {"page", "email"}:
        raise CommandRefused(f"--set {text}: write page, email, page,email, none, or default after the equals sign.")
    return Topic(name), ("page" in parts, "email" in parts)
