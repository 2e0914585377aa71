"""manage.py notification_test TENANT (--person USERNAME [--channel page|email] | --webhook NAME): try a channel."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.notifications.management.commands.notification_list import message_json
from bpadmin.notifications.management.people import member_find, webhook_find
from bpadmin.notifications.models import Channel, MessageState
from bpadmin.notifications.services import channel_test
from bpadmin.tenants.management.base import FAILED, OK, Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Send a test message."""

    help = "Send a test message to a person or a webhook, and say what became of it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take to whom."""
        super().add_arguments(parser)
        whom = parser.add_mutually_exclusive_group(required=True)
        whom.add_argument("--person", metavar="USERNAME")
        whom.add_argument("--webhook", metavar="NAME")
        parser.add_argument("--channel", choices=["page", "email"], default="email", help="to a person (email)")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Send it."""
        if options["webhook"]:
            hook = webhook_find(tenant, options["webhook"])
            message = channel_test(tenant=tenant, channel=Channel.WEBHOOK, webhook=hook)
        else:
            user, _ = member_find(tenant, options["person"])
            message = channel_test(tenant=tenant, channel=Channel(options["channel"]), user=user)
        is_well = message.channel == Channel.PAGE or message.state == MessageState.ACCEPTED
        self.say(message.answer or "It is in the inbox.")
        return Result(message_json(message), OK if is_well else FAILED)
