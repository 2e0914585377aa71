"""Reports in the one file of what acts by itself; destinations go by their names, and their secrets stay here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpadmin.dialler.types import Actor
from bpadmin.plans.extensions import TransferPart
from bpadmin.plans.transfer import TransferRefused
from bpadmin.reports.content import Figures, Records
from bpadmin.reports.destinations import destinations_of
from bpadmin.reports.models import Subject
from bpadmin.reports.services import ReportRefused, ReportWish, report_save, reports_of

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

PLAIN = ("name", "subject", "content", "period", "format", "time_zone", "file_name")


def _write(tenant: Tenant) -> list[dict[str, Any]]:
    return [
        {
            **{name: getattr(report, name) for name in PLAIN},
            "destinations": [each.name for each in report.destinations.all()],
        }
        for report in reports_of(tenant=tenant)
    ]


def _take(tenant: Tenant, item: Mapping[str, Any], actor: Actor, replaces: bool) -> str:
    before = reports_of(tenant=tenant).filter(name=item["name"]).first()
    if before is not None and not replaces:
        raise TransferRefused("There is a report of that name already.")
    wanted = list(item.get("destinations", ()))
    places = list(destinations_of(tenant=tenant).filter(name__in=wanted))
    if missing := [name for name in wanted if name not in {each.name for each in places}]:
        raise TransferRefused(f"There is no destination “{missing[0]}” here: add it first.")
    wish = ReportWish(
        name=item["name"],
        content=(Figures if item["subject"] == Subject.RESULTS else Records).from_json(item["content"]),
        period=item["period"],
        format=item["format"],
        time_zone=item["time_zone"],
        file_name=item["file_name"],
        destinations=places,
    )
    try:
        return report_save(tenant=tenant, wish=wish, actor=actor, report=before).name
    except ReportRefused as refused:
        raise TransferRefused(str(refused)) from refused


PART = TransferPart("reports", _write, _take, rank=40)
