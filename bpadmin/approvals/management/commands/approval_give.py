"""manage.py approval_give"""

from __future__ import annotations

import getpass
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.core.management.base import CommandParser

from bpadmin.approvals.services import (
    ApprovalRefused,
    approval_find,
    approval_give,
    approval_refuse,
    facts_compared,
    facts_digest,
    facts_now,
)
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Approve or refuse what somebody asked for, in the name of one of the tenant's people."""

    help = (
        "Approve what another person asked for, which carries it out; or refuse it. The operator says in whose name, "
        "and the log says that it was at the machine. What was asked at the machine is approved on the page only."
    )
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, ApprovalRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which, and in whose name."""
        super().add_arguments(parser)
        parser.add_argument("number", metavar="NUMBER", type=int, help="as approval_list tells it")
        parser.add_argument("--as", dest="username", required=True, help="who approves: what they sign in with")
        parser.add_argument("--changed", action="store_true", help="also where its target has changed since")
        parser.add_argument("--refuse", action="store_true", help="refuse it, or take it back in its asker's name")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Show what has changed, then decide."""
        user = User.objects.filter(username__iexact=options["username"]).first()
        if user is None:
            raise CommandRefused(f"Nobody signs in as “{options['username']}”.")
        approval, name = (
            approval_find(tenant=tenant, number=options["number"]),
            f"{user} (by {getpass.getuser()}, shell)",
        )
        if options["refuse"]:
            approval_refuse(approval=approval, user=user, by_name=name)
            self.say("It will not be done.")
            return Result({"number": approval.pk, "state": approval.state})
        if approval.asked_by_id is None:
            raise CommandRefused("It was asked at the machine, so somebody else approves it on the page.")
        now = facts_now(approval)
        changed = [
            f"{what}: {was} → {is_now}" for what, was, is_now, differs in facts_compared(approval, now) if differs
        ]
        if changed and not options["changed"]:
            raise CommandRefused(
                f"It has changed since: {'; '.join(changed)}. Give --changed to approve it all the same."
            )
        act = approval_give(approval=approval, user=user, seen=facts_digest(now), by_name=name)
        if not act.is_done:
            raise CommandRefused(act.sentence, number=approval.pk)
        self.say(act.sentence)
        return Result({"number": approval.pk, "state": approval.state, "message": act.sentence})
