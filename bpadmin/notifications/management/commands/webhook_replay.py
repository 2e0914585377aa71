"""manage.py webhook_replay TENANT ID: send a message to a webhook once more."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.notifications.delivery.sending import message_send
from bpadmin.notifications.management.commands.notification_list import message_json
from bpadmin.notifications.models import MessageState
from bpadmin.notifications.services import messages_out
from bpadmin.notifications.webhooks import WebhookRefused, message_replay
from bpadmin.tenants.management.base import FAILED, OK, CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Send a message again."""

    help = "Send a message to a webhook once more, under the same id, right now."
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, WebhookRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which."""
        super().add_arguments(parser)
        parser.add_argument("id", metavar="ID", help="of the message, as notification_list --json tells it")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Send it."""
        message = messages_out(tenant).filter(public_id=options["id"]).first()
        if message is None:
            raise CommandRefused(f"{tenant.name} has no message {options['id']}.")
        sent = message_send(message_replay(message=message))
        self.say(sent.answer)
        return Result(message_json(sent), OK if sent.state == MessageState.ACCEPTED else FAILED)
