"""Feeds: made, changed, held, released, removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from bpadmin.audit.models import Outcome
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.feeds.models import Complete, Feed, FeedRun, FeedState
from bpadmin.feeds.naming import PatternRefused, pattern_check, wanted_on
from bpadmin.feeds.runs.guards import Limits
from bpadmin.feeds.schedule import look_next
from bpadmin.feeds.secrets import secrets_read, secrets_write
from bpadmin.feeds.sources import source_of
from bpadmin.feeds.sources.base import Source, SourceAway, SourceRefused
from bpadmin.feeds.targets import FeedTarget, TargetRefused, target_of
from bpadmin.installation.encryption import SecretUnreadable
from bpadmin.plans.kinds import plan_kind
from bpadmin.plans.models import NAME_LENGTH, HolidayCalendar
from bpadmin.plans.services import role_refusal
from bpadmin.plans.times import TimingRefused, rule_check, times_read, times_written
from bpadmin.tenants.access import role_of
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.limits import limit_of
from bpadmin.tenants.models import Membership, Role
from bpadmin.tenants.times.zones import time_zones

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Tenant

MOST_FEEDS = 100
LONGEST_BEFORE, LONGEST_LATE, LONGEST_PAUSE = 12 * 60, 12 * 60, 24 * 60


class FeedRefused(Exception):
    """What is asked of a feed cannot be; the message is a sentence, `field` names the input at fault."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class FeedAsked(FeedRefused):
    """Nothing was done yet: it waits for the approval of another person; the message says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedWish:
    """What a person wants of a feed; texts are as they typed them. A secret of None stays as it is.

    `are_secrets_later`: those that the source needs are given before the feed is released.
    """

    name: str
    source: str
    address: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str | None] = field(default_factory=dict)
    pattern: str
    day_offset: int = 0
    complete: str = Complete.STABLE
    marker: str = ""
    target: str
    target_name: str
    options: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = ""
    times: str = ""
    rule: str = "FREQ=DAILY"
    first_day: date
    calendar: HolidayCalendar | None = None
    before_minutes: int = 120
    late_minutes: int = 60
    every_minutes: int = 5
    limits: Mapping[str, int] = field(default_factory=dict)
    then_kind: str = ""
    then_campaign: str = ""
    are_secrets_later: bool = False


def feeds_of(*, tenant: Tenant) -> QuerySet[Feed]:
    """Return a tenant's feeds by name."""
    return Feed.objects.filter(tenant=tenant).select_related("calendar", "owner", "tenant")


def runs_of(*, tenant: Tenant) -> QuerySet[FeedRun]:
    """Return the runs of a tenant's feeds, the newest first."""
    return FeedRun.objects.filter(tenant=tenant).select_related(
        "feed__tenant", "feed__owner", "tenant", "job", "former"
    )


def feed_find(*, tenant: Tenant, name_or_number: str) -> Feed:
    """Find a feed by its name or number. Raises FeedRefused."""
    typed = name_or_number.strip()
    found = feeds_of(tenant=tenant).filter(name=typed).first()
    if found is None and typed.isdigit() and len(typed) < 18:
        found = feeds_of(tenant=tenant).filter(pk=int(typed)).first()
    if found is None:
        raise FeedRefused(f"There is no feed “{typed}” in {tenant.name}.")
    return found


def source_named(key: str) -> Source:
    """Return a kind of source. Raises FeedRefused."""
    source = source_of(key)
    if source is None:
        raise FeedRefused(f"There is no source “{key}”.", "source")
    return source


def target_offered(tenant: Tenant, key: str) -> FeedTarget:
    """Return a target that the tenant's platform offers. Raises FeedRefused."""
    target = target_of(key)
    if target is None:
        raise FeedRefused(f"Feeds do not go into “{key}”.", "target")
    if target.needs not in capabilities_known(tenant):
        raise FeedRefused(f"{target.label}: this tenant's dialler does not offer that through its API.", "target")
    return target


def feed_add(*, tenant: Tenant, wish: FeedWish, actor: Actor, now: datetime | None = None) -> Feed:
    """Make a feed of which `actor` is the owner. Raises FeedRefused, LookupRefused and PlatformError.

    Only an administrator makes and changes feeds, as only they connect tenants: it lets this server read elsewhere.
    """
    now = now or timezone.now()
    feed_role_check(tenant, actor, Role.ADMINISTRATOR)
    if Feed.objects.filter(tenant=tenant).count() >= MOST_FEEDS:
        raise FeedRefused(f"A tenant has at most {MOST_FEEDS} feeds. Remove some that are not needed.")
    feed = Feed(tenant=tenant, created_at=now)
    _own(feed, actor)
    _said(feed, wish)
    feed.next_look_at = now
    _stored(feed, Verb.FEED_ADD, actor)
    return feed


def feed_change(*, feed: Feed, wish: FeedWish, actor: Actor, now: datetime | None = None) -> Feed:
    """Change a feed; its runs stay, and whoever changes it owns it from then on. Raises as `feed_add`."""
    now = now or timezone.now()
    feed_role_check(feed.tenant, actor, Role.ADMINISTRATOR)
    _own(feed, actor)
    _said(feed, wish)
    feed.failures, feed.note = 0, ""
    feed.next_look_at = now if feed.is_on else None
    _stored(feed, Verb.FEED_CHANGE, actor)
    return feed


def _own(feed: Feed, actor: Actor) -> None:
    feed.owner, feed.owner_name, feed.is_of_shell = actor.user, actor.called, actor.user is None


def _stored(feed: Feed, verb: Verb, actor: Actor) -> None:
    target = target_of(feed.target)
    source = source_of(feed.source)
    words = f"{source.words(feed.address) if source else ''}, {feed.pattern}: to {target.words(feed) if target else ''}"
    try:
        with transaction.atomic():
            feed.save()
            feed_log(verb, feed, actor, words)
    except IntegrityError:
        raise FeedRefused(f"There is a feed “{feed.name}” already.", "name") from None


def _said(feed: Feed, wish: FeedWish) -> None:
    """Take over what a person said. Raises FeedRefused, LookupRefused and PlatformError."""
    tenant, source = feed.tenant, source_named(wish.source)
    target = target_offered(tenant, wish.target)
    feed.name = wish.name.strip()[:NAME_LENGTH]
    if not feed.name:
        raise FeedRefused("Give the feed a name.", "name")
    try:
        feed.pattern = pattern_check(wish.pattern)
    except PatternRefused as refused:
        raise FeedRefused(str(refused), "pattern") from refused
    if wish.source == "https" and not wanted_on(feed.pattern, date(2026, 1, 1)).exact:
        raise FeedRefused("A web server does not list its files: the pattern must not hold * or ?.", "pattern")
    _times_said(feed, wish)
    if wish.complete not in Complete.values:
        raise FeedRefused(f"“{wish.complete}” is none of {', '.join(Complete.values)}.", "complete")
    feed.complete, feed.marker = wish.complete, wish.marker.strip()
    if feed.complete == Complete.MARKER and (not feed.marker or "/" in feed.marker):
        raise FeedRefused("Say what the marker's name ends with after that of the file, such as .done.", "marker")
    feed.day_offset = max(-31, min(wish.day_offset, 31))
    feed.limits = Limits.from_json(wish.limits).as_json()
    kept = secrets_kept(feed, wish)
    try:
        stand_ins = {each.name: "later" for each in source.settings if each.form == "secret"}
        feed.address = source.check(tenant, wish.address, {**stand_ins, **kept} if wish.are_secrets_later else kept)
    except SourceRefused as refused:
        raise FeedRefused(str(refused), refused.field) from refused
    except SourceAway as away:
        raise FeedRefused(str(away), source.settings[0].name) from away
    feed.source, feed.secret = source.key, secrets_write(kept)
    try:
        aim = target.aim(tenant, name=wish.target_name, options=wish.options)
    except TargetRefused as refused:
        raise FeedRefused(str(refused), refused.field) from refused
    feed.target, feed.target_id, feed.target_name = target.key, aim.target_id, aim.target_name
    feed.options = dict(aim.options)
    _then_said(feed, target, wish)


def secrets_kept(feed: Feed, wish: FeedWish) -> dict[str, str]:
    """Return the secrets that hold from now on: those said, and those that stay. Raises FeedRefused."""
    try:
        # Another server must not be told the secrets of the one before.
        is_same = feed.source == wish.source and all(
            feed.address.get(name, "") == wish.address.get(name, "").strip() for name in ("host", "url", "endpoint")
        )
        before = secrets_read(feed) if feed.pk and is_same else {}
    except SecretUnreadable as error:
        raise FeedRefused(str(error)) from error
    said = {name: value for name, value in wish.secrets.items() if value is not None}
    return {**before, **said}


def _times_said(feed: Feed, wish: FeedWish) -> None:
    feed.time_zone = wish.time_zone or feed.tenant.time_zone
    if feed.time_zone not in time_zones():
        raise FeedRefused(f"There is no time zone “{feed.time_zone}”. Write it like America/New_York.", "time_zone")
    try:
        feed.times = times_written(times_read(wish.times))
        feed.rule = rule_check(wish.rule, wish.first_day)
    except TimingRefused as refused:
        raise FeedRefused(str(refused), refused.field) from refused
    feed.first_day, feed.calendar = wish.first_day, wish.calendar
    feed.before_minutes = min(max(wish.before_minutes, 0), LONGEST_BEFORE)
    feed.late_minutes = min(max(wish.late_minutes, 0), LONGEST_LATE)
    feed.every_minutes = min(max(wish.every_minutes, 1), LONGEST_PAUSE)


def _then_said(feed: Feed, target: FeedTarget, wish: FeedWish) -> None:
    if not wish.then_kind:
        feed.then = {}
        return
    kind = plan_kind(wish.then_kind)
    if wish.then_kind not in target.then or kind is None:
        raise FeedRefused(f"“{wish.then_kind}” cannot follow a file here.", "then_kind")
    if kind.needs not in capabilities_known(feed.tenant):
        raise FeedRefused(f"“{kind.label}” needs what this tenant's dialler does not offer.", "then_kind")
    if not wish.then_campaign.strip():
        raise FeedRefused("Say in which campaign.", "then_campaign")
    feed.then = {"kind": kind.key, "campaign": wish.then_campaign.strip()[:400]}


def feed_hold(*, feed: Feed, reason: str, actor: Actor) -> Feed:
    """Keep a feed from looking for files until it is released. Raises FeedRefused."""
    feed_role_check(feed.tenant, actor, Role.SUPERVISOR)
    if not feed.is_on:
        raise FeedRefused(f"“{feed.name}” is held already.")
    _hold(feed, reason.strip() or "Nobody said why.", actor)
    return feed


def feed_hold_by_itself(feed: Feed, reason: str, *, is_orphan: bool = False) -> None:
    """Hold a feed whose owner may not send any more."""
    _hold(feed, reason, Actor(name="the system"), is_orphan=is_orphan)


def _hold(feed: Feed, reason: str, actor: Actor, *, is_orphan: bool = False) -> None:
    with transaction.atomic():
        held = Feed.objects.filter(pk=feed.pk, state=FeedState.ACTIVE).update(
            state=FeedState.HELD, held_reason=reason, is_orphan=is_orphan, next_look_at=None
        )
        if held:
            feed_log(Verb.FEED_HOLD, feed, actor, reason)
    feed.refresh_from_db()


def feed_release(*, feed: Feed, actor: Actor, now: datetime | None = None) -> Feed:
    """Let a held feed look again; one without an owner is theirs then who releases it. Raises FeedRefused."""
    feed_role_check(feed.tenant, actor, Role.ADMINISTRATOR if feed.is_orphan else Role.SUPERVISOR)
    if feed.is_on:
        raise FeedRefused(f"“{feed.name}” is not held.")
    if labels := _secrets_lacking(feed):
        raise FeedRefused(f"“{feed.name}” came in without its secrets. Change it and give {' or '.join(labels)} first.")
    if feed.is_orphan or owner_refusal(feed):
        _own(feed, actor)
    feed.state, feed.held_reason, feed.is_orphan = FeedState.ACTIVE, "", False
    feed.failures = 0
    feed.next_look_at = look_next(feed, now or timezone.now())
    with transaction.atomic():
        feed.save()
        feed_log(Verb.FEED_RELEASE, feed, actor, "It looks for files from now on.")
    return feed


def _secrets_lacking(feed: Feed) -> list[str]:
    """Return the labels of secrets without which its source cannot be read, as after an import."""
    source = source_of(feed.source)
    try:
        names = source.lacks(feed.address, secrets_read(feed)) if source else ()
    except SecretUnreadable:
        return []  # the next look says so
    return [each.label for each in source.settings if each.name in names] if source else []


def feed_remove(*, feed: Feed, actor: Actor) -> None:
    """Remove a feed with what is kept of its runs; its jobs and the activity log stay. Raises FeedRefused."""
    feed_role_check(feed.tenant, actor, Role.ADMINISTRATOR)
    with transaction.atomic():
        feed_log(Verb.FEED_REMOVE, feed, actor, "")
        feed.delete()


def feed_role_check(tenant: Tenant, actor: Actor, wanted: Role) -> None:
    """Raise FeedRefused unless the actor has the role; whoever has a shell runs the system."""
    if words := role_refusal(tenant, actor, wanted):
        raise FeedRefused(words)


def owner_refusal(feed: Feed) -> str:
    """Say why the one in whose name a feed sends may not do so now, "" where they may."""
    if feed.is_of_shell:
        return ""
    role = role_of(feed.owner, feed.tenant) if feed.owner else None
    if role is None:
        return (
            f"{feed.owner_name}, whose feed this is, is not one of the people here any more. "
            "An administrator of the tenant can release it, and it is theirs then."
        )
    if role.covers(Role.SUPERVISOR):
        if limit_of(cast("User", feed.owner), feed.tenant) is None:
            return ""
        return (
            f"{feed.owner_name}, whose feed this is, is limited to some campaigns and lists here now, and feeds are "
            "about more than those. Somebody else can release it, and it is theirs then."
        )
    return (
        f"{feed.owner_name}, whose feed this is, is {role.label} here now; sending needs {Role.SUPERVISOR.label}. "
        "Somebody with that role can release it, and it is theirs then."
    )


def orphans_hold() -> int:
    """Hold the feeds whose owners are gone; returns how many."""
    member = Membership.objects.filter(tenant=OuterRef("tenant"), user=OuterRef("owner"))
    gone = Feed.objects.filter(state=FeedState.ACTIVE, is_of_shell=False).filter(
        Q(owner=None) | Q(owner__is_active=False) | (Q(owner__is_superuser=False) & ~Exists(member))
    )
    found = list(gone.select_related("tenant", "owner"))
    for feed in found:
        feed_hold_by_itself(feed, owner_refusal(feed), is_orphan=True)
    return len(found)


def owner_actor(feed: Feed) -> Actor:
    """Return who acts when a feed does by itself."""
    return Actor(feed.owner, f"{feed.owner_name}, by feed “{feed.name}”")


def feed_log(
    verb: Verb,
    feed: Feed,
    actor: Actor,
    message: str,
    *,
    outcome: Outcome = Outcome.DONE,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write into the activity log what became of a feed."""
    audit_record(
        verb=verb,
        tenant=feed.tenant,
        actor=actor.user,
        actor_name=actor.called,
        target_kind="feed",
        target_id=str(feed.pk),
        target_name=feed.name,
        outcome=outcome,
        message=message,
        details={"source": feed.source, "target": feed.target_name, **(details or {})},
    )
