"""Who is told what, by which channel, and when: a person's choice, else the team's default, else ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.notifications.models import Delivery, Event, Rule
from bpadmin.notifications.topics import OF_ALL, OF_TENANTS, USUAL, Topic
from bpadmin.tenants.models import Membership, Role

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

LONGEST_SNOOZE = timedelta(days=30)


class RuleRefused(Exception):
    """A rule cannot be like this; the message says why."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whether somebody is told of a topic on pages and by e-mail, and whose choice that is."""

    topic: Topic
    page: bool
    email: bool
    whose: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Person:
    """One of a tenant's people, with what holds for them."""

    user: User
    role: Role
    delivery: Delivery | None
    rules: Mapping[Topic, Chosen]
    is_limited: bool = False


def people_of(tenant: Tenant) -> list[Person]:
    """Return the people of a tenant who can sign in, each with their rules; three queries."""
    members = list(Membership.objects.filter(tenant=tenant, user__is_active=True).select_related("user"))
    rules = list(Rule.objects.filter(tenant=tenant))
    deliveries = {each.user_id: each for each in Delivery.objects.filter(tenant=tenant)}
    return [
        Person(
            each.user,
            Role(each.role),
            deliveries.get(each.user_id),
            _chosen(rules, each.user, Role(each.role)),
            is_limited=each.limits is not None,
        )
        for each in members
    ]


def person_of(*, tenant: Tenant, user: User, role: Role) -> Person:
    """Return somebody with what holds for them in a tenant."""
    rules = list(Rule.objects.filter(tenant=tenant))
    delivery = Delivery.objects.filter(tenant=tenant, user=user).first()
    return Person(user, role, delivery, _chosen(rules, user, role))


def team_rules(tenant: Tenant, role: Role = Role.ADMINISTRATOR) -> Mapping[Topic, Chosen]:
    """Return what people of a role are told who chose nothing."""
    return _chosen(list(Rule.objects.filter(tenant=tenant, user=None)), None, role)


def _chosen(rules: Iterable[Rule], user: User | None, role: Role) -> dict[Topic, Chosen]:
    own = {each.topic: each for each in rules if user is not None and each.user_id == user.pk}
    team = {each.topic: each for each in rules if each.user_id is None}
    found: dict[Topic, Chosen] = {}
    for topic in OF_TENANTS:
        if (mine := own.get(topic)) is not None:
            whose = f"you chose it on {mine.changed_at:%-d %B %Y}"
            found[topic] = Chosen(topic, mine.page, mine.email, whose, is_own=True)
        elif (theirs := team.get(topic)) is not None:
            whose = f"it is the default of your team, set by {theirs.changed_by} on {theirs.changed_at:%-d %B %Y}"
            found[topic] = Chosen(topic, theirs.page, theirs.email, whose, is_own=False)
        else:
            usual = USUAL[topic]
            may = role.covers(usual.role)
            whose = f"every {usual.role.label.lower()} who chose nothing else is told so"
            found[topic] = Chosen(topic, usual.page and may, usual.email and may, whose, is_own=False)
    return found


def choice_for(person: Person, event: Event) -> Chosen | None:
    """Return by which rule somebody is told of an event, None by none."""
    if not person.role.covers(Role(event.role)):
        return None
    # What an event is about is told in words alone: who sees only some lists is told of what is their own.
    if person.is_limited and event.owner_id != person.user.pk:
        return None
    found = [person.rules[topic] for topic in topics_for(event, person.user)]
    told = [each for each in found if each.page or each.email]
    if not told:
        return None
    first = told[0]
    return Chosen(
        first.topic, any(each.page for each in told), any(each.email for each in told), first.whose, first.is_own
    )


def topics_for(event: Event, user: User) -> list[Topic]:
    """Return the topics that an event is of for somebody."""
    topic = Topic(event.topic)
    if topic not in OF_ALL:
        return [topic]
    mine = [topic] if event.owner_id == user.pk else []
    return mine + ([OF_ALL[topic]] if event.needs_person else [])


def why_words(choice: Chosen) -> str:
    """Say why somebody gets a message."""
    return f"You get this by the rule “{choice.topic.label}”: {choice.whose}."


def email_due(person: Person, tenant: Tenant, now: datetime, *, is_critical: bool) -> tuple[datetime, str]:
    """Return from when on an e-mail may go out, and why not before; what is critical goes at once."""
    delivery = person.delivery
    if delivery is None or is_critical:
        return now, ""
    if delivery.snoozed_until and delivery.snoozed_until > now:
        return delivery.snoozed_until, "snoozed"
    until = quiet_end(delivery.quiet_from, delivery.quiet_until, tenant.time_zone, now)
    return (until, "quiet hours") if until else (now, "")


def is_snoozed(delivery: Delivery | None, now: datetime) -> bool:
    """Return whether somebody does not want to be disturbed now."""
    return delivery is not None and delivery.snoozed_until is not None and delivery.snoozed_until > now


def quiet_end(begin: time | None, end: time | None, zone_name: str, now: datetime) -> datetime | None:
    """Return when the quiet hours end that it is now, None outside of them."""
    if begin is None or end is None or begin == end:
        return None
    zone = ZoneInfo(zone_name)
    there = now.astimezone(zone)
    clock = there.time().replace(tzinfo=None)
    is_quiet = begin <= clock < end if begin < end else (clock >= begin or clock < end)
    if not is_quiet:
        return None
    day = there.date() if clock < end else there.date() + timedelta(days=1)
    return datetime.combine(day, end, zone).astimezone(now.tzinfo)


def rules_set(
    *, tenant: Tenant, user: User | None, wanted: Mapping[Topic, tuple[bool, bool] | None], actor: Actor
) -> int:
    """Set rules of a person, or with None of the team: (page, e-mail), or None for what holds else. Returns how many.

    What is wanted as it is already stays as it is, so that nobody's default becomes their choice by saving a form.
    """
    unknown = [topic for topic in wanted if topic not in OF_TENANTS]
    if unknown:
        raise RuleRefused(f"There is no rule “{unknown[0]}”.")
    stored = {each.topic: each for each in Rule.objects.filter(tenant=tenant, user=user)}
    role = Role.ADMINISTRATOR
    if user is not None:
        member = Membership.objects.filter(tenant=tenant, user=user).values_list("role", flat=True).first()
        role = Role(member) if member else Role.ADMINISTRATOR
    holds = _chosen(list(Rule.objects.filter(tenant=tenant)), user, role)
    changed = []
    with transaction.atomic():
        for topic, said in wanted.items():
            if said is None:
                if stored.get(topic) is not None:
                    Rule.objects.filter(pk=stored[topic].pk).delete()
                    changed.append(topic.value)
            elif (holds[topic].page, holds[topic].email) != said or (topic not in stored and user is None):
                values = {"page": said[0], "email": said[1], "changed_at": timezone.now(), "changed_by": actor.called}
                Rule.objects.update_or_create(tenant=tenant, user=user, topic=topic, defaults=values)
                changed.append(topic.value)
        if changed and user is None:
            audit_record(
                verb=Verb.NOTIFICATION_RULES,
                tenant=tenant,
                actor=actor.user,
                actor_name=actor.called,
                target_kind="notifications",
                target_name=tenant.name,
                details={"topics": changed},
            )
    return len(changed)


def delivery_set(
    *,
    tenant: Tenant,
    user: User,
    quiet: tuple[time, time] | None = None,
    digest_at: time | None = None,
) -> Delivery:
    """Set somebody's quiet hours and digest; None switches either off."""
    delivery, _ = Delivery.objects.get_or_create(tenant=tenant, user=user)
    delivery.quiet_from, delivery.quiet_until = quiet or (None, None)
    if digest_at is not None and delivery.digest_at is None:
        # Today's hour may be past: the first digest comes tomorrow then, not at once.
        there = timezone.now().astimezone(ZoneInfo(tenant.time_zone))
        delivery.digest_on = there.date() if there.time() >= digest_at else None
    delivery.digest_at = digest_at
    delivery.save()
    return delivery


def snooze_set(*, tenant: Tenant, user: User, until: datetime | None) -> Delivery:
    """Keep toasts and e-mail from somebody until then, or with None no longer. Raises RuleRefused."""
    now = timezone.now()
    if until is not None and not now < until <= now + LONGEST_SNOOZE:
        raise RuleRefused("A snooze ends within 30 days from now; to hear nothing for longer, change the rules.")
    delivery, _ = Delivery.objects.update_or_create(tenant=tenant, user=user, defaults={"snoozed_until": until})
    return delivery
