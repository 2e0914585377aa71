"""What dnc_add and dnc_delete are: keys on the command line at once, or a file by a job in the foreground."""

from __future__ import annotations

import sys
from datetime import date
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.jobs.kinds import JobKind
from bpadmin.jobs.management.foreground import job_drive_here
from bpadmin.jobs.management.progress import ProgressLine
from bpadmin.tenants.management.base import CommandRefused, Result, confirm_typed
from bpadmin.tenants.models import Tenant
from dnc.entries.everywhere import lists_for
from dnc.entries.ledger import Dates
from dnc.entries.manual import ListOutcome, block_question, dnc_add, dnc_delete
from dnc.files.confirm import NO_REASON, dnc_file_confirm, removal_count, removal_question
from dnc.kinds import DNC_ADD
from dnc.lists.sync import DncRefused, dnc_lists_refresh
from dnc.management.base import DncCommand

EVERYWHERE = "all"


class ChangingCommand(DncCommand):
    """Base of dnc_add and dnc_delete."""

    kind: ClassVar[JobKind]

    def add_arguments(self, parser: CommandParser) -> None:
        """Add DNC, KEY…, --file and the rest."""
        super().add_arguments(parser)
        parser.add_argument(
            "dnc", metavar="DNC", help=f"name or id of the list; “{EVERYWHERE}”: the lists of own opt-outs that fit"
        )
        parser.add_argument("keys", nargs="*", metavar="KEY", help="number, code or value")
        parser.add_argument(
            "--comment", "--reason", default="", help="why; kept with the entry and in the evidence, needed to remove"
        )
        if self.kind is DNC_ADD:
            parser.add_argument("--expires", metavar="DATE", help="take it out again on this day, such as 2026-12-31")
        self.add_file_arguments(parser)

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Change the list."""
        if bool(options["keys"]) == bool(options["file"]):
            raise CommandRefused("Give either keys or --file FILE.")
        dates = Dates(expires_on=_day(options.get("expires")))
        if options["file"]:
            return self._file(tenant, options, dates)
        if options["dnc"] == EVERYWHERE:
            dnc_lists_refresh(tenant=tenant)  # one that a campaign has used only since must not be left out
        lists = None if options["dnc"] == EVERYWHERE else [self.find(tenant, options["dnc"])]
        text, comment, actor = "\n".join(options["keys"]), options["comment"], self.actor
        found: tuple[ListOutcome, ...]
        if self.kind is DNC_ADD:
            found = dnc_add(tenant=tenant, text=text, actor=actor, lists=lists, comment=comment, dates=dates)
        else:
            chosen = lists if lists is not None else lists_for(tenant, options["keys"])
            if comment.strip() and (question := block_question(chosen, text)):
                confirm_typed(self, question, name=chosen[0].name, is_sure=options["yes"])
            found = dnc_delete(tenant=tenant, text=text, actor=actor, lists=chosen, comment=comment, is_sure=True)
        return self.outcomes_told(found)

    def _file(self, tenant: Tenant, options: dict[str, Any], dates: Dates) -> Result:
        if options["dnc"] == EVERYWHERE:
            raise CommandRefused("A file goes into one list: name it.")
        job = self.file_checked(self.find(tenant, options["dnc"]), self.kind, options, dates=dates)
        if options["dry_run"]:
            self.say(f"{job.n_not_sent - removal_count(job):,} to add, {removal_count(job):,} to remove.")
            return self.dry_run_told(job, options)
        try:
            self.questions_ask(job, options)
            if question := removal_question(job):
                if not options["comment"].strip():
                    raise DncRefused(f"{question} {NO_REASON} Say it with --reason.")
                confirm_typed(self, question, name=job.target_name, is_sure=options["yes"])
            dnc_file_confirm(job=job, actor=self.actor, is_sure=bool(question), accepted=options["accept"], ring=False)
        except (CommandRefused, DncRefused):
            self.abandon(job)
            raise
        line = ProgressLine(sys.stderr)
        try:
            job = job_drive_here(job=job, show=line.show, actor_name=self.actor.name)
        finally:
            line.end()
        return self.job_told(job, options)


def _day(said: str | None) -> date | None:
    if not said:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise CommandRefused(f"{said} is no day; write one such as 2026-12-31.") from error
