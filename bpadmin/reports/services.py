"""Reports: kept, found, removed; what they show and for which days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.plans.models import Plan
from bpadmin.platforms.base import Capability
from bpadmin.platforms.results import END, START
from bpadmin.platforms.types import RecordKind
from bpadmin.records.exports.order import ExportOrder, ExportRefused
from bpadmin.records.exports.presets import Period
from bpadmin.reports.content import Figures, Records
from bpadmin.reports.files import files_forget
from bpadmin.reports.models import NAME_LENGTH, Destination, Report, ReportFormat, Subject
from bpadmin.results.pages.tables import TABLES
from bpadmin.results.reading.identity import settings_of
from bpadmin.tenants.access import role_of
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.models import Role
from bpadmin.tenants.services import tenant_client
from bpadmin.tenants.times.zones import time_zones
from bpadmin.texts import text_clean

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

MOST = 200
PLAN_KIND = "report.make"
FILE_NAME = "{report} {period}"
WORDS = ("report", "period", "from", "until", "tenant", "title")
UNFIT = re.compile(r'[\x00-\x1f/\\:*?"<>|]')


class ReportRefused(Exception):
    """A report cannot be like this, or not be made now; the message is a sentence, `field` names the input."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWish:
    """What a person wants of a report; texts are as they typed them."""

    name: str
    content: Figures | Records
    period: str = ""
    format: str = ReportFormat.CSV.value
    time_zone: str = ""
    file_name: str = ""
    destinations: Sequence[Destination] = field(default_factory=tuple)


def reports_of(*, tenant: Tenant) -> QuerySet[Report]:
    """Return a tenant's reports by name."""
    return Report.objects.filter(tenant=tenant).select_related("tenant").prefetch_related("destinations")


def report_find(*, tenant: Tenant, name_or_number: str) -> Report:
    """Find a report by its name or number. Raises ReportRefused."""
    typed = name_or_number.strip()
    found = reports_of(tenant=tenant).filter(name=typed).first()
    if found is None and typed.isdecimal() and typed.isascii() and len(typed) < 18:
        found = reports_of(tenant=tenant).filter(pk=int(typed)).first()
    if found is None:
        raise ReportRefused(f"There is no report “{typed}” in {tenant.name}.", "report")
    return found


def report_save(*, tenant: Tenant, wish: ReportWish, actor: Actor, report: Report | None = None) -> Report:
    """Keep a report, a new one or another shape of `report`. Raises ReportRefused and PlatformError."""
    role_check(tenant, actor)
    name = " ".join(text_clean(wish.name).split())[:NAME_LENGTH]
    file_name = text_clean(wish.file_name).strip() or FILE_NAME
    time_zone = wish.time_zone or tenant.time_zone
    if not name:
        raise ReportRefused("Give the report a name.", "name")
    if report is None and reports_of(tenant=tenant).count() >= MOST:
        raise ReportRefused(f"A tenant has at most {MOST} reports. Remove some that nobody reads.")
    if wish.period and wish.period not in Period.values:
        raise ReportRefused(f"There are no days called “{wish.period}”.", "period")
    if wish.format not in ReportFormat.values:
        raise ReportRefused(f"There is no kind of file “{wish.format}”.", "format")
    if time_zone not in time_zones():
        raise ReportRefused(f"There is no time zone “{time_zone}”. Write it like America/New_York.", "time_zone")
    if unknown := [each for each in re.findall(r"\{([^}]*)\}?", file_name) if each not in WORDS]:
        known = ", ".join(f"{{{each}}}" for each in WORDS)
        raise ReportRefused(f"The file's name can hold {known}, but not {{{unknown[0]}}}.", "file_name")
    (_figures_check if isinstance(wish.content, Figures) else _records_check)(tenant, wish, time_zone)
    kept = report or Report(tenant=tenant)
    kept.name, kept.file_name, kept.time_zone = name, file_name, time_zone
    kept.subject = Subject.RESULTS if isinstance(wish.content, Figures) else Subject.RECORDS
    kept.content, kept.period, kept.format = wish.content.as_json(), wish.period, wish.format
    kept.owner_name = actor.called
    try:
        with transaction.atomic():
            kept.save()
            kept.destinations.set(wish.destinations)
            words = f"{kept.get_subject_display()} of {wish.content.title}, as {kept.get_format_display()}"
            report_log(Verb.REPORT_CHANGE if report else Verb.REPORT_ADD, kept, actor, words)
    except IntegrityError:
        raise ReportRefused(f"There is a report “{name}” already.", "name") from None
    return kept


def order_keep(tenant: Tenant, order: ExportOrder, actor: Actor) -> str:
    """Keep an order for an export as a report, and return the page on which it gets its days and destinations.

    Raises ExportRefused.
    """
    first = f"Records of {order.name}"[: NAME_LENGTH - 6]
    taken = set(reports_of(tenant=tenant).values_list("name", flat=True))
    names = (first, *(f"{first} ({number})" for number in range(2, MOST + 2)))
    wish = ReportWish(
        name=next(name for name in names if name not in taken),
        content=Records(order),
        format=order.format.value,
        time_zone=order.time_zone,
    )
    try:
        report = report_save(tenant=tenant, wish=wish, actor=actor)
    except ReportRefused as refused:
        raise ExportRefused(str(refused)) from refused
    return reverse("reports:edit", args=[tenant.slug, report.pk])


def tables_offered(tenant: Tenant) -> tuple[str, ...]:
    """Return the names of the tables that figures of a tenant can have.

    By result codes only where it has such, by agents only where it keeps their logins.
    """
    has = {
        "endings": Capability.RESULT_CODES in capabilities_known(tenant),
        "agents": settings_of(tenant).keeps_agents,
    }
    return tuple(name for name in TABLES if has.get(name, True))


def _figures_check(tenant: Tenant, wish: ReportWish, time_zone: str) -> None:
    content = wish.content
    assert isinstance(content, Figures)  # noqa: S101 - for the types: it is chosen by that
    known = tables_offered(tenant)
    if unknown := [each for each in content.tables if each not in known]:
        raise ReportRefused(f"There is no table “{unknown[0]}” here; there are {', '.join(known)}.", "tables")
    if not wish.period:
        raise ReportRefused("Say for which days the figures are.", "period")
    if wish.format == ReportFormat.NDJSON:
        raise ReportRefused("Figures go into Excel, CSV or PDF files.", "format")
    if wish.format == ReportFormat.CSV and len(content.tables) != 1:
        raise ReportRefused("A CSV file holds one table: choose one, or make an Excel file.", "tables")
    if time_zone != tenant.time_zone:
        raise ReportRefused(
            f"Figures are counted by the hours and days of the tenant's clock: choose {tenant.time_zone}.", "time_zone"
        )


def _records_check(tenant: Tenant, wish: ReportWish, time_zone: str) -> None:
    content = wish.content
    assert isinstance(content, Records)  # noqa: S101 - for the types: it is chosen by that
    if wish.format == ReportFormat.PDF:
        raise ReportRefused("A PDF is the print of a page of figures. Records go into CSV or Excel files.", "format")
    order = content.order
    if wish.period and order.sources:
        with tenant_client(tenant) as client:
            names = {each.name for source in order.sources for each in client.source_filters(source.id)}
        if not {START, END} <= names:
            raise ReportRefused("These records cannot be read by their time: choose no days.", "period")
    if wish.period and order.kind == RecordKind.ALL:
        raise ReportRefused(
            "All records are read whatever their time, since a record that was never called has none. Choose completed "
            "records or records that were tried, or no days.",
            "period",
        )
    begin, end = (datetime(2026, 1, 1, tzinfo=ZoneInfo(time_zone)) + timedelta(days=n) for n in (0, 1))
    try:
        content.order_of(begin if wish.period else None, end, wish.format, time_zone).checked()
    except ExportRefused as refused:
        raise ReportRefused(str(refused)) from refused


def report_remove(*, report: Report, actor: Actor) -> None:
    """Remove a report with what is kept of its files; what was delivered stays where it is. Raises ReportRefused.

    A plan that makes it must be removed first: it would find nothing to make.
    """
    role_check(report.tenant, actor)
    if plan := report_plans(report).first():
        raise ReportRefused(f"The plan “{plan.name}” makes this report. Remove the plan first.")
    with transaction.atomic():
        report_log(Verb.REPORT_REMOVE, report, actor, "")
        files_forget(report.editions.all())
        report.delete()


def report_plans(report: Report) -> QuerySet[Plan]:
    """Return the plans that make a report."""
    found = Plan.objects.filter(tenant=report.tenant, kind=PLAN_KIND, campaign_id=str(report.pk))
    return found.select_related("calendar", "tenant")


def role_check(tenant: Tenant, actor: Actor, wanted: Role = Role.SUPERVISOR) -> None:
    """Raise ReportRefused unless the actor has the role; whoever has a shell runs the system."""
    role = role_of(actor.user, tenant) if actor.user else Role.ADMINISTRATOR
    if role is None or not role.covers(wanted):
        raise ReportRefused(f"This needs the role {wanted.label} in {tenant.name}.")


def file_name_of(report: Report, title: str, begin: datetime | None, end: datetime | None, moment: datetime) -> str:
    """Return the name of the file of one period, without what no file system takes."""
    zone = ZoneInfo(report.time_zone)
    first = (begin or moment).astimezone(zone).date()
    # The end is the midnight after the last day.
    last = ((end or moment).astimezone(zone) - timedelta(seconds=1)).date() if begin else first
    values = {
        "report": report.name,
        "period": f"{first}" if first >= last else f"{first} to {last}",
        "from": f"{first}",
        "until": f"{max(first, last)}",
        "tenant": report.tenant.slug,
        "title": title,
    }
    name = re.sub(r"\{(\w+)\}", lambda found: values[found[1]], report.file_name)
    name = UNFIT.sub("-", name).strip(" .")[:150] or "report"
    return f"{name}.{report.format}"


def report_log(verb: Verb, report: Report, actor: Actor, message: str) -> None:
    """Write into the activity log what became of a report."""
    audit_record(
        verb=verb,
        tenant=report.tenant,
        actor=actor.user,
        actor_name=actor.called,
        target_kind="report",
        target_id=str(report.pk),
        target_name=report.name,
        message=message,
    )
