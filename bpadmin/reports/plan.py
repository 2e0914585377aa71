"""The plan that makes a report and has it delivered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bpadmin.audit.models import Outcome
from bpadmin.counts import counted
from bpadmin.dialler.types import Actor
from bpadmin.plans.kinds import Aim, KindRefused, Look, Option, PlanKind, Step
from bpadmin.platforms.base import Capability
from bpadmin.reports.making import edition_begin, edition_look
from bpadmin.reports.models import OPEN_DELIVERIES, DeliveryState, Edition, EditionState, Report
from bpadmin.reports.services import PLAN_KIND, ReportRefused, report_find

if TYPE_CHECKING:
    from bpadmin.plans.models import PlanRun
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

LOOK_SECONDS = 15.0
# What takes longer than a night is no matter of waiting any more.
MOST_LOOKS = 12 * 60 * 4


class MakeReport(PlanKind):
    """Make a report for the days before the planned time, and deliver it."""

    key, label, icon = PLAN_KIND, "Make a report", "download"
    help = "Its file is made for the days before that time, and goes to the destinations of the report."
    needs = Capability.SOURCES_READ
    takes_campaign = False
    takes_list = False
    options = (Option("report", "Report", "text", help="Name or number of a report."),)

    def aim(self, tenant: Tenant, *, campaign: str, list_name: str, options: Mapping[str, str]) -> Aim:
        """Find the report."""
        try:
            report = report_find(tenant=tenant, name_or_number=options.get("report", ""))
        except ReportRefused as refused:
            raise KindRefused(str(refused), "report") from refused
        return Aim(str(report.pk), report.name, options={"report": report.pk})

    def words(self, aim: Any) -> str:
        """Say what is done."""
        return f"make the report “{aim.campaign_name}”"

    def requests(self, plan: Any) -> int:
        """Figures cost nothing: they are read anyway. Records cost a call for each thousand, which nobody knows yet."""
        return 0

    def look(self, run: PlanRun, client: PlatformClient, now: datetime) -> Look:
        """Expect the report to be there."""
        report = Report.objects.filter(tenant=run.tenant, pk=run.plan.option("report")).first()
        if report is None:
            return Look(False, "The report was removed, so there is nothing to make.")
        return Look(True, f"Make the report “{report.name}”.", report)

    def act(self, run: PlanRun, look: Look, actor: Actor, now: datetime) -> Step:
        """Begin, then wait until the file is made and every delivery has ended."""
        number, looks = run.memory.get("edition"), int(run.memory.get("looks", 0))
        if number is None:
            try:
                edition = edition_begin(report=look.found, actor=actor, moment=run.planned_at, now=now)
            except ReportRefused as refused:
                return Step(Outcome.REFUSED, str(refused))
        else:
            found = Edition.objects.select_related("report", "tenant").filter(pk=number).first()
            if found is None:
                return Step(Outcome.REFUSED, "The report was removed while it was made.")
            edition = edition_look(found)
        return _step(edition, looks)


def _step(edition: Edition, looks: int) -> Step:
    deliveries = list(edition.deliveries.all())
    is_open = edition.state == EditionState.MAKING or any(each.state in OPEN_DELIVERIES for each in deliveries)
    if is_open and looks < MOST_LOOKS:
        words = "It is delivered." if deliveries else edition.sentence or "It is being made."
        memory = {"edition": edition.pk, "looks": looks + 1}
        return Step(Outcome.DONE, words, wait=LOOK_SECONDS, memory=memory)
    if edition.state == EditionState.FAILED:
        return Step(Outcome.REFUSED, f"{edition.file_name} could not be made. {edition.sentence}")
    if not edition.is_complete:
        return Step(Outcome.REFUSED, f"{edition.file_name} was made and not sent. {edition.sentence}")
    failed = [each for each in deliveries if each.state != DeliveryState.SENT]
    if failed:
        told = " ".join(f"{each.destination_name}: {each.sentence}" for each in failed)
        return Step(Outcome.REFUSED, f"{edition.file_name} did not arrive everywhere. {told}")
    sent = f"sent to {counted(len(deliveries), 'place')}" if deliveries else "kept here, since it goes nowhere"
    return Step(Outcome.DONE, f"{edition.file_name} is made and {sent}. {edition.sentence}")
