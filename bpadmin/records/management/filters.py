"""The argument --filter of commands that read a source: conditions as JSON."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

from bpadmin.platforms.sources import Condition, SourceFilter
from bpadmin.records.conditions import ConditionRefused, conditions_read
from bpadmin.tenants.management.base import CommandRefused
from bpadmin.tenants.models import Tenant

FILTER_HELP = (
    'list of conditions: [{"name": …, "value": …, "operator": …, "key": …}]; times are the tenant\'s own '
    "unless they have an offset"
)


def conditions_argument(text: str, filters: tuple[SourceFilter, ...], tenant: Tenant) -> tuple[Condition, ...]:
    """Return the conditions that --filter says. CommandRefused."""
    if not text:
        return ()
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CommandRefused(f"--filter is no JSON: {error}.") from error
    if not isinstance(given, list):
        raise CommandRefused('--filter is a JSON list of objects such as {"name": …, "value": …}.')
    try:
        return conditions_read(given, filters, zone=ZoneInfo(tenant.time_zone))
    except ConditionRefused as refused:
        raise CommandRefused(str(refused)) from refused
