"""Tenants: created, changed, connected to and tested."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from bpadmin.audit.notes import change
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.installation.encryption import SecretUnreadable, decrypt, encrypt, others_reencrypt, reencrypt
from bpadmin.platforms import REGISTRY, open_client
from bpadmin.platforms.base import Capability, ConnectionReport
from bpadmin.platforms.errors import AuthFailed, PlatformError, Reason, Unreachable
from bpadmin.platforms.info import PlatformInfo
from bpadmin.platforms.types import KEEP, Keep
from bpadmin.tenants.connections.addresses import AddressRefused, address_check, proxy_check
from bpadmin.tenants.connections.capabilities import (
    capabilities_are_due,
    capabilities_known,
    capabilities_learn,
    capabilities_report,
    capabilities_unlearnt,
)
from bpadmin.tenants.connections.tokens import CacheTokens
from bpadmin.tenants.models import Membership, Role, Tenant
from bpadmin.tenants.rates import person_too_fast
from bpadmin.tenants.routes import (
    AS_IT_IS,
    RouteRefused,
    RouteWanted,
    certificates_said,
    route_fill,
    route_of,
    route_trusts_others,
)
from bpadmin.tenants.times.zones import time_zones

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
    """Return the tenants that a person may open: those of their memberships, for a superuser all."""
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
    catalogue_calls: int | None = None,
    catalogue_lanes: int | None = None,
    route: RouteWanted = AS_IT_IS,
    secret_ends_on: date | None = None,
    actor: User | None = None,
    actor_name: str = "",
) -> Tenant:
    """Connect a tenant and make `actor` its administrator. `credentials` holds all fields. Raises TenantRefused."""
    info = _platform(platform)
    tenant = Tenant(slug=slug, name=name.strip() or slug, platform=platform, secret_ends_on=secret_ends_on)
    with transaction.atomic():
        _fill(tenant, base_url=base_url, time_zone=time_zone, lanes=lanes, chunk_size=chunk_size)
        _fill_quiet(tenant, quiet_seconds, resends_after_quiet, actor, actor_name)
        _fill_reading(tenant, catalogue_calls, catalogue_lanes)
        _fill_route(tenant, route)
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
    two_people: bool | None = None,
    catalogue_calls: int | None = None,
    catalogue_lanes: int | None = None,
    route: RouteWanted = AS_IT_IS,
    secret_ends_on: date | Keep | None = KEEP,
    actor: User | None = None,
    actor_name: str = "",
) -> Tenant:
    """Change a tenant. A secret that is empty or absent in `credentials` is kept. Raises TenantRefused.

    What is said about silence and reading (see Tenant) stays where it is None; so does what `route` says nothing about.
    KEEP leaves the day on which the API secret ends, None says that it is not known.

    A secret is kept only as long as the server stays the same, and as no other proxy or authority is to be trusted:
    else whoever may change them could have the secret, which nobody may read, sent to a server of their own.
    """
    info = _platform(tenant.platform)
    before = _visible(tenant)
    same_server = urlsplit(tenant.base_url)[:2] == urlsplit(base_url.strip())[:2]
    trusts_others = route_trusts_others(tenant, route)
    kept = _secrets_if_readable(tenant) if same_server and not trusts_others else {}
    why = "the address leads to another server" if kept or not same_server else "the stored one cannot be read"
    if same_server and trusts_others:
        why = "another proxy or authority is to be trusted with it"
    tenant.name = name.strip() or tenant.slug
    _fill(tenant, base_url=base_url, time_zone=time_zone, lanes=lanes, chunk_size=chunk_size)
    _fill_quiet(tenant, quiet_seconds, resends_after_quiet, actor, actor_name)
    _fill_reading(tenant, catalogue_calls, catalogue_lanes)
    tenant.two_people = tenant.two_people if two_people is None else two_people
    if not isinstance(secret_ends_on, Keep):
        tenant.secret_ends_on = secret_ends_on
    has_proxy_password = _fill_route(tenant, route)
    secrets_before = tenant.secrets
    _fill_credentials(tenant, info, credentials, kept=kept, why=why)
    _validate(tenant)
    after = _visible(tenant)
    if any(before[key] != after[key] for key in ("base_url", "credentials")):
        tenant.capabilities = {}
    if not same_server:
        tenant.certificate_ends_at = tenant.certificate_seen_at = None
    changed: dict[str, Any] = {key: change(before[key], after[key]) for key in after if before[key] != after[key]}
    if any(field.is_secret and credentials.get(field.name) for field in info.fields):
        changed["secret"] = "replaced"  # noqa: S105
    else:
        tenant.secrets = secrets_before
    if has_proxy_password:
        changed["proxy_password"] = "replaced"  # noqa: S105
    with transaction.atomic():
        tenant.save()
        if changed:
            _record(Verb.TENANT_CHANGE, tenant, actor, actor_name, changed)
    return tenant


def tenant_client(tenant: Tenant, *, read_timeout: float = 60.0, patience: float = 20.0) -> PlatformClient:
    """Open a client for one thread. Raises Unreachable or AuthFailed where the tenant's own data forbids it.

    Both times are seconds; `patience` bounds what one call may spend before its last retry.
    """
    if words := person_too_fast():
        raise Unreachable(words, reason=Reason.RATE_LIMITED)
    try:
        address_check(tenant.base_url)
        if tenant.proxy:
            proxy_check(tenant.proxy)
        credentials, route = tenant_credentials(tenant), route_of(tenant)
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
        route=route,
    )


def tenant_credentials(tenant: Tenant) -> dict[str, str]:
    """Return all connection fields, decrypted; never show or log them. Raises SecretUnreadable."""
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
    """Return what the tenant's platform offers, as it was found out at most a week ago.

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
    """Return whether the tenant's platform offers something; see `tenant_capabilities`."""
    return capability in tenant_capabilities(tenant)


def tenants_reencrypt() -> int:
    """Encrypt every tenant's secrets with the first of the present keys; give how many tenants. SecretUnreadable.

    Other stored secrets, such as the keys that sign evidence, are encrypted anew with them: all or none.
    """
    with transaction.atomic():
        others_reencrypt()
        tenants = list(Tenant.objects.exclude(secrets="", proxy_secret=""))
        for tenant in tenants:
            tenant.secrets = reencrypt(tenant.secrets) if tenant.secrets else ""
            tenant.proxy_secret = reencrypt(tenant.proxy_secret) if tenant.proxy_secret else ""
            tenant.save(update_fields=["secrets", "proxy_secret"])
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


def _fill_route(tenant: Tenant, route: RouteWanted) -> bool:
    try:
        return route_fill(tenant, route)
    except RouteRefused as refused:
        raise TenantRefused(str(refused), refused.field) from refused


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


def _fill_reading(tenant: Tenant, calls: int | None, lanes: int | None) -> None:
    """Keep how hard the tenant may be asked for its campaigns and lists."""
    tenant.catalogue_calls = tenant.catalogue_calls if calls is None else calls
    tenant.catalogue_lanes = tenant.catalogue_lanes if lanes is None else lanes


def _fill_credentials(
    tenant: Tenant, info: PlatformInfo, credentials: Mapping[str, str], *, kept: Mapping[str, str], why: str = ""
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
            again = f" again, because {why}" if field.is_secret and why else ""
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
    """Return the secrets, or none after a lost key: then they must be entered again, which repairs it."""
    try:
        return _secrets(tenant)
    except SecretUnreadable:
        return {}


def _visible(tenant: Tenant) -> dict[str, Any]:
    """Return what a change is told by in the log: everything but the secrets."""
    names = (
        *("name", "base_url", "time_zone", "lanes", "chunk_size", "quiet_seconds", "resends_after_quiet", "proxy"),
        *("catalogue_calls", "catalogue_lanes", "two_people"),
    )
    said = {name: getattr(tenant, name) for name in names}
    said["secret_ends_on"] = tenant.secret_ends_on.isoformat() if tenant.secret_ends_on else ""
    return {**said, "certificates": certificates_said(tenant), "credentials": dict(tenant.credentials)}


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
