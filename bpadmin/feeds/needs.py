"""What feeds need a person for: a file that is held back, one that is not there, a source that cannot be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone

from bpadmin.feeds.models import Feed, FeedRun, FeedRunState, FeedState
from bpadmin.feeds.runs.approvals import approvals_of
from bpadmin.feeds.schedule import GIVEN_UP
from bpadmin.results.home.extensions import Need
from bpadmin.tenants.models import Role

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

FAILURES = 3
MOST = 20


def feed_needs(tenant: Tenant) -> Iterable[Need]:
    """Return what needs a person; one query each, and nobody is asked."""
    waiting = FeedRun.objects.filter(tenant=tenant, is_dry=False).select_related("feed")
    missing = waiting.filter(state=FeedRunState.MISSING, expected_at__gt=timezone.now() - GIVEN_UP)
    for run in missing[:MOST]:
        title = f"The file of the feed “{run.feed.name}” is not there."
        yield Need("bad", title, run.sentence, _run_url(tenant, run), "Open the feed's run", kind="feed_missing")
    held = list(waiting.filter(state=FeedRunState.HELD)[:MOST])
    # What waits for a second person is told as that, once.
    asked = approvals_of(tenant, held) if held else {}
    for run in [each for each in held if each.pk not in asked]:
        title = f"A file of the feed “{run.feed.name}” is held back."
        yield Need("bad", title, run.sentence, _run_url(tenant, run), "Look and decide", kind="feed_held")
    for feed in Feed.objects.filter(tenant=tenant, failures__gte=FAILURES, state=FeedState.ACTIVE)[:MOST]:
        title = f"The source of the feed “{feed.name}” cannot be read."
        url = reverse("feeds:detail", args=[tenant.slug, feed.pk])
        yield Need("bad", title, feed.note, url, "Open the feed", kind="feed_away", role=Role.ADMINISTRATOR)
    for feed in Feed.objects.filter(tenant=tenant, state=FeedState.HELD)[:MOST]:
        title = f"The feed “{feed.name}” is held."
        url = reverse("feeds:detail", args=[tenant.slug, feed.pk])
        words = feed.held_reason or "It looks for no files until somebody releases it."
        yield Need("warn", title, words, url, "Open the feed", kind="feed")


def _run_url(tenant: Tenant, run: FeedRun) -> str:
    return reverse("feeds:run", args=[tenant.slug, run.pk])
