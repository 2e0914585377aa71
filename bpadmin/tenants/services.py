"""Tenants: created, changed, connected to and tested."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.platforms import REGISTRY, open_client
from bpadmin.platforms.base import Capability, ConnectionReport
from bpadmin.platforms.errors import AuthFailed, PlatformError, Unreachable
from bpadmin.platforms.info import PlatformInfo
from bpadmin.tenants.addresses import AddressRefused, address_check
from bpadmin.tenants.capabilities import (
    capabilities_are_due,
    capabilities_known,
    capabilities_learn,
    capabilities_report,
    capabilities_unlearnt,
)
from bpadmin.tenants.encryption import SecretUnreadable, decrypt, encrypt, others_reencrypt, reencrypt
from bpadmin.tenants.models import Membership, Role, Tenant
from bpadmin.tenants.tokens import CacheTokens
from bpadmin.tenants.zones import time_zones

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.platforms.client import PlatformClient

TEST_TIMEOUT = 15.0
TEST_PATIENCE = 4.0
# A page waits for it, once a week.
PROBE_TIMEOUT = 5.0


class TenantRefused(Exception):
    """A tenant cannot be saved like this; `field` names the input at fault where there is one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def tenants_of(*, user: Any) -> QuerySet[Tenant]:
    """Give the tenants that a person may open: those of their memberships, for a superuser all."""
    if not user.is_authenticated:
        return Tenant.objects.none()
    return Tenant.objects.all() if user.is_superuser else Tenant.objects.filter(memberships__user=user)


def tenant_create(
    *,
    slug: str,
    name: str,
    platform: str,
    base_url: str,
    credentials: Mapping[str, str],
    time_zone: str = "UTC",
    lanes: int = 4,
    chunk_size: int = 1000,
    quiet_seconds: int | None = None,
    resends_after_quiet: bool = False,
    actor: User | None = None,
    actor_name: str = "",
) -> Tenant:
    """Connect a tenant and make `actor` its administrator. `credentials` holds all fields. Raises TenantRefused."""
    info = _platform(platform)
    tenant = Tenant(slug=slug, name=name.strip() or slug, platform=platform)
    with transaction.atomic():
        _fill(tenant, base_url=base_url, time_zone=time_zone, lanes=lanes, chunk_size=chunk_size)
        _fill_quiet(tenant, quiet_seconds, resends_after_quiet, actor, actor_name)
        _fill_credentials(tenant, info, credentials, kept={})
        _validate(tenant)
        tenant.save()
        if actor is not None:
            Membership.objects.create(tenant=tenant, user=actor, role=Role.ADMINISTRATOR)
        _record(Verb.TENANT_ADD, tenant, actor, actor_name, {"address": tenant.base_url, "platform": info.label})
    return tenant


def tenant_update(
    *,
    tenant: Tenant,
    name: str,
    base_url: str,
    credentials: Mapping[str, str],
    time_zone: str,
    lanes: int,
    chunk_size: int,
    quiet_seconds: int | None = None,
    resends_after_quiet: bool | None = None,
    actor: User | None = None,
    actor_name: str = "",
) -> Tenant:
    """Change a tenant. A secret that is empty or absent in `credentials` is kept. Raises TenantRefused.

    What is said about silence (see Tenant) stays where it is None.

    A secret is kept only as long as the server stays the same: else whoever may change the address could have the
    secret, which nobody may read, sent to a server of their own.
    """
    info = _platform(tenant.platform)
    before = _visible(tenant)
    same_server = urlsplit(tenant.base_url)[:2] == urlsplit(base_url.strip())[:2]
    kept = _secrets_if_readable(tenant) if same_server else {}
    tenant.name = name.strip() or tenant.slug
    _fill(tenant, base_url=base_url, time_zone=time_zone, lanes=lanes, chunk_size=chunk_size)
    _fill_quiet(tenant, quiet_seconds, resends_after_quiet, actor, actor_name)
    secrets_before = tenant.secrets
    _fill_credentials(tenant, info, credentials, kept=kept)
    _validate(tenant)
    after = _visible(tenant)
    if any(before[key] != after[key] for key in ("base_url", "credentials")):
        tenant.capabilities = {}
    changed: dict[str, Any] = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    if any(field.is_secret and credentials.get(field.name) for field in info.fields):
        changed["secret"] = "replaced"  # noqa: S105
    else:
        tenant.secrets = secrets_before
    with transaction.atomic():
        tenant.save()
        if changed:
            _record(Verb.TENANT_CHANGE, tenant, actor, actor_name, changed)
    return tenant


def tenant_client(tenant: Tenant, *, read_timeout: float = 60.0, patience: float = 20.0) -> PlatformClient:
    """Open a client for one thread. Raises Unreachable or AuthFailed where the tenant's own data forbids it.

    Both times are seconds; `patience` bounds what one call may spend before its last retry.
    """
    try:
        address_check(tenant.base_url)
        credentials = tenant_credentials(tenant)
    except AddressRefused as exc:
        raise Unreachable(f"The address of {tenant.name} may not be called. {exc}") from exc
    except SecretUnreadable as exc:
        raise AuthFailed(str(exc)) from exc
    scope = hashlib.sha256(json.dumps([tenant.pk, tenant.base_url, credentials], sort_keys=True).encode()).hexdigest()
    return open_client(
        tenant.platform,
        base_url=tenant.base_url,
        credentials=credentials,
        tokens=CacheTokens(scope),
        read_timeout=read_timeout,
        check_url=address_check,
        patience=patience,
    )


def tenant_credentials(tenant: Tenant) -> dict[str, str]:
    """Give all connection fields, decrypted; never show or log them. Raises SecretUnreadable."""
    return {**tenant.credentials, **_secrets(tenant)}


def tenant_test(tenant: Tenant) -> ConnectionReport:
    """Try to sign in and read, and say in plain words what came of it; learns anew what the tenant offers."""
    try:
        with tenant_client(tenant, read_timeout=TEST_TIMEOUT, patience=TEST_PATIENCE) as client:
            report = client.probe()
            return capabilities_report(tenant, client, report) if report.ok else report
    except (Unreachable, AuthFailed) as exc:
        return ConnectionReport(ok=False, headline=exc.message)


def tenant_capabilities(tenant: Tenant) -> frozenset[Capability]:
    """Give what the tenant's platform offers, as it was found out at most a week ago.

    What is older is asked for again with one harmless read. Never raises: as long as the tenant does not answer, what
    was known counts, and nothing newer than the oldest API where nothing was; it is asked again after some minutes.
    """
    if capabilities_are_due(tenant):
        try:
            with tenant_client(tenant, read_timeout=PROBE_TIMEOUT, patience=0.0) as client:
                capabilities_learn(tenant, client)
        except PlatformError as exc:
            capabilities_unlearnt(tenant, exc)
    return capabilities_known(tenant)


def tenant_has(tenant: Tenant, capability: Capability) -> bool:
    """Tell whether the tenant's platform offers something; see `tenant_capabilities`."""
    return capability in tenant_capabilities(tenant)


def tenants_reencrypt() -> int:
    """Encrypt every tenant's secrets with the first of the present keys; give how many tenants. SecretUnreadable.

    Other stored secrets, such as the keys that sign evidence, are encrypted anew with them: all or none.
    """
    with transaction.atomic():
        others_reencrypt()
        tenants = list(Tenant.objects.exclude(secrets=""))
        for tenant in tenants:
            tenant.secrets = reencrypt(tenant.secrets)
            tenant.save(update_fields=["secrets"])
    return len(tenants)


def _platform(key: str) -> PlatformInfo:
    try:
        return REGISTRY[key]
    except KeyError:
        known = ", ".join(sorted(REGISTRY))
        raise TenantRefused(f"There is no platform “{key}”. Known: {known}.", "platform") from None


def _fill(tenant: Tenant, *, base_url: str, time_zone: str, lanes: int, chunk_size: int) -> None:
    try:
        address_check(base_url.strip())
    except AddressRefused as exc:
        raise TenantRefused(str(exc), "base_url") from exc
    if time_zone not in time_zones():
        raise TenantRefused(f"There is no time zone “{time_zone}”. Write it like America/New_York.", "time_zone")
    tenant.base_url, tenant.time_zone = base_url.strip().rstrip("/"), time_zone
    tenant.lanes, tenant.chunk_size = lanes, chunk_size


def _fill_quiet(
    tenant: Tenant, quiet_seconds: int | None, resends: bool | None, actor: User | None, actor_name: str
) -> None:
    """Keep how silence is judged, and by whose decision rows are sent again on it."""
    if quiet_seconds is not None:
        tenant.quiet_seconds = quiet_seconds
    if resends is not None and resends != tenant.resends_after_quiet:
        tenant.resends_after_quiet = resends
        who = actor.get_username() if actor is not None else actor_name
        tenant.resends_after_quiet_by = who[:150] if resends else ""


def _fill_credentials(
    tenant: Tenant, info: PlatformInfo, credentials: Mapping[str, str], *, kept: Mapping[str, str]
) -> None:
    plain: dict[str, str] = {}
    secret: dict[str, str] = {}
    for field in info.fields:
        value = (credentials.get(field.name) or field.default).strip()
        value = value or (kept.get(field.name, "") if field.is_secret else "")
        if field.choices and value not in dict(field.choices):
            known = ", ".join(dict(field.choices))
            raise TenantRefused(f"{field.label} must be one of: {known}.", field.name)
        if not value and field.is_needed(credentials):
            again = " again, because the address leads to another server" if field.is_secret and tenant.pk else ""
            raise TenantRefused(f"{field.label} is needed{again}.", field.name)
        (secret if field.is_secret else plain)[field.name] = value
    tenant.credentials, tenant.secrets = plain, encrypt(json.dumps(secret))


def _validate(tenant: Tenant) -> None:
    try:
        tenant.full_clean()
    except ValidationError as exc:
        name, messages = next(iter(exc.message_dict.items()))
        if name == "slug" and Tenant.objects.filter(slug=tenant.slug).exists():
            raise TenantRefused(f"There is a tenant “{tenant.slug}” already. Choose another short name.", name) from exc
        raise TenantRefused(" ".join(messages), "" if name == "__all__" else name) from exc


def _secrets(tenant: Tenant) -> dict[str, str]:
    return dict(json.loads(decrypt(tenant.secrets))) if tenant.secrets else {}


def _secrets_if_readable(tenant: Tenant) -> dict[str, str]:
    """Give the secrets, or none after a lost key: then they must be entered again, which repairs it."""
    try:
        return _secrets(tenant)
    except SecretUnreadable:
        return {}


def _visible(tenant: Tenant) -> dict[str, Any]:
    """Give what a change is told by in the log: everything but the secrets."""
    names = ("name", "base_url", "time_zone", "lanes", "chunk_size", "quiet_seconds", "resends_after_quiet")
    return {**{name: getattr(tenant, name) for name in names}, "credentials": dict(tenant.credentials)}


def _record(verb: Verb, tenant: Tenant, actor: User | None, actor_name: str, details: dict[str, Any]) -> None:
    audit_record(
        verb=verb,
        tenant=tenant,
        actor=actor,
        actor_name=actor_name,
        target_kind="tenant",
        target_id=tenant.slug,
        target_name=tenant.name,
        details=details,
    )
