"""manage.py dnc_replace TENANT DNC --file FILE: replace a Do Not Call list's contents without a gap."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from bpadmin.counts import percent_words
from bpadmin.jobs.management.foreground import job_drive_here
from bpadmin.jobs.management.progress import ProgressLine
from bpadmin.jobs.models import Job
from bpadmin.jobs.services import IllegalMove
from bpadmin.tenants.management.base import CommandRefused, Result
from bpadmin.tenants.models import Tenant
from dnc.files.confirm import NO_REASON, lacks_reason
from dnc.files.options import Way
from dnc.files.replace import Difference, difference_of, dnc_replace_confirm
from dnc.kinds import DNC_REPLACE
from dnc.lists.sync import DncRefused
from dnc.management.base import DncCommand


class Command(DncCommand):
    """Replace the contents of a Do Not Call list."""

    help = (
        "Replace the contents of a Do Not Call list by a file's: what is new is added first, and only then what is "
        "gone is removed, so that no number of both is ever dialled."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add DNC, --file and the guards."""
        super().add_arguments(parser)
        parser.add_argument("dnc", metavar="DNC", help="name or id of the list")
        self.add_file_arguments(parser)
        parser.add_argument(
            "--comment", "--reason", default="", help="why; kept with the entries and in the evidence, needed to remove"
        )
        parser.add_argument(
            "--max-shrink", type=float, metavar="PERCENT", help="refuse to remove more of the list than this"
        )
        parser.add_argument(
            "--empty-first", action="store_true", help="empty the list first: its numbers may be dialled"
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Check, show the difference, ask, and send."""
        if not options["file"]:
            raise CommandRefused("Give the new contents with --file FILE.")
        dnc_list = self.find(tenant, options["dnc"])
        way = Way.EMPTYING if options["empty_first"] else Way.DIFFERENCE
        job = self.file_checked(dnc_list, DNC_REPLACE, options, way=way)
        difference = difference_of(job)
        if difference is None:
            raise CommandRefused("The file could not be compared with the list.")
        self._tell(difference)
        if options["dry_run"]:
            return self.dry_run_told(job, options, _data(difference))
        try:
            self._confirm(job, difference, options)
        except (CommandRefused, DncRefused, IllegalMove) as refused:
            self.abandon(job)
            raise CommandRefused(str(refused), **_data(difference)) from refused
        line = ProgressLine(sys.stderr)
        try:
            job = job_drive_here(job=job, show=line.show, actor_name=self.actor.name)
        finally:
            line.end()
        result = self.job_told(job, options)
        return Result({**_data(difference), **result.data}, result.exit_code)

    def _confirm(self, job: Job, difference: Difference, options: dict[str, Any]) -> None:
        self.questions_ask(job, options)
        typed, limit = "", options["max_shrink"]
        questions = [*filter(None, [difference.shrink_question(limit), *difference.other_questions])]
        for question in questions:
            self.stderr.write(question)
        if lacks_reason(job):
            raise DncRefused(" ".join([*questions, NO_REASON, "Say it with --reason."]))
        # What --yes answers stands above; how much may go is said by --max-shrink alone.
        if questions and sys.stdin.isatty() and not options["yes"] and options["file"] != "-":
            self.stderr.write(f"Type the list's name to go on: {job.target_name}")
            typed = input("> ")
        dnc_replace_confirm(
            job=job,
            actor=self.actor,
            typed_name=typed,
            max_shrink=limit,
            is_sure=options["yes"],
            accepted=options["accept"],
            ring=False,
        )

    def _tell(self, difference: Difference) -> None:
        self.say(
            f"{difference.new:,} to add, {difference.gone:,} to remove ({percent_words(difference.shrink)}), "
            f"{difference.kept:,} stay; {difference.known:,} are known to be in the list."
        )
        if difference.new_samples:
            self.say(f"  to add: {', '.join(difference.new_samples)}{' …' if difference.new > 10 else ''}")
        if difference.gone_samples:
            self.say(f"  to remove: {', '.join(difference.gone_samples)}{' …' if difference.gone > 10 else ''}")
        for warning in difference.warnings:
            self.say(f"  {warning}")


def _data(difference: Difference) -> dict[str, Any]:
    return {"difference": {**asdict(difference), "shrink_percent": round(difference.shrink, 2)}}
