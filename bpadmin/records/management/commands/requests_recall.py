"""manage.py requests_recall TENANT SOURCE: put many requests back into dialling, by a filter or a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.counts import counted
from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.platforms.sources import Source
from bpadmin.records.management.filters import FILTER_HELP, conditions_argument
from bpadmin.records.management.recall_arguments import terms_add, terms_said
from bpadmin.records.requests.recalls import requests_found, requests_recall
from bpadmin.records.services import source_find
from bpadmin.tenants.management.base import OK, SOME_REJECTED, CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client


class Command(TenantCommand):
    """Put many requests back into dialling."""

    help = (
        "Put the requests that a filter finds, or those of a file, back into dialling on the same terms, where the "
        "platform offers that. Exit code 0: all; 3: some; 1: none. Without --yes it says how many they are."
    )
    needs = Capability.REQUEST_RECALL
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, LookupRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add SOURCE, which requests, and the terms."""
        super().add_arguments(parser)
        parser.add_argument("source", metavar="SOURCE", help="name or id, as the page of records has it")
        parser.add_argument("--filter", default="", metavar="JSON", help=FILTER_HELP)
        parser.add_argument("--file", default="", metavar="FILE", help="ids of requests, one a line; -: standard input")
        parser.add_argument("--yes", action="store_true", help="they are to be called again")
        terms_add(parser)

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Find the requests and put them back, one after another."""
        if bool(options["filter"]) == bool(options["file"]):
            raise CommandRefused("Say which requests: --filter JSON or --file FILE.")
        source = source_find(tenant=tenant, name_or_id=options["source"])
        terms = terms_said(options, tenant)
        found = _ids(options["file"]) if options["file"] else _filtered(tenant, source, options["filter"])
        if not options["yes"]:
            raise CommandRefused(
                f"{counted(len(found), 'request')} would go back into dialling. Say --yes to have it so."
            )
        rows = []
        acts = requests_recall(tenant=tenant, source=source, request_ids=found, terms=terms, actor=Actor(name="shell"))
        for request_id, act in acts:
            self.say(act.sentence)
            rows.append({"id": request_id, "outcome": act.outcome.value, "message": act.sentence})
        done = sum(row["outcome"] == "done" for row in rows)
        self.say(f"{done:,} of {len(rows):,} put back into dialling.")
        code = OK if done == len(rows) else SOME_REJECTED if done else 1
        return Result({"tenant": tenant.slug, "source": source.id, "recalled": done, "requests": rows}, code)


def _filtered(tenant: Tenant, source: Source, text: str) -> list[str]:
    with tenant_client(tenant) as client:
        return requests_found(client, source.id, conditions_argument(text, client.source_filters(source.id), tenant))


def _ids(path: str) -> list[str]:
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandRefused(f"{path} cannot be read: {error}") from error
    return [line.strip() for line in text.splitlines() if line.strip()]
