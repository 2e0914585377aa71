"""The demo: a tenant of each platform on the sandbox of this machine, and three people, one for each role."""

from __future__ import annotations

import json
import os
import secrets
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from bpadmin.dialler.types import Actor
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.names import id_of
from bpadmin.platforms.types import FieldSpec
from bpadmin.records.models import NamedSource
from bpadmin.tenants.models import Membership, Role, Tenant
from bpadmin.tenants.services import tenant_create
from dnc.lists.sync import dnc_list_change, dnc_lists_refresh
from dnc.models import ChangeKind, DncList, Purpose
from lists.formats.services import format_remember
from lists.models import ListFormat


@dataclass(frozen=True)
class DemoTenant:
    """A tenant of the demo: one for each platform, all on the sandbox of this machine."""

    slug: str
    name: str
    platform: str
    credentials: Mapping[str, str]
    time_zone: str = "America/New_York"

    def find(self) -> Tenant | None:
        """Return the tenant where it is there."""
        return Tenant.objects.filter(slug=self.slug).first()


TENANTS = (
    DemoTenant(
        "demo", "Demo contact centre", "brightpattern", {"client_id": "sandbox", "client_secret": "sandbox-secret"}
    ),
    DemoTenant(
        "demo-older",
        "Demo on the older API",
        "brightpattern_legacy",
        {"api_version": "v2", "client_id": "sandbox", "client_secret": "sandbox-secret"},
    ),
    DemoTenant(
        "demo-jtel", "Demo on jtel", "jtel", {"clients_id": "1", "token": "sandbox-jtel-token"}, "Europe/Berlin"
    ),
    DemoTenant("demo-conpeek", "Demo on Conpeek", "conpeek", {"key": "sandbox-conpeek-key"}, "Europe/Warsaw"),
)
MAY = {
    Role.VIEWER: "look at everything",
    Role.SUPERVISOR: "do that, start and stop campaigns, change and delete lists, records and Do Not Call lists",
    Role.ADMINISTRATOR: "do all that, and change the settings and people of these tenants (new tenants: a superuser)",
}
CHANGED = "(the one you set)"
# What the demo's Do Not Call lists are for, by their names at the sandbox; no API tells it.
PURPOSES = {
    "Company do-not-call": Purpose.OWN,
    "Known litigators": Purpose.LITIGATORS,
    "Sperrliste DACH": Purpose.REGISTRY,
    "Area codes closed by storm": Purpose.OTHER,
    "Postal codes in emergency": Purpose.OTHER,
    "States without licence": Purpose.OTHER,
    "Paid this week": Purpose.OTHER,
}


@dataclass(frozen=True)
class SignIn:
    """A demo user as it is printed; `may` says in words what the role allows."""

    username: str
    password: str
    may: str


def _kept_file() -> Path:
    return settings.DATA_DIR / "secrets" / "demo.json"


def _kept() -> dict[str, dict[str, str]]:
    """Read what was made before: username -> password and the hash it was stored with."""
    try:
        kept: dict[str, dict[str, str]] = json.loads(_kept_file().read_text())
    except FileNotFoundError:
        return {}
    return kept


def demo_ensure(*, sandbox_url: str) -> None:
    """Make what is missing of the demo and point its tenant to where the sandbox runs now; the rest stays as it is."""
    tenants = [_tenant_ensure(each, sandbox_url) for each in TENANTS]
    kept = _kept()
    for role in Role:
        if user := User.objects.filter(username=role.value).first():
            _join(user, role, tenants)
            continue
        password = kept.get(role.value, {}).get("password") or f"{role.value}-{secrets.token_hex(4)}"
        user = User.objects.create_user(role.value, password=password)
        _join(user, role, tenants)
        kept[role.value] = {"password": password, "hash": user.password}
    _keep(kept)


def _tenant_ensure(wanted: DemoTenant, sandbox_url: str) -> Tenant:
    """Make the tenant, or lead it to where the sandbox runs now as long as it still signs in there as it was made."""
    tenant = wanted.find()
    if tenant is None:
        return tenant_create(
            slug=wanted.slug,
            name=wanted.name,
            platform=wanted.platform,
            base_url=sandbox_url,
            credentials=wanted.credentials,
            time_zone=wanted.time_zone,
        )
    is_ours = all(wanted.credentials.get(name) == value for name, value in tenant.credentials.items() if value)
    if tenant.base_url != sandbox_url and is_ours:
        tenant.base_url = sandbox_url
        tenant.save(update_fields=["base_url"])
    return tenant


def _join(user: User, role: Role, tenants: Iterable[Tenant]) -> None:
    """Make a demo user a member of the demo's tenants, as far as they are not in them with a role of their own."""
    for tenant in tenants:
        Membership.objects.get_or_create(tenant=tenant, user=user, defaults={"role": role})


def demo_known_keep(*, sandbox_url: str) -> None:
    """Keep, at the first start, what no API tells: fields of lists as if made here, names of voice campaigns, purposes.

    Without this a first upload of the demo would begin with describing a list, a first look at requests with looking
    for an id, and a number blocked everywhere would go into the lists of litigators and registries too.
    """
    for wanted in TENANTS:
        tenant = wanted.find()
        if tenant is None:
            continue
        info = REGISTRY[tenant.platform]
        has_lists = info.capabilities >= {Capability.RECORDS_ADD, Capability.LISTS_READ}
        if has_lists and not ListFormat.objects.filter(tenant=tenant).exists():
            _formats_keep(tenant, _asked(sandbox_url, "dump").get("lists", ()), goes_by_names=info.goes_by_names)
        if wanted.platform == "conpeek" and not NamedSource.objects.filter(tenant=tenant).exists():
            for each in _asked(sandbox_url, "dump/conpeek").get("campaigns", ()):
                values = {"voice_campaign_id": each["id"]}
                NamedSource.objects.create(tenant=tenant, source_id=each["id"], name=each["name"], values=values)
        if Capability.DNC_WRITE in info.capabilities:
            _purposes_keep(tenant)


def _purposes_keep(tenant: Tenant) -> None:
    """Say what the demo's Do Not Call lists are for where nobody ever said it; a worker may have found them already."""
    if not DncList.objects.filter(tenant=tenant).exists():
        with suppress(PlatformError):
            dnc_lists_refresh(tenant=tenant)
    unsaid = DncList.objects.filter(tenant=tenant, purpose=Purpose.UNSAID, is_registry=False)
    for each in unsaid.exclude(changes__kind=ChangeKind.SETTINGS).select_related("tenant"):
        if purpose := PURPOSES.get(each.name):
            day = timezone.localdate() if purpose is Purpose.REGISTRY else None
            dnc_list_change(dnc_list=each, actor=Actor(name="the demo"), purpose=purpose, data_as_of=day)


def _asked(sandbox_url: str, what: str) -> dict[str, Any]:
    """Ask the sandbox what it holds; nothing where it does not answer, for the demo does without."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{sandbox_url}/__sandbox__/{what}", timeout=10) as answer:
            return dict(json.load(answer))
    except (OSError, ValueError):
        return {}


def _formats_keep(tenant: Tenant, lists: Iterable[Mapping[str, Any]], *, goes_by_names: bool) -> None:
    for each in lists:
        format_remember(
            tenant=tenant,
            list_id=id_of(each["name"]) if goes_by_names else each["id"],
            list_name=each["name"],
            format_id="" if goes_by_names else each.get("formatId", ""),
            format_name="",
            fields=[_field(member) for member in each.get("fields", ())],
        )


def _field(member: dict[str, Any]) -> FieldSpec:
    named = {
        "phone_type": "phoneType",
        "remove_prefix": "removePrefix",
        "default_country_code": "defaultCountryCode",
        "date_format": "format",
        "time_zone": "timeZone",
    }
    return FieldSpec.from_json(
        {**member, **{ours: member[theirs] for ours, theirs in named.items() if theirs in member}}
    )


def _keep(kept: dict[str, dict[str, str]]) -> None:
    fresh = _kept_file().with_suffix(".new")
    fresh.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        json.dump(kept, handle)
    fresh.replace(_kept_file())


def demo_sign_ins() -> Iterator[SignIn]:
    """Return the demo users with their passwords; one whose password was changed since is said so, not shown."""
    kept = _kept()
    hashes = dict(User.objects.filter(username__in=list(kept)).values_list("username", "password"))
    for role in Role:
        if role.value in hashes:
            made = kept[role.value]
            # The stored hash tells it: checking the password itself would cost a third of a second for each.
            password = made["password"] if hashes[role.value] == made["hash"] else CHANGED
            yield SignIn(username=role.value, password=password, may=MAY[role])
