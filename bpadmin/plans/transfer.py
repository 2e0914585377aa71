"""What acts by itself in a tenant, in one file: plans, holidays, and what the screens add (recipes, rules, reports).

The file says names and not numbers, so that it can be taken in by another tenant, where what has these names is meant.
Secrets are not in it. A plan that comes in begins held: whoever takes it in looks at it and releases it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import DataError

from bpadmin import VERSION
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.plans.extensions import TransferPart, transfer_parts
from bpadmin.plans.holidays import HolidaysRefused, calendar_save, days_written
from bpadmin.plans.models import NAME_LENGTH, HolidayCalendar, LateRule, PlanState
from bpadmin.plans.services import PlanRefused, PlanWish, plan_add, plans_of, role_check
from bpadmin.plans.times import TimingRefused, times_read
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.models import Role

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

FORM = "bpadmin-automation"
FORM_VERSION = 1
MOST_BYTES = 8 * 1024 * 1024
# Each may cost a request to the dialler, while somebody waits for the page.
MOST_ITEMS = 2000
# What members of other types, or beyond what can be stored, come to.
ODD = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, DataError)
LONGEST_TOLD = 500
HELD = "It came in by a file. Look at it, then release it."


class TransferRefused(Exception):
    """A file cannot be taken in, or one of its parts; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one item: `why` is "" where it came in."""

    part: str
    name: str
    why: str = ""


def automation_write(*, tenant: Tenant, actor: Actor) -> bytes:
    """Return the file of a tenant."""
    role_check(tenant, actor, Role.SUPERVISOR)
    parts = {part.name: list(part.write(tenant)) for part in _parts()}
    counts = ", ".join(f"{len(items)} {name}" for name, items in parts.items() if items)
    _log(Verb.AUTOMATION_EXPORT, tenant, actor, counts or "Nothing")
    said = {"form": FORM, "version": FORM_VERSION, "program": VERSION, "tenant": tenant.slug, **parts}
    return (json.dumps(said, indent=2, ensure_ascii=False, default=str) + "\n").encode()


def automation_take(*, tenant: Tenant, data: bytes, actor: Actor, replaces: bool = False) -> list[Taken]:
    """Take a file in, item by item, and say what became of each. Raises TransferRefused where it is none."""
    role_check(tenant, actor, Role.SUPERVISOR)
    try:
        said = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise TransferRefused(f"This is no JSON file: {error}.") from error
    if not isinstance(said, dict) or said.get("form") != FORM:
        raise TransferRefused("This is no file of plans and rules: export one from a tenant to see what it looks like.")
    if said.get("version") != FORM_VERSION:
        raise TransferRefused("Another version of this program wrote this file.")
    known = {part.name for part in _parts()}
    if unknown := sorted(set(said) - known - {"form", "version", "program", "tenant"}):
        raise TransferRefused(f"Nothing here takes in “{unknown[0]}”. Nothing was taken.")
    if (count := sum(len(said[name]) for name in known if isinstance(said.get(name), list))) > MOST_ITEMS:
        raise TransferRefused(f"The file holds {count:,} items, and {MOST_ITEMS:,} at most come in at once.")
    taken = list(_taken(tenant, said, actor, replaces))
    came = sum(not each.why for each in taken)
    _log(Verb.AUTOMATION_IMPORT, tenant, actor, f"{came} of {len(taken)} came in.")
    return taken


def _taken(tenant: Tenant, said: Mapping[str, Any], actor: Actor, replaces: bool) -> Iterator[Taken]:
    for part in _parts():
        items = said.get(part.name, [])
        if not isinstance(items, list):
            yield Taken(part.name, "", "It is no list of items.")
            continue
        for item in items:
            name = str(item.get("name", ""))[:NAME_LENGTH] if isinstance(item, dict) else ""
            if not isinstance(item, dict):
                yield Taken(part.name, name, "It is no object.")
                continue
            try:
                yield Taken(part.name, part.take(tenant, item, actor, replaces))
            except (TransferRefused, LookupRefused, PlatformError) as refused:
                yield Taken(part.name, name, str(refused)[:LONGEST_TOLD])
            except ODD as error:
                yield Taken(part.name, name, f"It is not as an export writes it: {error}."[:LONGEST_TOLD])


def _parts() -> list[TransferPart]:
    own = [
        TransferPart("holidays", _holidays_write, _holidays_take, rank=10),
        TransferPart("plans", _plans_write, _plan_take, rank=90),
    ]
    return sorted([*own, *transfer_parts], key=lambda part: part.rank)


def _holidays_write(tenant: Tenant) -> list[dict[str, Any]]:
    found = HolidayCalendar.objects.filter(tenant=tenant)
    return [{"name": each.name, "days": each.days, "ics": each.ics, "ics_name": each.ics_name} for each in found]


def _holidays_take(tenant: Tenant, item: Mapping[str, Any], actor: Actor, replaces: bool) -> str:
    before = HolidayCalendar.objects.filter(tenant=tenant, name=item["name"]).first()
    if before is not None and not replaces:
        raise TransferRefused("There is a holiday calendar of that name already.")
    made = HolidayCalendar(tenant=tenant, name=item["name"], days=item["days"])
    ics = item["ics"].encode() if item.get("ics") else None
    try:
        saved = calendar_save(
            tenant=tenant,
            name=made.name,
            days=days_written(made),
            ics=ics,
            ics_name=str(item.get("ics_name", "")),
            actor=actor,
            calendar=before,
        )
    except HolidaysRefused as refused:
        raise TransferRefused(str(refused)) from refused
    return saved.name


PLAIN = ("name", "kind", "list_name", "options", "time_zone", "times", "rule", "late_rule", "late_minutes")


def _plans_write(tenant: Tenant) -> list[dict[str, Any]]:
    return [
        {
            **{name: getattr(plan, name) for name in PLAIN},
            "campaign": plan.campaign_name,
            "options": {name: str(value) for name, value in _options(plan).items()},
            "first_day": plan.first_day,
            "last_day": plan.last_day,
            "calendar": plan.calendar.name if plan.calendar else "",
            "exceptions": plan.exceptions,
        }
        for plan in plans_of(tenant=tenant).exclude(state=PlanState.ENDED)
    ]


def _options(plan: Any) -> dict[str, Any]:
    """Return a plan's options; what it is about goes by its name, since numbers are those of one installation."""
    about = plan.campaign_id.removeprefix("rule:")
    return {
        name: plan.campaign_name if name in ("report", "rule") and str(value) == about else value
        for name, value in plan.options.items()
    }


def _plan_take(tenant: Tenant, item: Mapping[str, Any], actor: Actor, replaces: bool) -> str:
    before = plans_of(tenant=tenant).filter(name=item["name"]).first()
    if before is not None:
        raise TransferRefused("There is a plan of that name already: remove it first, since it may be at work.")
    calendar = HolidayCalendar.objects.filter(tenant=tenant, name=item.get("calendar", "")).first()
    if item.get("calendar") and calendar is None:
        raise TransferRefused(f"There is no holiday calendar “{item['calendar']}” here.")
    try:
        exceptions = {date.fromisoformat(day): times_read(said) for day, said in item.get("exceptions", {}).items()}
        wish = PlanWish(
            name=item["name"],
            kind=item["kind"],
            campaign=item["campaign"],
            list_name=item.get("list_name", ""),
            options=item.get("options", {}),
            time_zone=item["time_zone"],
            times=item["times"],
            first_day=date.fromisoformat(str(item["first_day"])),
            last_day=date.fromisoformat(str(item["last_day"])) if item.get("last_day") else None,
            rule=item.get("rule", ""),
            calendar=calendar,
            exceptions=exceptions,
            late_rule=LateRule(item.get("late_rule", LateRule.SKIP)),
            late_minutes=int(item.get("late_minutes", 60)),
            held_reason=HELD,
        )
        plan = plan_add(tenant=tenant, wish=wish, actor=actor)
    except (PlanRefused, TimingRefused) as refused:
        raise TransferRefused(str(refused)) from refused
    return plan.name


def _log(verb: Verb, tenant: Tenant, actor: Actor, message: str) -> None:
    audit_record(
        verb=verb,
        tenant=tenant,
        actor=actor.user,
        actor_name=actor.called,
        target_kind="tenant",
        target_id=str(tenant.pk),
        target_name=tenant.name,
        message=message,
    )
