"""manage.py feed_release TENANT FEED [--run NUMBER]: let a held feed look again, or have a held file sent."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.feeds.management.base import SHELL, OneFeedCommand, feed_told, run_json
from bpadmin.feeds.management.foreground import run_here
from bpadmin.feeds.models import Feed, FeedRunState
from bpadmin.feeds.runs.decisions import run_refuse, run_release
from bpadmin.feeds.services import FeedRefused, feed_release, runs_of
from bpadmin.tenants.management.base import CommandRefused, Result


class Command(OneFeedCommand):
    """Release a feed, or one of its files."""

    help = "Let a held feed look for files again; with --run, have a file sent that was held back, or refuse it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --run and what is said to its file."""
        super().add_arguments(parser)
        parser.add_argument("--run", dest="run_number", type=int, metavar="NUMBER", help="a file that is held back")
        parser.add_argument("--refuse", action="store_true", help="do not send it; the last good state stays")
        parser.add_argument("--reason", default="", metavar="TEXT", help="why it is refused")
        parser.add_argument("--set", action="append", default=[], metavar="OPTION=VALUE", help="what its check asks")

    def run_with(self, feed: Feed, options: dict[str, Any]) -> Result:
        """Release it."""
        if options["run_number"] is None:
            return feed_told(self, feed_release(feed=feed, actor=SHELL))
        run = runs_of(tenant=feed.tenant).filter(feed=feed, pk=options["run_number"]).first()
        if run is None:
            raise FeedRefused(f"“{feed.name}” has no run {options['run_number']}.")
        if options["refuse"]:
            run = run_refuse(run=run, actor=SHELL, reason=options["reason"])
            self.say(f"{run.file_name} is refused.")
            return Result(run_json(run))
        answers = dict(each.partition("=")[::2] for each in options["set"])
        run = run_here(run_release(run=run, actor=SHELL, answers=answers))
        self.say(run.sentence)
        if run.state != FeedRunState.SENT:
            raise CommandRefused(run.sentence, **run_json(run))
        return Result(run_json(run))
