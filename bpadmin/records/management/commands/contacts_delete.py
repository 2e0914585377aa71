"""manage.py contacts_delete TENANT: delete contacts by their user data, said or in a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.approvals.services import MANY, is_two_people
from bpadmin.dialler.types import Actor
from bpadmin.jobs.choices import IllegalMove
from bpadmin.jobs.management.foreground import job_drive_here
from bpadmin.jobs.models import Job
from bpadmin.jobs.pages.presenters import JobView
from bpadmin.platforms.base import Capability
from bpadmin.platforms.sources import Source
from bpadmin.records.contacts.services import EFFECT, contacts_delete, user_data_read
from bpadmin.records.kinds import CONTACTS_DELETE
from bpadmin.records.many.rows import USER_DATA, Fate, ManyRefused, rows_told
from bpadmin.records.many.services import many_begin, many_go, many_waiting
from bpadmin.records.models import ManyRows
from bpadmin.tenants.management.base import OK, SOME_REJECTED, CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant

SHELL = Actor(name="shell")
# Contacts are found by their user data wherever they are.
EVERYWHERE = Source("", "All campaigns")
OUTCOMES = {Fate.DONE: "done", Fate.REFUSED: "refused"}


class Command(TenantCommand):
    """Delete contacts by their user data."""

    help = (
        "Delete contacts by their user data, where the platform offers that; user data that several contacts share is "
        "passed over. It cannot be taken back. Many wait for another person, where the tenant is under the rule of two "
        "people. Exit code 0: all are deleted; 3: some; 1: none."
    )
    needs = Capability.CONTACTS_DELETE
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, IllegalMove, ManyRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add whom to delete, and the word that they are meant."""
        super().add_arguments(parser)
        add = parser.add_argument
        add("--user-data", action="append", default=[], metavar="VALUE", help="user data of a contact")
        add("--file", metavar="FILE", help="a text in UTF-8 with user data, one a line; - reads standard input")
        add("--yes", action="store_true", help="they are to be deleted; without it nothing happens")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Delete one contact after another and say what came of each."""
        wanted = user_data_read([*options["user_data"], *_lines(options["file"])])
        if not wanted:
            raise CommandRefused("Whom to delete is not said: --user-data VALUE, or --file FILE with one a line.")
        if not options["yes"]:
            raise CommandRefused(f"{EFFECT} Say --yes to delete {len(wanted):,} by their user data.")
        if len(wanted) > MANY and is_two_people(tenant):
            return self._by_two(tenant, wanted)
        rows = []
        for user_data, act in contacts_delete(tenant=tenant, user_data=wanted, actor=SHELL):
            self.say(act.sentence)
            rows.append({"user_data": user_data, "outcome": act.outcome.value, "message": act.sentence})
        return self._told(tenant, rows)

    def _by_two(self, tenant: Tenant, wanted: list[str]) -> Result:
        """Order a job and ask for the other person, once; where the rule has gone meanwhile, it is done here."""
        job = many_waiting(kind=CONTACTS_DELETE, tenant=tenant, source=EVERYWHERE, keys=wanted, by=USER_DATA)
        if job is None:
            job = self._driven(
                many_begin(
                    kind=CONTACTS_DELETE,
                    tenant=tenant,
                    source=EVERYWHERE,
                    actor=SHELL,
                    keys=wanted,
                    by=USER_DATA,
                    ring=False,
                )
            )
        many_go(job=job, actor=SHELL)
        job = self._driven(job)
        rows = [
            {"user_data": row.key, "outcome": OUTCOMES.get(row.fate, "unknown"), "message": row.sentence}
            for row in rows_told(ManyRows.objects.get(job=job))
        ]
        self.say(job.told_message)
        return self._told(tenant, rows)

    def _driven(self, job: Job) -> Job:
        said: list[str] = []

        def show(view: JobView) -> None:
            if view.job.told_message and view.job.told_message not in said[-1:]:
                said.append(view.job.told_message)
                self.stderr.write(view.job.told_message)

        return job_drive_here(job=job, show=show, actor_name=SHELL.called)

    def _told(self, tenant: Tenant, rows: list[dict[str, str]]) -> Result:
        done = sum(row["outcome"] == "done" for row in rows)
        self.say(f"{done:,} of {len(rows):,} deleted.")
        code = OK if done == len(rows) else SOME_REJECTED if done else 1
        return Result({"tenant": tenant.slug, "asked": len(rows), "deleted": done, "contacts": rows}, code)


def _lines(path: str | None) -> Iterable[str]:
    if not path:
        return ()
    try:
        if path == "-":
            return sys.stdin.read().splitlines()
        return Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandRefused(f"{path} cannot be read: {error}") from error
