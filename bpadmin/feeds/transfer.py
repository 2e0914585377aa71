"""Feeds in the one file of what acts by itself: lists and campaigns go by their names, secrets stay here.

A feed that comes in is held, and says which secrets have to be given before it can be released.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction

from bpadmin.dialler.types import Actor
from bpadmin.feeds.models import Feed
from bpadmin.feeds.secrets import secrets_read
from bpadmin.feeds.services import FeedRefused, FeedWish, feed_add, feed_change, feed_hold, feeds_of
from bpadmin.feeds.sources import source_of
from bpadmin.installation.encryption import SecretUnreadable
from bpadmin.plans.extensions import TransferPart
from bpadmin.plans.models import HolidayCalendar
from bpadmin.plans.transfer import HELD, TransferRefused

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

PLAIN = ("name", "source", "address", "pattern", "day_offset", "complete", "marker", "target", "options", "time_zone")
TIMES = ("times", "rule", "before_minutes", "late_minutes", "every_minutes", "limits")


def _write(tenant: Tenant) -> list[dict[str, Any]]:
    return [
        {
            **{name: getattr(feed, name) for name in (*PLAIN, *TIMES)},
            "list": feed.target_name,
            "first_day": feed.first_day,
            "calendar": feed.calendar.name if feed.calendar else "",
            "then": dict(feed.then),
            # Their names alone: whoever takes it in is asked for them.
            "secrets": _secret_names(feed),
        }
        for feed in feeds_of(tenant=tenant)
    ]


def _secret_names(feed: Feed) -> list[str]:
    try:
        return sorted(secrets_read(feed))
    except SecretUnreadable:
        source = source_of(feed.source)
        return sorted(each.name for each in source.settings if each.is_secret) if source else []


def _take(tenant: Tenant, item: Mapping[str, Any], actor: Actor, replaces: bool) -> str:
    before = feeds_of(tenant=tenant).filter(name=item["name"]).first()
    if before is not None and not replaces:
        raise TransferRefused("There is a feed of that name already.")
    calendar = HolidayCalendar.objects.filter(tenant=tenant, name=item.get("calendar", "")).first()
    if item.get("calendar") and calendar is None:
        raise TransferRefused(f"There is no holiday calendar “{item['calendar']}” here.")
    then = item.get("then", {})
    wanted = {name: item[name] for name in (*PLAIN, *TIMES)}
    wish = FeedWish(
        **wanted,
        target_name=item["list"],
        first_day=date.fromisoformat(str(item["first_day"])),
        calendar=calendar,
        then_kind=then.get("kind", ""),
        then_campaign=then.get("campaign", ""),
        are_secrets_later=bool(item.get("secrets")),
    )
    try:
        with transaction.atomic():
            if before is None:
                feed = feed_add(tenant=tenant, wish=wish, actor=actor)
            else:
                feed = feed_change(feed=before, wish=wish, actor=actor)
            if feed.is_on:
                feed_hold(feed=feed, reason=_reason(feed, item.get("secrets", ())), actor=actor)
    except FeedRefused as refused:
        raise TransferRefused(str(refused)) from refused
    return feed.name


def _reason(feed: Feed, names: Any) -> str:
    """Say what is to be done before it looks for files: secrets that were not given, by their labels."""
    source, there = source_of(feed.source), secrets_read(feed)
    labels = [each.label for each in source.settings if each.name in names and each.name not in there] if source else []
    return f"{HELD} Secrets are not in such a file: give {', '.join(labels)} first." if labels else HELD


PART = TransferPart("feeds", _write, _take, rank=80)
