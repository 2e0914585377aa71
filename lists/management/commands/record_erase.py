"""manage.py record_erase TENANT LIST KEY=VALUE… --reason R: erase one record for good."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand, confirm_typed
from bpadmin.tenants.models import Tenant
from lists.management.record_arguments import add_record_arguments, order_read
from lists.records.actions import erase_warning, record_erase
from lists.records.fields import RecordRefused, key_words


class Command(TenantCommand):
    """Erase one record with its results in all campaigns."""

    help = "Erase one record, found by its key, with its results in all campaigns; this cannot be undone."
    needs = Capability.RECORDS_ERASE
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, LookupRefused, RecordRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add LIST, the key, --reason and --yes."""
        super().add_arguments(parser)
        add_record_arguments(parser)
        parser.add_argument("--reason", default="", help="why; the platform keeps it in its log and demands it")
        parser.add_argument(
            "--yes", action="store_true", help="do it without asking; needed where there is no terminal"
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Say what goes, ask, and erase it."""
        if not options["reason"].strip():
            raise CommandRefused("Say why with --reason: the platform keeps the reason in its log and demands one.")
        order = order_read(tenant=tenant, options=options)
        key = order.split()[0] if order.fields.keys else order.values
        name = order.calling_list.name
        warning = f"The record with {key_words(key)} and its results go from “{name}”; this cannot be undone. "
        warning += erase_warning(order.calling_list.total_records)
        confirm_typed(self, warning.strip(), name=key_words(key), is_sure=options["yes"])
        act = record_erase(
            tenant=tenant,
            calling_list=order.calling_list,
            key=key,
            reason=options["reason"],
            fields=order.fields,
            actor=Actor(name="shell"),
        )
        data = {"tenant": tenant.slug, "list": name, "key": key, "outcome": act.outcome.value}
        if not act.is_done:
            raise CommandRefused(act.sentence, **data)
        self.say(act.sentence)
        return Result({**data, "message": act.sentence})
