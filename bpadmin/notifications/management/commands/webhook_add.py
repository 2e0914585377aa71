"""manage.py webhook_add TENANT NAME (--url URL | --url-file FILE): add a webhook and print its key, this once."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.types import Actor
from bpadmin.notifications.models import WebhookForm
from bpadmin.notifications.topics import OF_TENANTS
from bpadmin.notifications.webhooks import WebhookRefused, webhook_add
from bpadmin.tenants.management.base import Result, TenantCommand, secret_read
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Add a webhook."""

    help = "Add a webhook that is told what happens in a tenant; its signing key is printed this once."
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, WebhookRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Take its name, address and form."""
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME")
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--url", help="its address; where that is a secret itself, use --url-file")
        where.add_argument("--url-file", metavar="FILE", help="a file with its address, - for standard input")
        parser.add_argument("--form", choices=WebhookForm.values, default=WebhookForm.STANDARD.value)
        parser.add_argument("--topic", action="append", default=[], choices=[str(each) for each in OF_TENANTS])
        parser.add_argument("--names", action="store_true", help="tell names of people and files as well")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Add it."""
        url = options["url"] or secret_read(options["url_file"], "--url-file")
        hook, key = webhook_add(
            tenant=tenant,
            name=options["name"],
            url=url,
            form=options["form"],
            topics=options["topic"],
            tells_names=options["names"],
            actor=Actor(name="shell"),
        )
        self.say(f"The webhook {hook.name} is added." + (f" Its key: {key}" if key else ""))
        return Result({"webhook": hook.name, "host": hook.host, "form": hook.form, "key": key or None})
