"""What the commands on feeds share."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser
from django.utils import timezone

from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.feeds.models import Feed, FeedRun
from bpadmin.feeds.schedule import cost_of, moment_next, when_words
from bpadmin.feeds.services import FeedRefused, feed_find
from bpadmin.feeds.sources import source_of
from bpadmin.feeds.targets import target_of
from bpadmin.platforms.base import Capability
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.times.local_times import clock_line

SHELL = Actor(name="shell")
RUNS = 20


class FeedCommand(TenantCommand):
    """Base of the commands on feeds."""

    needs = Capability.RECORDS_ADD
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, FeedRefused, LookupRefused)


class OneFeedCommand(FeedCommand):
    """Base of the commands on one feed: implement `run_with(feed, options)`."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add FEED after TENANT."""
        super().add_arguments(parser)
        parser.add_argument("feed", metavar="FEED", help="name or number of the feed")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Find the feed, then do the work."""
        return self.run_with(feed_find(tenant=tenant, name_or_number=options["feed"]), options)

    def run_with(self, feed: Feed, options: dict[str, Any]) -> Result:
        """Do the work."""
        raise TypeError(f"{type(self).__name__} must implement run_with()")


def feed_told(command: TenantCommand, feed: Feed) -> Result:
    """Say how a feed is now."""
    command.say(f"“{feed.name}” ({feed.pk}) is {feed.get_state_display().lower()}: {when_words(feed)}.")
    return Result(feed_json(feed))


def feed_json(feed: Feed) -> dict[str, Any]:
    """Return a feed for scripts, without its secrets."""
    source, target, now = source_of(feed.source), target_of(feed.target), timezone.now()
    cost = cost_of(feed, now=now)
    return {
        "tenant": feed.tenant.slug,
        "number": feed.pk,
        "name": feed.name,
        "source": feed.source,
        "where": source.words(feed.address) if source else "",
        "address": feed.address,
        "pattern": feed.pattern,
        "complete": feed.complete,
        "target": feed.target,
        "list": feed.target_name,
        "list_id": feed.target_id,
        "does": target.words(feed) if target else "",
        "options": feed.options,
        "limits": feed.limits,
        "then": feed.then,
        "state": feed.state,
        "held_reason": feed.held_reason,
        "when": when_words(feed),
        "awaited_next": moment_next(feed, now=now),
        "next_look_at": feed.next_look_at,
        "looked_at": feed.looked_at,
        "note": feed.note,
        "failures": feed.failures,
        "owner": feed.owner_name,
        "source_requests_a_day": round(cost.source, 1),
        "dialler_requests_a_day": round(cost.dialler, 1),
    }


def run_json(run: FeedRun) -> dict[str, Any]:
    """Return a run for scripts."""
    return {
        "run": run.pk,
        "feed": run.feed.name,
        "file": run.file_name,
        "size": run.file_size,
        "sha256": run.file_sha256,
        "rows": run.rows,
        "columns": run.columns,
        "state": run.state.removeprefix("feed_"),
        "dry_run": run.is_dry,
        "found_at": run.found_at,
        "expected_at": run.expected_at,
        "findings": run.findings,
        "sentence": run.sentence,
        "job": run.job_id,
        "decided_by": run.decided_by,
    }


def run_line(run: FeedRun) -> str:
    """Return a run as a line of a terminal."""
    there = clock_line(run.found_at, run.feed.time_zone)
    return f"{run.pk:>6}  {there}  {run.get_state_display():<13}  {run.file_name or '-'}: {run.sentence}".rstrip()
