"""manage.py recycle TENANT LIST: call records of a list again, in a new list or in one that there is."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.jobs.management.foreground import job_drive_here
from bpadmin.jobs.management.progress import job_numbers
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import IllegalMove, job_cancel
from bpadmin.platforms.base import Capability
from bpadmin.results.models import DispositionGroup
from bpadmin.results.selection import AttemptFilter
from bpadmin.tenants.management.base import (
    FAILED,
    OK,
    SOME_REJECTED,
    CommandRefused,
    Result,
    TenantCommand,
    confirm_yes,
)
from bpadmin.tenants.models import Tenant
from lists.models import Recycling
from lists.recycling.handler import counts_told, preview_words, recycle_remote
from lists.recycling.services import (
    NEW_NAME,
    RecycleRefused,
    RecycleWish,
    is_asking,
    recycle_ask,
    recycle_begin,
    rule_find,
    rule_remove,
    rule_run,
    rule_save,
)
from lists.uploads.target.place import target_find

SHELL = Actor(name="shell")
ENDED_WELL = {JobState.SUCCEEDED: OK, JobState.PARTIAL: SOME_REJECTED}


class Command(TenantCommand):
    """Recycle a list."""

    help = (
        "Choose records of a list by their attempts and send them into a new list, or into one that there is. Exit "
        "code 0: every row is in the list; 3: some are not, or somebody has to answer something first; 1: it failed."
    )
    needs = Capability.RECORDS_ADD
    refusals: ClassVar[tuple[type[Exception], ...]] = (
        *TenantCommand.refusals,
        RecycleRefused,
        LookupRefused,
        IllegalMove,
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add LIST, which of its records and where to."""
        super().add_arguments(parser)
        add = parser.add_argument
        add("list", metavar="LIST", nargs="?", default="", help="name or id of the list; not with --rule")
        groups = [each.value for each in DispositionGroup if each.value]
        add("--group", action="append", default=[], choices=groups, help="the last attempt counts as this")
        add("--disposition", action="append", default=[], metavar="NAME", help="the last attempt ended so")
        add("--least", type=int, default=1, metavar="N", help="at least so many attempts in the list")
        add("--most", type=int, default=0, metavar="N", help="at most so many attempts in the list")
        add("--age", type=int, default=24, metavar="HOURS", help="since the last attempt in any list (default: 24)")
        add("--with-contacted", action="store_true", help="also who was contacted since")
        add("--cap", type=int, default=0, metavar="N", help="fewer attempts in all lists than this")
        add("--cap-days", type=int, default=0, metavar="DAYS", help="of --cap: within so many days, else ever")
        add("--into", default="", metavar="LIST", help="a list that there is; else a new one")
        add("--name", default=NEW_NAME, metavar="NAME", help=f"of the new list (default: {NEW_NAME})")
        add("--count-field", default="", metavar="FIELD", help="field for the attempts so far")
        add("--keep-rule", default="", metavar="NAME", help="keep this as a rule, and recycle nothing now")
        add("--rule", default="", metavar="NAME", help="recycle by this rule")
        add("--remove-rule", default="", metavar="NAME", help="forget this rule")
        add("--dry-run", action="store_true", help="count, and send nothing")
        add("--yes", action="store_true", help="send without asking; needed where there is no terminal")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Count, ask, send, and account for every row."""
        if options["remove_rule"]:
            rule = rule_find(tenant=tenant, name_or_number=options["remove_rule"])
            rule_remove(rule=rule, actor=SHELL)
            return Result({"tenant": tenant.slug, "removed": rule.name})
        if options["rule"]:
            rule = rule_find(tenant=tenant, name_or_number=options["rule"])
            if options["dry_run"]:
                raise CommandRefused("A rule says yes by itself: leave out --rule to count only.")
            return self._told(self._driven(rule_run(rule=rule, actor=SHELL, ring=False)))
        if not options["list"]:
            raise CommandRefused("Name a list, or a rule with --rule.")
        wish = self._wish(tenant, options)
        if options["keep_rule"]:
            kept = rule_save(tenant=tenant, name=options["keep_rule"], wish=wish, actor=SHELL)
            self.say(f"The rule “{kept.name}” is kept: {wish.wanted.words}.")
            return Result({"tenant": tenant.slug, "rule": kept.name, "filter": kept.filter})
        job = self._driven(recycle_ask(tenant=tenant, wish=wish, actor=SHELL, ring=False))
        if not is_asking(job):
            return self._told(job)
        self.stderr.write(preview_words(recycle_remote(job)))
        if options["dry_run"]:
            told = {"job": job.pk, "counts": counts_told(recycle_remote(job)), "dry_run": True}
            job_cancel(job=job, actor_name=SHELL.called)
            return Result(told)
        try:
            confirm_yes(self, f"They go into “{job.recycling.target_name}”.", is_sure=options["yes"])
        except CommandRefused:
            job_cancel(job=job, actor_name=SHELL.called)
            raise
        return self._told(self._driven(recycle_begin(job=job, actor=SHELL)))

    def _wish(self, tenant: Tenant, options: dict[str, Any]) -> RecycleWish:
        return RecycleWish(
            source=target_find(tenant=tenant, name_or_id=options["list"]),
            wanted=AttemptFilter(
                groups=tuple(options["group"]),
                dispositions=tuple(options["disposition"]),
                least=options["least"],
                most=options["most"],
                age_hours=options["age"],
                skips_contacted=not options["with_contacted"],
                cap=options["cap"],
                cap_days=options["cap_days"],
            ),
            target=target_find(tenant=tenant, name_or_id=options["into"]) if options["into"] else None,
            new_name=options["name"],
            count_field=options["count_field"],
        )

    def _driven(self, job: Job) -> Job:
        job_drive_here(job=job, show=lambda view: None, actor_name=SHELL.called)
        return Job.objects.select_related("tenant").get(pk=job.pk)

    def _told(self, job: Job) -> Result:
        """Send the rows here and now, and say what became of each."""
        row = Recycling.objects.select_related("upload").get(job=job)
        data: dict[str, Any] = {"job": job.pk, "state": job.state, "counts": counts_told(recycle_remote(job))}
        data |= {"into": row.target_name, "into_id": row.target_id, "message": job.told_message}
        self.say(job.told_message)
        if job.state != JobState.SUCCEEDED:
            return Result(data, FAILED)
        if row.upload is None:
            return Result(data)
        upload = row.upload
        if upload.state in (JobState.QUEUED, JobState.RUNNING):
            upload = self._driven(upload)
            self.say(upload.told_message)
        data["upload"] = {**job_numbers(upload), "message": upload.told_message}
        return Result(data, ENDED_WELL.get(JobState(upload.state), SOME_REJECTED))
