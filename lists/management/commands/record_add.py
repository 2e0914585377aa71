"""manage.py record_add TENANT LIST FIELD=VALUE…: add one record."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant
from lists.management.record_arguments import add_record_arguments, order_read
from lists.records.actions import record_add
from lists.records.fields import RecordRefused


class Command(TenantCommand):
    """Add one record to a list."""

    help = "Add one record to a list; it is checked by the list's rules before it is sent."
    needs = Capability.RECORDS_ADD
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, LookupRefused, RecordRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add LIST and the values."""
        super().add_arguments(parser)
        add_record_arguments(parser)

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Add the record."""
        order = order_read(tenant=tenant, options=options)
        act = record_add(
            tenant=tenant,
            calling_list=order.calling_list,
            values=order.values,
            fields=order.fields,
            actor=Actor(name="shell"),
        )
        data = {"tenant": tenant.slug, "list": order.calling_list.name, "outcome": act.outcome.value}
        if not act.is_done:
            raise CommandRefused(act.sentence, **data)
        self.say(act.sentence)
        return Result({**data, "message": act.sentence})
