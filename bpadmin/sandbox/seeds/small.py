"""A small tenant for tests: three campaigns, four lists of different formats, a DNC list of each type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bpadmin.sandbox.state.campaigns import Campaign, DncBinding
from bpadmin.sandbox.state.dnc import DncList, DncType, Entries
from bpadmin.sandbox.state.formats import Format, parse_fields
from bpadmin.sandbox.state.intake import add_records
from bpadmin.sandbox.state.lists import CallingList
from bpadmin.sandbox.state.tenant import Tenant

CUSTOMERS: list[dict[str, Any]] = [
    {"name": "id", "type": "ACCOUNT", "key": True},
    {"name": "phone", "type": "PHONE", "required": True, "searchable": True, "phoneType": "US_CANADA"},
    {"name": "firstname", "type": "FIRST_NAME"},
    {"name": "lastname", "type": "LAST_NAME", "searchable": True},
    {"name": "balance", "type": "INTEGER"},
    {"name": "due", "type": "DATETIME", "format": "yyyy-MM-dd"},
    {"name": "note", "type": "OTHER", "skip": True},
]
CALLBACKS: list[dict[str, Any]] = [
    {"name": "Phone", "type": "PHONE", "phoneType": "OTHER", "removePrefix": "0", "defaultCountryCode": "49"},
    {"name": "Name", "type": "OTHER", "required": True},
    {"name": "Call at", "type": "DATETIME_CALL_AT"},
]
ACCOUNTS: list[dict[str, Any]] = [
    {"name": "account", "type": "ACCOUNT", "key": True},
    {"name": "phone", "type": "PHONE", "key": True, "phoneType": "US_CANADA"},
    {"name": "mobile", "type": "PHONE", "phoneType": "US_CANADA"},
    {"name": "company", "type": "COMPANY"},
]


def seed_small(tenant: Tenant) -> None:
    """Fill a tenant for tests; same contents every time."""
    customers = make_list(tenant, "Customers.csv", "Customers", CUSTOMERS)
    callbacks = make_list(tenant, "Callbacks.csv", "Callbacks", CALLBACKS)
    accounts = make_list(tenant, "Accounts.csv", "Accounts", ACCOUNTS)
    make_list(tenant, "Empty.csv", "Customers", CUSTOMERS)
    _fill(tenant, customers, [_customer(n) for n in range(120)])
    _fill(tenant, callbacks, [{"Phone": f"030 5550{n:03d}", "Name": f"Caller {n}"} for n in range(30)])
    _fill(
        tenant, accounts, [{"account": f"A{n // 2}", "phone": f"1212555{n:04d}", "company": "Acme"} for n in range(40)]
    )
    internal, areas = _make_dnc_lists(tenant)
    running = Campaign(tenant.new_id(), "Renewals", is_running=True, rate=0.5, ticked=tenant.clock.now())
    stopped = Campaign(tenant.new_id(), "Win back", kind="Blended Voice")
    disabled = Campaign(tenant.new_id(), "Old survey", kind="Outbound Messaging", enabled=False)
    for campaign in (running, stopped, disabled):
        tenant.campaigns[campaign.id] = campaign
    tenant.bind(running, customers).enabled = True
    tenant.bind(stopped, callbacks)
    running.dnc = [DncBinding(internal.id), DncBinding(areas.id)]
    stopped.dnc = [DncBinding(held.id) for held in tenant.dnc_lists.values()]
    tenant.users["assigned-only"].assigned = {running.id}


def make_list(tenant: Tenant, name: str, format_name: str, fields: Sequence[dict[str, Any]]) -> CallingList:
    """Make an empty list, with the format of that name or a new one."""
    known = next((fmt for fmt in tenant.formats.values() if fmt.name == format_name), None)
    return tenant.list_add(name, known or Format(tenant.new_id(), format_name, parse_fields(list(fields))))


def make_dnc_list(tenant: Tenant, name: str, kind: DncType, entries: Sequence[str], **extras: str) -> DncList:
    """Make a DNC list with these keys."""
    made = tenant.dnc_list_add(name, kind)
    made.entries = Entries(entries, made.created)
    made.country, made.list_field = extras.get("country", ""), extras.get("list_field", "")
    return made


def _make_dnc_lists(tenant: Tenant) -> tuple[DncList, DncList]:
    internal = make_dnc_list(tenant, "Company DNC", DncType.INTERNAL, ["16505550100", "16505550101"])
    areas = make_dnc_list(tenant, "Area codes", DncType.GEOGRAPHIC_AREACODE, ["907", "808"], country="US")
    make_dnc_list(tenant, "Postal codes", DncType.GEOGRAPHIC_POSTAL, ["99501"], country="US")
    make_dnc_list(tenant, "States", DncType.GEOGRAPHIC_STATE, ["AK", "HI"], country="US")
    make_dnc_list(tenant, "Paid accounts", DncType.EXCLUSION, ["C00003"], list_field="id")
    return internal, areas


def _fill(tenant: Tenant, held: CallingList, records: list[dict[str, Any]]) -> None:
    add_records(held, records, now=tenant.clock.now(), room=len(records))


def _customer(n: int) -> dict[str, Any]:
    first = ("Graham", "Mike", "Katrina", "Jenny", "Omar")[n % 5]
    last = ("Smith", "Miller", "Johnson", "Green", "Haddad", "Novak", "Ruiz")[n % 7]
    phone = f"1650555{n:04d}"
    return {"id": f"C{n:05d}", "phone": phone, "firstname": first, "lastname": last, "balance": n, "due": "2025-01-31"}
