"""The address to which a platform sends results: made, renewed, closed; and what comes there, taken once.

What comes is turned at once into what the ledger keeps, so that no name and no number of a called person is stored.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings as installation
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.installation.counters import count
from bpadmin.installation.encryption import decrypt, encrypt, reencrypt
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.results import ResultNews
from bpadmin.records.named import named_hear, named_sources
from bpadmin.results.models import ResultHook, ResultSource, SentResult
from bpadmin.results.reading.facts import FactReader, facts_plain
from bpadmin.results.reading.identity import Hasher, settings_of
from bpadmin.results.reading.ways import way_of
from bpadmin.tenants.accounts.throttle import try_begin

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

# Bytes of one event; the calls of a request that was tried for years are a fraction of it.
MOST_BYTES = 1_000_000
# Events that one tenant's platform may send within a minute, and how many may wait to be counted.
A_MINUTE, WAITING = 3000, 100_000


class HookUnknown(Exception):
    """There is no such address."""


class HookRefused(Exception):
    """What was sent is not taken; the message says why. `is_busy`: it may be sent again later."""

    def __init__(self, message: str, *, is_busy: bool = False) -> None:
        super().__init__(message)
        self.is_busy = is_busy


def hook_of(tenant: Tenant) -> ResultHook | None:
    """Return the address of a tenant, None where there is none."""
    return ResultHook.objects.filter(tenant=tenant).first()


def hook_path(hook: ResultHook) -> str:
    """Return the address without its host. Raises SecretUnreadable."""
    return f"/hooks/results/{decrypt(hook.secret)}/"


def hook_address(path: str) -> str:
    """Return the whole address by which others reach a path, "" where nobody has said it (BPADMIN_ADDRESS)."""
    return installation.PUBLIC_ADDRESS.rstrip("/") + path if path and installation.PUBLIC_ADDRESS else ""


def hook_renew(*, tenant: Tenant, actor: Actor) -> ResultHook:
    """Make a tenant's address, or another one in its place: the former is known no more from this moment."""
    secret = secrets.token_urlsafe(32)
    values = {"secret": encrypt(secret), "secret_hash": _hash(secret), "made_by_name": actor.called}
    with transaction.atomic():
        hook, is_new = ResultHook.objects.update_or_create(
            tenant=tenant, defaults={**values, "made_at": timezone.now(), "trouble": "", "trouble_at": None}
        )
        _record(tenant, actor, "The address was made." if is_new else "Another address took the place of the former.")
    return hook


def hook_close(*, tenant: Tenant, actor: Actor) -> bool:
    """Take the address away: nothing that is sent there is taken any more. Returns whether there was one."""
    with transaction.atomic():
        gone, _ = ResultHook.objects.filter(tenant=tenant).delete()
        if gone:
            _record(tenant, actor, "The address was taken away.")
    return bool(gone)


def hooks_reencrypt() -> int:
    """Encrypt the secrets of all addresses anew with the first key of the installation; return how many."""
    found = list(ResultHook.objects.all())
    for each in found:
        ResultHook.objects.filter(pk=each.pk).update(secret=reencrypt(each.secret))
    return len(found)


def hook_find(*, secret: str, address: str) -> ResultHook:
    """Return the hook with this secret. Raises HookUnknown, TooManyTries where `address` tried too many wrong ones."""
    tried = try_begin(name="a secret", address=address, kind="hook")
    found = ResultHook.objects.filter(secret_hash=_hash(secret)).select_related("tenant").first()
    if found is None:
        raise HookUnknown
    tried.right()
    return found


def hook_take(*, hook: ResultHook, body: bytes) -> bool:
    """Take what the platform sent, to be counted; False for what tells nothing of results. Raises HookRefused."""
    tenant = hook.tenant
    if count(f"hook:{tenant.pk}", 60) > A_MINUTE:
        raise HookRefused(f"More than {A_MINUTE:,} events came within a minute. Send them again later.", is_busy=True)
    news = _read(hook, body)
    settings = settings_of(tenant)
    if news is None or not settings.is_reading:
        _count(hook, passed=1)
        return False
    if SentResult.objects.filter(tenant=tenant).count() >= WAITING:
        raise HookRefused("Too much waits to be counted. Send it again later.", is_busy=True)
    source = _source(tenant, news)
    hasher = Hasher(settings, source.key_fields)
    (facts,) = FactReader(hasher, tenant.platform, way_of(tenant).zone).read([news.record])
    with transaction.atomic():
        # The same event waits once; one that was counted already changes nothing when it is counted again.
        SentResult.objects.bulk_create(
            [
                SentResult(
                    tenant=tenant,
                    mark=hasher.of("sent", hashlib.sha256(body).hexdigest()),
                    source_id=news.source_id,
                    at=news.at,
                    record_made_at=news.made_at,
                    facts=facts_plain(facts),
                )
            ],
            ignore_conflicts=True,
        )
        _count(hook, taken=1)
    return True


def _read(hook: ResultHook, body: bytes) -> ResultNews | None:
    info = REGISTRY[hook.tenant.platform]
    if info.news_read is None:
        raise HookRefused(f"{info.label} sends no results.")
    try:
        return info.news_read(body)
    except ValueError as error:
        words = f"This is no event of {info.label}'s: {error}."
        _count(hook, refused=1, trouble=words, trouble_at=timezone.now())
        raise HookRefused(words) from error


def _source(tenant: Tenant, news: ResultNews) -> ResultSource:
    """Return the source that something was told of; one that nobody named yet gets known by this."""
    found = ResultSource.objects.filter(tenant=tenant, source_id=news.source_id).first()
    if found is not None:
        return found
    info = REGISTRY[tenant.platform]
    named_hear(tenant=tenant, info=info, source_id=news.source_id, name=news.source_name, actor=Actor(name=info.label))
    named = named_sources(tenant).filter(source_id=news.source_id).first()
    if named is None:
        raise HookRefused("This is of a campaign that nobody has named here, and many were told of already.")
    made, _ = ResultSource.objects.get_or_create(
        tenant=tenant,
        source_id=news.source_id,
        defaults={"campaign_id": news.source_id, "campaign_name": named.name, "is_running": True},
    )
    return made


def _count(hook: ResultHook, **said: int | str | datetime) -> None:
    more = {name: F(name) + value if isinstance(value, int) else value for name, value in said.items()}
    ResultHook.objects.filter(pk=hook.pk).update(last_at=timezone.now(), **more)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _record(tenant: Tenant, actor: Actor, message: str) -> None:
    audit_record(
        verb=Verb.RESULTS_HOOK,
        tenant=tenant,
        actor=actor.user,
        actor_name=actor.name,
        target_kind="results",
        target_name=tenant.name,
        message=message,
    )
