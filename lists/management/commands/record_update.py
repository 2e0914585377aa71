"""manage.py record_update TENANT LIST KEY=VALUE FIELD=VALUE…: change fields of one record."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant
from lists.management.record_arguments import add_record_arguments, order_read
from lists.records.actions import record_update
from lists.records.fields import RecordRefused


class Command(TenantCommand):
    """Change fields of one record, found by its key."""

    help = "Change fields of one record, found by its key; an empty value clears its field, fields not named stay."
    needs = Capability.RECORDS_UPDATE
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, LookupRefused, RecordRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add LIST, the key and the changes."""
        super().add_arguments(parser)
        add_record_arguments(parser)

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Change the record."""
        order = order_read(tenant=tenant, options=options)
        key, changes = order.split()
        if note := REGISTRY[tenant.platform].update_note:
            self.say(note)
        act = record_update(
            tenant=tenant,
            calling_list=order.calling_list,
            key=key,
            changes=changes,
            fields=order.fields,
            actor=Actor(name="shell"),
        )
        data = {"tenant": tenant.slug, "list": order.calling_list.name, "key": key, "outcome": act.outcome.value}
        if not act.is_done:
            raise CommandRefused(act.sentence, **data)
        self.say(act.sentence)
        return Result({**data, "message": act.sentence})
