"""Messages made of events: one a person and channel for what has one cause, one a webhook, and one when it is over."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db import transaction

from bpadmin.notifications import inbox
from bpadmin.notifications.models import (
    Channel,
    Event,
    Message,
    MessageKind,
    MessageState,
    Tone,
    Webhook,
)
from bpadmin.notifications.rules import (
    Person,
    choice_for,
    email_due,
    is_snoozed,
    people_of,
    why_words,
)
from bpadmin.notifications.topics import OF_ALL, Topic

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

# What several events of a kind are called together; {n} is how many.
TOGETHER = {
    "job.succeeded": "{n} jobs have succeeded.",
    "job.partial": "{n} jobs are partly done.",
    "job.failed": "{n} jobs have failed.",
    "job.errored": "{n} jobs were stopped by an error of ours.",
    "job.asks": "Rows of {n} jobs are in question.",
    "job.ready": "{n} uploads are checked.",
    "job.paused": "{n} jobs have stopped.",
    "plan.told": "{n} plans did not do what was planned.",
    "plan.held": "{n} plans are held.",
    "campaign.idle": "{n} campaigns are running, and dial nobody.",
    "campaign.dry": "{n} campaigns may have nothing left to dial within an hour.",
    "campaign.unprotected": "{n} campaigns are running, and no Do Not Call list protects them.",
    "registry.old": "The registry data of {n} lists are too old.",
    "results.unread": "The results of {n} lists cannot be read.",
}
OPERATOR_WHY = "You get this because you run this installation; it goes to nobody else."
ORDER = [Tone.BAD, Tone.WARN, Tone.INFO, Tone.OK]


def messages_plan(
    tenant: Tenant | None, begun: Sequence[Event], ended: Sequence[Event], now: datetime
) -> list[Message]:
    """Store a message for everybody who is told of these events, to be sent by their channels."""
    if not begun and not ended:
        return []
    made: list[Message] = []
    for kind, events in ((MessageKind.NEWS, begun), (MessageKind.RECOVERY, ended)):
        for group in _by_kind(events):
            if kind == MessageKind.RECOVERY:
                made += _recoveries(tenant, group, now)
            elif tenant is None:
                made += _to_operators(group, now)
            else:
                made += _to_people(tenant, group, now)
                made += _to_webhooks(tenant, group, now, MessageKind.NEWS)
    people = {each.user_id for each in made if each.user_id and each.channel == Channel.PAGE}
    transaction.on_commit(lambda: inbox.changed(people))
    return made


def _by_kind(events: Iterable[Event]) -> list[list[Event]]:
    groups: dict[str, list[Event]] = defaultdict(list)
    for each in events:
        groups[each.kind].append(each)
    return list(groups.values())


def _to_operators(events: list[Event], now: datetime) -> list[Message]:
    made = []
    for user in User.objects.filter(is_superuser=True, is_active=True):
        made.append(_message(None, events, Channel.PAGE, now, user=user, why=OPERATOR_WHY))
        if user.email:
            made.append(_message(None, events, Channel.EMAIL, now, user=user, why=OPERATOR_WHY))
    return made


def _to_people(tenant: Tenant, events: list[Event], now: datetime) -> list[Message]:
    made = []
    for person in people_of(tenant):
        told = [(event, choice) for event in events if (choice := choice_for(person, event)) is not None]
        on_pages = [event for event, choice in told if choice.page]
        by_mail = [event for event, choice in told if choice.email]
        if events[0].topic == Topic.CHANNEL:
            # A channel that fails is told by another one, to its owner whatever they chose.
            owned = [each for each in events if each.owner_id == person.user.pk]
            on_pages = on_pages or owned
            by_mail = [] if events[0].kind == "channel.email" else by_mail or owned
        why = why_words(told[0][1]) if told else "You get this because it is yours."
        if on_pages:
            made.append(_message(tenant, on_pages, Channel.PAGE, now, person=person, why=why))
        if by_mail and person.user.email:
            made.append(_message(tenant, by_mail, Channel.EMAIL, now, person=person, why=why))
    return made


def _to_webhooks(tenant: Tenant, events: list[Event], now: datetime, kind: MessageKind) -> list[Message]:
    """Send each event on its own: a program wants one a message."""
    made = []
    for hook in Webhook.objects.filter(tenant=tenant, is_off=False):
        if events[0].kind == "channel.webhook":
            continue
        for event in events:
            topic = Topic(event.topic)
            topics = {topic} | ({OF_ALL[topic]} if topic in OF_ALL and event.needs_person else set())
            if topics & set(hook.topics):
                made.append(_message(tenant, [event], Channel.WEBHOOK, now, hook=hook, kind=kind))
    return made


def _recoveries(tenant: Tenant | None, events: list[Event], now: datetime) -> list[Message]:
    """Tell that it is over to whoever was told that it began, by the same channel."""
    made = []
    before = Message.objects.filter(events__in=events, kind=MessageKind.NEWS).select_related("user", "webhook")
    people = {each.user.pk: each for each in people_of(tenant)} if tenant else {}
    seen: set[tuple[str, int | None, int | None]] = set()
    for old in before.order_by("id"):
        key = (old.channel, old.user_id, old.webhook_id)
        if key in seen:
            continue
        seen.add(key)
        known = set(Event.objects.filter(messages__in=before.filter(
            channel=old.channel, user=old.user, webhook=old.webhook
        )).values_list("pk", flat=True))  # fmt: skip
        told = [each for each in events if each.pk in known]
        if old.channel == Channel.WEBHOOK:
            made += [
                _message(tenant, [event], Channel.WEBHOOK, now, hook=old.webhook, kind=MessageKind.RECOVERY)
                for event in told
            ]
            continue
        person = people.get(old.user_id or 0)
        if person is None and tenant is not None:
            continue  # no longer one of its people
        made.append(
            _message(
                tenant,
                told,
                Channel(old.channel),
                now,
                person=person,
                user=old.user,
                why=old.why,
                kind=MessageKind.RECOVERY,
            )
        )
    return made


def _message(
    tenant: Tenant | None,
    events: list[Event],
    channel: Channel,
    now: datetime,
    *,
    person: Person | None = None,
    user: User | None = None,
    hook: Webhook | None = None,
    why: str = "",
    kind: MessageKind = MessageKind.NEWS,
) -> Message:
    is_over = kind == MessageKind.RECOVERY
    first = min(events, key=lambda each: ORDER.index(Tone(each.tone)))
    title, words, path = _told(events, first, tenant)
    message = Message(
        tenant=tenant,
        user=person.user if person else user,
        webhook=hook,
        channel=channel,
        kind=kind,
        public_id=f"msg_{uuid.uuid4().hex}",
        event_kind=first.kind,
        tone=Tone.OK if is_over else first.tone,
        title=f"Over: {title}" if is_over else title,
        words="" if is_over else words,
        path=path,
        why=why,
        is_critical=first.is_critical and not is_over,
        made_at=now,
    )
    if channel == Channel.PAGE:
        message.state = MessageState.SENT
        message.done_at = now
        if person is not None and is_snoozed(person.delivery, now) and not message.is_critical:
            message.shown_at = now  # it is in the inbox, and no toast disturbs
    elif person is not None and tenant is not None:
        message.due_at, message.wait = email_due(person, tenant, now, is_critical=message.is_critical)
    else:
        message.due_at = now
    message.save()
    message.events.set(events)
    return message


def _told(events: list[Event], first: Event, tenant: Tenant | None) -> tuple[str, str, str]:
    if len(events) == 1:
        return first.title, first.words, first.path
    pattern: str | None = TOGETHER.get(first.kind)
    title = pattern.format(n=len(events)) if pattern else f"{first.title} And {len(events) - 1} more like it."
    paths = {each.path for each in events}
    return title, "\n".join(each.title for each in events), paths.pop() if len(paths) == 1 else ""


def trial_message(
    *, tenant: Tenant, user: User | None = None, hook: Webhook | None = None, channel: Channel, now: datetime
) -> Message:
    """Store a message that tries a channel."""
    message = Message.objects.create(
        tenant=tenant,
        user=user,
        webhook=hook,
        channel=channel,
        kind=MessageKind.TEST,
        public_id=f"msg_{uuid.uuid4().hex}",
        event_kind="test",
        tone=Tone.INFO,
        title=f"A test message of {tenant.name}",
        words="If you read this, the way works.",
        why="Somebody pressed the test button of this channel.",
        state=MessageState.SENT if channel == Channel.PAGE else MessageState.QUEUED,
        due_at=None if channel == Channel.PAGE else now,
        made_at=now,
    )
    if user is not None and channel == Channel.PAGE:
        inbox.changed({user.pk})
    return message
