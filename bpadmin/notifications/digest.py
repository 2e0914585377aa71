"""The digest of a morning: the day before in figures, how its jobs ended, and what needs a person now."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from bpadmin.counts import counted, percent_words
from bpadmin.jobs.models import Job, JobState
from bpadmin.notifications.models import Channel, Delivery, Event, Message, MessageKind, Tone
from bpadmin.results.figures.events import events_of
from bpadmin.results.figures.periods import day_of
from bpadmin.results.models import ResultSource
from bpadmin.tenants.models import Membership

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant


def digests_plan() -> int:
    """Make the digests whose hour has come, one a person, tenant and day; returns how many."""
    now, made = timezone.now(), 0
    for delivery in Delivery.objects.exclude(digest_at=None).select_related("tenant", "user"):
        there = now.astimezone(ZoneInfo(delivery.tenant.time_zone))
        if delivery.digest_at is None or there.time() < delivery.digest_at:
            continue
        mine = Delivery.objects.filter(pk=delivery.pk).filter(Q(digest_on=None) | Q(digest_on__lt=there.date()))
        with transaction.atomic():
            if not mine.update(digest_on=there.date()):
                continue
            # A digest tells of the whole tenant.
            is_member = Membership.objects.filter(
                tenant=delivery.tenant, user=delivery.user, limits__isnull=True
            ).exists()
            if is_member and delivery.user.is_active and delivery.user.email:
                digest_make(tenant=delivery.tenant, delivery=delivery, now=now)
                made += 1
    return made


def digest_make(*, tenant: Tenant, delivery: Delivery, now: datetime) -> Message:
    """Store somebody's digest, to be sent by e-mail."""
    day = day_of(tenant, now, 1)
    return Message.objects.create(
        tenant=tenant,
        user=delivery.user,
        channel=Channel.EMAIL,
        kind=MessageKind.DIGEST,
        public_id=f"msg_{uuid.uuid4().hex}",
        event_kind="digest",
        tone=Tone.INFO,
        title=f"{day.words}: the day in {tenant.name}",
        words="\n".join(digest_lines(tenant, now)),
        path=reverse("results:home", kwargs={"slug": tenant.slug}),
        why=f"You asked for a digest at {delivery.digest_at:%H:%M}.",
        made_at=now,
        due_at=now,
    )


def digest_lines(tenant: Tenant, now: datetime) -> list[str]:
    """Return what a digest says, line by line."""
    day = day_of(tenant, now, 1)
    sources = list(ResultSource.objects.filter(tenant=tenant))
    told = events_of(tenant, sources, day) if sources else None
    lines = []
    if told is not None:
        rate = f", {percent_words(told.contact_rate)} reached a person" if told.contact_rate is not None else ""
        lines.append(f"{counted(told.calls, 'call')}{rate}.")
    jobs = Job.objects.filter(tenant=tenant, finished_at__gte=day.begin, finished_at__lt=day.end)
    states = Counter(jobs.values_list("state", flat=True))
    ended = ", ".join(f"{count} {JobState(state).label.lower()}" for state, count in states.most_common())
    lines.append(f"Jobs that ended: {ended}." if ended else "No job ended.")
    lasting = Event.objects.filter(tenant=tenant, is_lasting=True, ended_at=None, missing_since=None)
    lines += (
        ["Needs a person now:", *(f"- {each.title}" for each in lasting[:20])]
        if lasting
        else ["Nothing needs a person now."]
    )
    return lines
