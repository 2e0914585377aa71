"""manage.py notification_list TENANT: what somebody was told, or all that went out, with what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser

from bpadmin.notifications.inbox import messages_of
from bpadmin.notifications.management.people import member_find
from bpadmin.notifications.models import Message
from bpadmin.notifications.services import messages_out
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.times.local_times import clock_line


def message_json(message: Message) -> dict[str, Any]:
    """Return a message as commands tell it."""
    return {
        "id": message.public_id,
        "to": message.webhook.name if message.webhook else message.user.get_username() if message.user else None,
        "channel": message.channel,
        "kind": message.kind,
        "event": message.event_kind,
        "tone": message.tone,
        "title": message.title,
        "words": message.words,
        "path": message.path,
        "why": message.why,
        "state": message.state,
        "tries": message.tries,
        "answer": message.answer,
        "made_at": message.made_at.isoformat(),
        "due_at": message.due_at.isoformat() if message.due_at else None,
        "seen_at": message.seen_at.isoformat() if message.seen_at else None,
    }


class Command(TenantCommand):
    """List messages."""

    help = "List what went out by e-mail and to webhooks; with --person what is in somebody's inbox."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whose and how many."""
        super().add_arguments(parser)
        parser.add_argument("--person", metavar="USERNAME", help="list this person's inbox instead")
        parser.add_argument("--limit", type=int, default=50, help="at most so many, newest first (50)")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """List them."""
        found = messages_out(tenant)
        if options["person"]:
            user, _ = member_find(tenant, options["person"])
            found = messages_of(user=user, tenant=tenant).select_related("user", "webhook")
        rows = [message_json(each) for each in found[: max(1, options["limit"])]]
        for row in rows:
            at = clock_line(datetime.fromisoformat(row["made_at"]), tenant.time_zone)
            self.say(f"{at}  {row['state']:<9}  {row['channel']:<7}  {row['to']}: {row['title']}")
        return Result({"tenant": tenant.slug, "messages": rows})
