"""The demo: three people, one for each role, in a tenant on the sandbox of this machine."""

from __future__ import annotations

import json
import os
import secrets
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

from bpadmin.platforms.types import FieldSpec
from bpadmin.tenants.models import Membership, Role, Tenant
from bpadmin.tenants.services import tenant_create
from lists.formats import format_remember
from lists.models import ListFormat

SLUG = "demo"
CREDENTIALS = {"client_id": "sandbox", "client_secret": "sandbox-secret"}
MAY = {
    Role.VIEWER: "look at everything",
    Role.SUPERVISOR: "start and stop campaigns, upload into lists",
    Role.ADMINISTRATOR: "do all that, and manage tenants and people",
}
CHANGED = "(the one you set)"


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
    tenant = Tenant.objects.filter(slug=SLUG).first()
    if tenant is None:
        tenant = tenant_create(
            slug=SLUG,
            name="Demo contact centre",
            platform="brightpattern",
            base_url=sandbox_url,
            credentials=CREDENTIALS,
        )
    elif tenant.base_url != sandbox_url and tenant.credentials.get("client_id") == CREDENTIALS["client_id"]:
        tenant.base_url = sandbox_url
        tenant.save(update_fields=["base_url"])
    kept = _kept()
    for role in Role:
        if User.objects.filter(username=role.value).exists():
            continue
        password = kept.get(role.value, {}).get("password") or f"{role.value}-{secrets.token_hex(4)}"
        user = User.objects.create_user(role.value, password=password)
        Membership.objects.get_or_create(tenant=tenant, user=user, defaults={"role": role})
        kept[role.value] = {"password": password, "hash": user.password}
    _keep(kept)


def demo_formats_keep(*, sandbox_url: str) -> int:
    """Keep the demo lists' fields as if the lists had been created here, at the first start; gives how many.

    A real tenant cannot tell them; without this, a first upload of the demo would begin with describing a list.
    """
    tenant = Tenant.objects.filter(slug=SLUG).first()
    if tenant is None or ListFormat.objects.filter(tenant=tenant).exists():
        return 0
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{sandbox_url}/__sandbox__/dump", timeout=10) as answer:
            found = json.load(answer)["lists"]
    except (OSError, ValueError, KeyError):
        return 0
    for each in found:
        format_remember(
            tenant=tenant,
            list_id=each["id"],
            list_name=each["name"],
            format_id=each.get("formatId", ""),
            format_name="",
            fields=[_field(member) for member in each.get("fields", ())],
        )
    return len(found)


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
    """Give the demo users with their passwords; one whose password was changed since is said so, not shown."""
    kept = _kept()
    hashes = dict(User.objects.filter(username__in=list(kept)).values_list("username", "password"))
    for role in Role:
        if role.value in hashes:
            made = kept[role.value]
            # The stored hash tells it: checking the password itself would cost a third of a second for each.
            password = made["password"] if hashes[role.value] == made["hash"] else CHANGED
            yield SignIn(username=role.value, password=password, may=MAY[role])
