"""Places that reports are delivered to: added, removed, and the one way by which something is sent to them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.installation.encryption import SecretUnreadable, decrypt, encrypt, reencrypt
from bpadmin.reports.delivery.mail import addresses_open
from bpadmin.reports.delivery.types import DeliveryFailed, DestinationRefused, Parcel
from bpadmin.reports.models import NAME_LENGTH, Destination, Way
from bpadmin.tenants.access import role_of
from bpadmin.tenants.models import Role
from bpadmin.texts import text_clean

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

MOST = 50


class WayModule(Protocol):
    """What each module of `bpadmin.reports.delivery` offers."""

    def check(self, said: Mapping[str, Any], secret: str) -> dict[str, Any]:
        """Return the settings as they are kept. Raises DestinationRefused."""

    def place(self, kept: Mapping[str, Any]) -> str:
        """Say in words where it is."""

    def send(self, kept: Mapping[str, Any], secret: str, parcel: Parcel) -> str:
        """Deliver, and return in words what came of it. Raises DeliveryFailed."""


def way_module(way: str) -> WayModule:
    """Return the module of a way; its library is loaded with it."""
    return cast(WayModule, import_module(f"bpadmin.reports.delivery.{Way(way).value}"))


def destinations_of(*, tenant: Tenant) -> QuerySet[Destination]:
    """Return a tenant's destinations by name."""
    return Destination.objects.filter(tenant=tenant)


def destination_find(*, tenant: Tenant, name: str) -> Destination:
    """Find a destination by its name. Raises DestinationRefused."""
    found = destinations_of(tenant=tenant).filter(name=name.strip()).first()
    if found is None:
        names = ", ".join(f"“{each.name}”" for each in destinations_of(tenant=tenant)) or "none yet"
        raise DestinationRefused(f"There is no destination “{name}” (there are {names}).", "destinations")
    return found


def destination_add(
    *, tenant: Tenant, name: str, way: str, said: Mapping[str, Any], secret: str = "", actor: Actor
) -> Destination:
    """Keep a destination. Raises DestinationRefused."""
    name = " ".join(text_clean(name).split())[:NAME_LENGTH]
    if not name:
        raise DestinationRefused("Give it a name by which people here know it.", "name")
    if way not in Way.values:
        raise DestinationRefused(f"There is no way “{way}”.", "way")
    _role_check(tenant, way, actor)
    if destinations_of(tenant=tenant).count() >= MOST:
        raise DestinationRefused(f"A tenant has at most {MOST} destinations. Remove some that nothing goes to.")
    kept = way_module(way).check({**said, "members": _addresses(tenant), "tenant": tenant.slug}, secret)
    made = Destination(tenant=tenant, name=name, way=way, settings=kept, made_by_name=actor.called)
    made.secret = encrypt(secret) if secret else ""
    try:
        with transaction.atomic():
            made.save()
            _log(Verb.DESTINATION_ADD, made, actor)
    except IntegrityError:
        raise DestinationRefused(f"There is a destination “{name}” already.", "name") from None
    return made


def destination_remove(*, destination: Destination, actor: Actor) -> None:
    """Forget a destination; what went there stays told. Nothing more goes there, what is queued included.

    Raises DestinationRefused.
    """
    _role_check(destination.tenant, destination.way, actor)
    with transaction.atomic():
        _log(Verb.DESTINATION_REMOVE, destination, actor)
        destination.delete()


def destination_place(destination: Destination) -> str:
    """Say in words where it is."""
    return way_module(destination.way).place(destination.settings)


def parcel_send(destination: Destination, parcel: Parcel) -> str:
    """Deliver to a destination, and return in words what came of it. Raises DeliveryFailed."""
    try:
        secret = decrypt(destination.secret) if destination.secret else ""
    except SecretUnreadable as error:
        raise DeliveryFailed(str(error)) from error
    kept, left_out = destination.settings, ""
    if destination.way == Way.FOLDER:
        kept = {**kept, "tenant": destination.tenant.slug}
    if destination.way == Way.MAIL:
        kept, left_out = _people_now(destination)
    return f"{way_module(destination.way).send(kept, secret, parcel)}{left_out}"


def _people_now(destination: Destination) -> tuple[dict[str, Any], str]:
    """Return the settings with those alone who may still get it, and who is left out. Raises DeliveryFailed."""
    open_ = addresses_open(destination.settings["to"], _addresses(destination.tenant))
    gone = [each for each in destination.settings["to"] if each not in open_]
    if not gone:
        return destination.settings, ""
    words = f"no address of the people of this tenant any more: {', '.join(gone)}."
    if not open_:
        raise DeliveryFailed(f"Nothing was sent, since it is {words} Add the destination anew.")
    return {**destination.settings, "to": open_}, f" Left out, since it is {words}"


def secrets_reencrypt() -> int:
    """Encrypt the secrets of all destinations anew with the first key of the installation; return how many."""
    found = Destination.objects.exclude(secret="")
    for each in found:
        Destination.objects.filter(pk=each.pk).update(secret=reencrypt(each.secret))
    return len(found)


def way_role(way: str) -> Role:
    """Return who may add and remove destinations of a way: what leads out of people's sight is for administrators."""
    return Role.SUPERVISOR if way == Way.MAIL else Role.ADMINISTRATOR


def _role_check(tenant: Tenant, way: str, actor: Actor) -> None:
    role, wanted = role_of(actor.user, tenant) if actor.user else Role.ADMINISTRATOR, way_role(way)
    if role is None or not role.covers(wanted):
        raise DestinationRefused(f"This needs the role {wanted.label} in {tenant.name}.")


def _addresses(tenant: Tenant) -> list[str]:
    people = User.objects.filter(memberships__tenant=tenant, is_active=True).exclude(email="")
    return list(people.values_list("email", flat=True))


def _log(verb: Verb, destination: Destination, actor: Actor) -> None:
    audit_record(
        verb=verb,
        tenant=destination.tenant,
        actor=actor.user,
        actor_name=actor.called,
        target_kind="destination",
        target_id=str(destination.pk or ""),
        target_name=destination.name,
        message=f"{Way(destination.way).label}: {destination_place(destination)}",
    )
