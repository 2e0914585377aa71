"""manage.py find TENANT TEXT: anything by name or id, and a number over all that is held."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.finding.names import names_find
from bpadmin.finding.numbers import Came, contacts_ask, lists_ask, looks_like_key, number_find, uploads_find
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CallingList
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.times.local_times import clock_line
from lists.records.services import Found


class Command(TenantCommand):
    """Find something."""

    help = "Find what is called or numbered so; a phone number or key in everything that is held, and live with --ask."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the text."""
        super().add_arguments(parser)
        parser.add_argument("text", metavar="TEXT")
        parser.add_argument("--uploads", action="store_true", help="look through the rows of kept uploads as well")
        parser.add_argument(
            "--ask", action="store_true", help="ask the dialler in every list whose key it can be, or for contacts"
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Find it."""
        text = options["text"]
        hits = names_find(tenant=tenant, role=Role.ADMINISTRATOR, text=text)
        for hit in hits:
            self.say(f"{hit.what}: {hit.name}  {hit.note}  {hit.url}")
        data: dict[str, Any] = {
            "text": text,
            "found": [{"what": each.what, "name": each.name, "path": each.url, "note": each.note} for each in hits],
        }
        if looks_like_key(text):
            data["number"] = self._number(tenant, text)
        if options["uploads"]:
            data["uploads"] = self._uploads(tenant, text)
        if options["ask"]:
            finds_contacts = Capability.CONTACTS_FIND in capabilities_known(tenant)
            data["asked"] = self._contacts(tenant, text) if finds_contacts else self._asked(tenant, text)
        return Result(data)

    def _number(self, tenant: Tenant, text: str) -> dict[str, Any]:
        found = number_find(tenant=tenant, text=text)
        if found.why is not None:
            self.say(found.why.sentence)
        for tried in found.attempts:
            self.say(f"{clock_line(tried.at, tenant.time_zone)}  {tried.campaign}  {tried.disposition}")
        return {
            "blocked": found.why.is_blocked if found.why else None,
            "why": found.why.sentence if found.why else None,
            "results_read_until": found.known.until.isoformat() if found.known.until else None,
            "held_in": [
                {"campaign": each.source.campaign_name, "list": each.source.title, "place": each.place}
                for each in found.held
            ],
            "attempts": [
                {
                    "at": each.at.isoformat(),
                    "campaign": each.campaign,
                    "list": each.list,
                    "disposition": each.disposition,
                    "seconds": each.seconds,
                }
                for each in found.attempts
            ],
            "lists_to_ask": found.askable,
        }

    def _uploads(self, tenant: Tenant, text: str) -> dict[str, Any]:
        came: list[Came] = []
        before = 0
        while True:
            part = uploads_find(tenant=tenant, text=text, before=before)
            came += part.came
            before = part.next
            if not before:
                break
        for each in came:
            self.say(f"Job {each.job.pk}, {each.job.file_name}: row {each.row:,}")
        return {
            "looked": part.looked,
            "total": part.total,
            "came": [{"job": each.job.pk, "file": each.job.file_name, "row": each.row} for each in came],
        }

    def _contacts(self, tenant: Tenant, text: str) -> dict[str, Any]:
        found = contacts_ask(tenant=tenant, text=text)
        for each in found:
            self.say(f"Contact {each.id}: {each.user_data}  {each.campaign}")
        return {"contacts": [{"id": e.id, "user_data": e.user_data, "campaign": e.campaign} for e in found]}

    def _asked(self, tenant: Tenant, text: str) -> dict[str, Any]:
        found: list[tuple[CallingList, Found, str]] = []
        troubles: list[tuple[str, str]] = []
        start = 0
        while True:
            part = lists_ask(tenant=tenant, text=text, start=start)
            found += part.found
            troubles += part.troubles
            start = part.next
            if not start:
                break
        for calling_list, record, _ in found:
            self.say(f"In {calling_list.name}: {len(record.timeline)} attempts")
        return {
            "asked": part.asked,
            "found": [{"list": one.name, "id": one.id, "attempts": len(rec.timeline)} for one, rec, _ in found],
            "troubles": [{"list": name, "trouble": words} for name, words in troubles],
        }
