"""manage.py record_get TENANT LIST FIELD=VALUE… [--attempts]: look a record up."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.lookup import LookupRefused
from bpadmin.platforms.base import Capability
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from lists.management.record_arguments import add_record_arguments, found_json, order_read
from lists.records.fields import KEY_UNKNOWN, RecordRefused, key_words
from lists.records.services import Found, record_find, record_key_noticed


class Command(TenantCommand):
    """Look a record up by its key, with its results in every campaign."""

    help = "Look a record up by its key, with its results in every campaign."
    needs = Capability.RECORDS_READ
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, LookupRefused, RecordRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add LIST, the key and --attempts."""
        super().add_arguments(parser)
        add_record_arguments(parser)
        parser.add_argument("--attempts", action="store_true", help="list every attempt as well")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Find the record and print it."""
        order = order_read(tenant=tenant, options=options)
        with tenant_client(tenant) as client:
            found = record_find(
                client=client,
                calling_list=order.calling_list,
                key=order.values,
                fields=order.fields,
                with_attempts=options["attempts"],
            )
        name = order.calling_list.name
        if found is None:
            words = f"“{name}” has no record with {key_words(order.values)}."
            if not order.fields.is_key(order.values):
                words = f"The dialler names no record of “{name}” with {key_words(order.values)}. {KEY_UNKNOWN}"
            raise CommandRefused(words, found=False)
        record_key_noticed(tenant=tenant, list_id=order.calling_list.id, found=found, fields=order.fields)
        self._tell(found)
        return Result({"tenant": tenant.slug, "list": name, "found": True, **found_json(found)})

    def _tell(self, found: Found) -> None:
        for name, value in found.entry.items():
            self.say(f"{name}: {value}")
        for result in found.results:
            status = result.record.status if result.record else None
            if status is None:
                self.say(f"In {result.place}: {result.trouble or 'no results'}")
                continue
            state = "completed" if status.completed else "not completed"
            last = f", last: {status.last_disposition}" if status.last_disposition else ""
            self.say(f"In {result.place}: {state}, {status.total_attempts or 0} attempts{last}")
        for result, attempt in found.timeline:
            when = attempt.date.isoformat(timespec="seconds") if attempt.date else "–"
            self.say(f"  {when}  {result.place}  {attempt.disposition}  {attempt.phone}  {attempt.agent}")
