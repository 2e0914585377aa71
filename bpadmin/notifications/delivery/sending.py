"""Sending what is due: claimed by one process, stored before and after, tried again over three days."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from bpadmin.installation.encryption import SecretUnreadable
from bpadmin.installation.hold import hold_reason
from bpadmin.notifications.delivery.http import Answer, request_send
from bpadmin.notifications.delivery.mail import mail_send
from bpadmin.notifications.delivery.shapes import body_of
from bpadmin.notifications.delivery.signing import signature_headers
from bpadmin.notifications.models import Channel, Event, Message, MessageKind, MessageState, Webhook, WebhookForm
from bpadmin.notifications.webhooks import url_check, webhook_keys, webhook_url
from bpadmin.tenants.models import Membership

# Seconds until the next try, after the first, second, … one: as the Standard Webhooks specification has it.
PAUSES = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
# A process that died with a message leaves it to another one after that.
CLAIM = timedelta(minutes=10)
AT_ONCE = 100
# A worker has other things to do than to wait for slow receivers; the next tick goes on.
SECONDS = 20.0
GONE = 410
DUE = (MessageState.QUEUED, MessageState.FAILED, MessageState.SENT)


def messages_send() -> int:
    """Send all that is due; returns how many were taken. While the installation is held nothing goes out.

    A database that was restored must not tell again what was told.
    """
    now = timezone.now()
    due = Message.objects.exclude(channel=Channel.PAGE).filter(state__in=DUE, due_at__lte=now)
    if not due.exists() or hold_reason():
        return 0
    found = list(due.select_related("tenant", "user", "webhook").order_by("due_at", "id")[:AT_ONCE])
    mails: dict[tuple[int | None, int | None, bool], list[Message]] = defaultdict(list)
    taken = 0
    until = time.monotonic() + SECONDS
    for message in found:
        if message.channel == Channel.EMAIL:
            # A digest is read on its own.
            mails[message.user_id, message.tenant_id, message.kind == MessageKind.DIGEST].append(message)
        elif time.monotonic() < until and _claim(message, now):
            taken += _webhook(message)
    for messages in mails.values():
        taken += _mails([each for each in messages if _claim(each, now)])
    return taken


def message_send(message: Message) -> Message:
    """Send one message now, as a test does; returns it with what came of it."""
    if _claim(message, timezone.now()):
        (_webhook if message.channel == Channel.WEBHOOK else lambda each: _mails([each]))(message)
    message.refresh_from_db()
    return message


def _claim(message: Message, now: datetime) -> bool:
    mine = Message.objects.filter(pk=message.pk, state__in=DUE, due_at=message.due_at, tries=message.tries)
    if not mine.update(state=MessageState.SENT, due_at=now + CLAIM, tried_at=now, tries=F("tries") + 1):
        return False
    message.tries += 1
    return True


def _mails(messages: list[Message]) -> int:
    for message in [each for each in messages if _is_closed(each)]:
        words = "This person is not one of the people here any more, or may not see what it tells of."
        _note(message, is_taken=False, answer=words, is_final=True)
        messages = [each for each in messages if each.pk != message.pk]
    if not messages or messages[0].user is None:
        return 0
    trouble = mail_send(user=messages[0].user, tenant=messages[0].tenant, messages=messages)
    for message in messages:
        _note(message, is_taken=not trouble, answer=trouble or "The mail server took it.")
    return 0 if trouble else len(messages)


def _is_closed(message: Message) -> bool:
    """Return whether somebody may not be told of something (any more): it may have waited for hours, or days."""
    user, tenant = message.user, message.tenant
    if user is None or tenant is None or user.is_superuser:
        return user is not None and not user.is_active
    member = Membership.objects.filter(tenant=tenant, user=user, user__is_active=True).first()
    if member is None:
        return True
    if member.limits is None:
        return False
    # A digest, too, tells of what is not theirs, or of what nobody knows whose it is.
    is_others = message.events.exclude(owner_id=user.pk).exists()
    return message.kind == MessageKind.DIGEST or is_others


def _webhook(message: Message) -> int:
    hook = message.webhook
    if hook is None:
        return 0
    answer = _post(message, hook)
    _note(message, is_taken=answer.is_ok, answer=answer.words, is_final=answer.status == GONE)
    if answer.is_ok:
        Webhook.objects.filter(pk=hook.pk).update(failures=0, failing_since=None, trouble="")
        return 1
    first = {} if hook.failing_since else {"failing_since": timezone.now()}
    is_off = hook.is_off or answer.status == GONE
    Webhook.objects.filter(pk=hook.pk).update(failures=F("failures") + 1, trouble=answer.words, is_off=is_off, **first)
    return 0


def _post(message: Message, hook: Webhook) -> Answer:
    try:
        body = body_of(message, hook.form, tells_names=hook.tells_names)
        headers = {"Content-Type": "application/json"}
        if hook.form == WebhookForm.STANDARD:
            keys = webhook_keys(hook)
            headers |= signature_headers(id_=message.public_id, at=timezone.now(), body=body, keys=keys)
        return request_send("POST", webhook_url(hook), body=body, headers=headers, check=url_check)
    except SecretUnreadable as unreadable:
        return Answer(0, str(unreadable))


def _note(message: Message, *, is_taken: bool, answer: str, is_final: bool = False) -> None:
    now = timezone.now()
    if is_taken:
        changes = {"state": MessageState.ACCEPTED, "due_at": None, "done_at": now, "wait": ""}
    elif is_final or message.tries > len(PAUSES) or message.kind == MessageKind.TEST:
        changes = {"state": MessageState.GIVEN_UP, "due_at": None, "done_at": now, "wait": ""}
    else:
        # Receivers that fail together must not be called again together.
        pause = PAUSES[message.tries - 1] * random.uniform(1.0, 1.1)  # noqa: S311 - no secret
        changes = {"state": MessageState.FAILED, "due_at": now + timedelta(seconds=pause)}
    Message.objects.filter(pk=message.pk).update(answer=answer, **changes)


def messages_tidy() -> int:
    """Remove messages and events that are older than they are kept; returns how many messages."""
    before = timezone.now() - timedelta(days=settings.NOTIFICATION_KEEP_DAYS)
    count, _ = Message.objects.filter(made_at__lt=before).delete()
    Event.objects.filter(began_at__lt=before, messages=None).exclude(ended_at=None).delete()
    return count
