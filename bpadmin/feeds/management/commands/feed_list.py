"""manage.py feed_list TENANT: where files come from by themselves, and what of them waits for somebody."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from bpadmin.feeds.management.base import FeedCommand, feed_json, run_json, run_line
from bpadmin.feeds.models import WAITING_FOR_PEOPLE
from bpadmin.feeds.schedule import tenant_cost, when_words
from bpadmin.feeds.services import feeds_of, runs_of
from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant

MOST = 50


class Command(FeedCommand):
    """List the feeds."""

    help = "List the feeds of a tenant, and the files that are held back or not there."

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Print them."""
        feeds = list(feeds_of(tenant=tenant))
        for feed in feeds:
            self.say(f"{feed.pk:>6}  {feed.get_state_display():<5}  {feed.name}: {feed.pattern}, {when_words(feed)}")
        waiting = list(runs_of(tenant=tenant).filter(state__in=WAITING_FOR_PEOPLE, is_dry=False)[:MOST])
        for run in waiting:
            self.say(run_line(run))
        cost = tenant_cost(tenant=tenant, now=timezone.now())
        self.say(cost.sentence)
        data = {"tenant": tenant.slug, "feeds": [feed_json(feed) for feed in feeds], "requests_a_day": cost.as_json()}
        return Result({**data, "waiting": [run_json(run) for run in waiting]})
