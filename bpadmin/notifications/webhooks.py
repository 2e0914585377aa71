"""Webhooks of a tenant: added, their keys renewed, removed; addresses and keys are kept encrypted."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from django.db import transaction
from django.utils import timezone

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.installation.encryption import decrypt, encrypt, reencrypt
from bpadmin.notifications.models import Message, MessageState, Webhook, WebhookForm
from bpadmin.notifications.topics import OF_TENANTS, Topic
from bpadmin.tenants.connections.addresses import AddressRefused, address_check

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

MOST = 20
KEY_PREFIX = "whsec_"
# For so long receivers are sent both signatures after a key was renewed.
OVERLAP = timedelta(days=1)


class WebhookRefused(Exception):
    """A webhook cannot be like this; the message says why. `field` names the input at fault."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def url_check(url: str) -> None:
    """Refuse an address that may not be called, as for a tenant's; a query is allowed. Raises AddressRefused."""
    try:
        parts = urlsplit(url)
    except ValueError as exc:
        raise AddressRefused("This is not a web address. Write it like https://hooks.example.com/bpadmin") from exc
    address_check(urlunsplit(parts._replace(query="")))


def webhook_add(
    *,
    tenant: Tenant,
    name: str,
    url: str,
    actor: Actor,
    form: str = WebhookForm.STANDARD,
    topics: Iterable[str] = (),
    tells_names: bool = False,
) -> tuple[Webhook, str]:
    """Add a webhook; returns it with its key, which is shown this once ("" for a form without). WebhookRefused."""
    name, url = name.strip(), url.strip()
    if not name:
        raise WebhookRefused("Give it a name by which people here know it.", "name")
    if form not in WebhookForm.values:
        raise WebhookRefused(f"There is no form “{form}”.", "form")
    wanted = list(dict.fromkeys(topics)) or [topic.value for topic in OF_TENANTS if topic != Topic.CHANNEL]
    if unknown := [each for each in wanted if each not in OF_TENANTS]:
        raise WebhookRefused(f"There is nothing called “{unknown[0]}” to be told of.", "topics")
    try:
        url_check(url)
    except AddressRefused as refused:
        raise WebhookRefused(str(refused), "url") from refused
    key = _key() if form == WebhookForm.STANDARD else ""
    with transaction.atomic():
        if Webhook.objects.filter(tenant=tenant, name=name).exists():
            raise WebhookRefused(f"There is a webhook “{name}” already.", "name")
        if Webhook.objects.filter(tenant=tenant).count() >= MOST:
            raise WebhookRefused(f"A tenant has at most {MOST} webhooks; remove one first.")
        hook = Webhook.objects.create(
            tenant=tenant,
            name=name,
            form=form,
            url=encrypt(url),
            host=urlsplit(url).hostname or "",
            key=encrypt(key) if key else "",
            topics=wanted,
            tells_names=tells_names,
            made_by=actor.user,
            made_by_name=actor.called,
        )
        _log(Verb.WEBHOOK_ADD, hook, actor)
    return hook, key


def webhook_rotate(*, webhook: Webhook, actor: Actor) -> str:
    """Return a webhook a new key and return it, this once; for a day both keys sign. Raises WebhookRefused."""
    if webhook.form != WebhookForm.STANDARD:
        raise WebhookRefused("Only Standard Webhooks are signed; what proves others is their address alone.")
    key = _key()
    with transaction.atomic():
        until = timezone.now() + OVERLAP
        changes = {"key_before": webhook.key, "key_before_until": until, "key": encrypt(key)}
        Webhook.objects.filter(pk=webhook.pk).update(**changes)
        _log(Verb.WEBHOOK_KEY, webhook, actor)
    webhook.refresh_from_db()
    return key


def webhook_remove(*, webhook: Webhook, actor: Actor) -> None:
    """Remove a webhook with the messages to it."""
    with transaction.atomic():
        _log(Verb.WEBHOOK_REMOVE, webhook, actor)
        webhook.delete()


def message_replay(*, message: Message) -> Message:
    """Send a message that was sent, or given up, once more, under the same id. Raises WebhookRefused."""
    hook = message.webhook
    if hook is None:
        raise WebhookRefused("Only messages to webhooks can be sent again.")
    now = timezone.now()
    ended = (MessageState.ACCEPTED, MessageState.GIVEN_UP, MessageState.FAILED)
    moved = Message.objects.filter(pk=message.pk, state__in=ended).update(
        state=MessageState.QUEUED, due_at=now, tries=0, done_at=None
    )
    if not moved:
        raise WebhookRefused("This message is on its way already.")
    Webhook.objects.filter(pk=hook.pk).update(is_off=False)
    message.refresh_from_db()
    return message


def webhook_keys(webhook: Webhook) -> list[str]:
    """Return the keys that sign now, the newest first."""
    before = webhook.key_before_until and webhook.key_before_until > timezone.now()
    stored = [webhook.key, webhook.key_before if before else ""]
    return [decrypt(each) for each in stored if each]


def webhook_url(webhook: Webhook) -> str:
    """Return the whole address."""
    return decrypt(webhook.url)


def webhooks_reencrypt() -> int:
    """Encrypt addresses and keys anew with the first key of the installation; return how many."""
    count = 0
    for each in Webhook.objects.all():
        changes = {name: reencrypt(text) for name in ("url", "key", "key_before") if (text := getattr(each, name))}
        Webhook.objects.filter(pk=each.pk).update(**changes)
        count += len(changes)
    return count


def _key() -> str:
    return KEY_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def _log(verb: Verb, hook: Webhook, actor: Actor) -> None:
    audit_record(
        verb=verb,
        tenant=hook.tenant,
        actor=actor.user,
        actor_name=actor.called,
        target_kind="webhook",
        target_id=str(hook.pk),
        target_name=hook.name,
        details={"host": hook.host, "form": hook.form},
    )
