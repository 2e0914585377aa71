"""What the broker's messages do; they may come twice or never."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction

from bpadmin.dialler.types import Actor
from bpadmin.feeds.models import Feed, FeedRun
from bpadmin.feeds.runs import judging, looking, turns


@shared_task(name="bpadmin.feeds.tasks.feeds_sweep")
def feeds_sweep() -> None:
    """Claim the feeds that are due, and have each looked at, and each run gone on with, by a worker that has time."""
    feeds, runs = looking.feeds_sweep()
    for feed_id in feeds:
        feed_look.apply_async(args=[feed_id], queue="bulk", expires=60)
    for run_id in runs:
        feed_run_go_on.apply_async(args=[run_id], queue="bulk", expires=10)


@shared_task(name="bpadmin.feeds.tasks.feed_look")
def feed_look(feed_id: int) -> None:
    """Look at one feed's source."""
    looking.feed_look(feed_id=feed_id)


@shared_task(name="bpadmin.feeds.tasks.feed_run_go_on")
def feed_run_go_on(run_id: int) -> None:
    """Go on with one run."""
    turns.run_go_on(run_id=run_id)


@shared_task(name="bpadmin.feeds.tasks.feeds_tidy")
def feeds_tidy() -> None:
    """Remove runs that are older than they are to be kept."""
    judging.runs_tidy()


def run_ask_ring(*, feed: Feed, actor: Actor, is_dry: bool) -> FeedRun:
    """Write down that the newest file is wanted now, and ring for a worker. Raises FeedRefused."""
    with transaction.atomic():
        made = looking.run_ask(feed=feed, actor=actor, is_dry=is_dry)
        # The row is what counts: a message that is lost is made up for by the sweep.
        transaction.on_commit(lambda: feed_run_go_on.apply_async(args=[made.pk], queue="bulk", expires=60))
    return made
