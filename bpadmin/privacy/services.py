"""A person found or erased in everything that is kept of a tenant, with the proof of what went and what stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from bpadmin.audit.chain import FIRST, row_hash
from bpadmin.audit.services import audit_record
from bpadmin.audit.signing import signing_keys
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.privacy.matching import Person
from bpadmin.privacy.places import Found, places_find
from bpadmin.tenants.models import Tenant

ELSEWHERE = (
    "Not looked at: what the dialler itself holds (erase the record there, by the pages of the list or by "
    "record_erase), backups (they end with their own dates), and files that people have downloaded."
)


@dataclass(frozen=True, slots=True)
class Report:
    """What was found or erased: what is or was removable, what stays and why, and the signature of all that."""

    tenant: Tenant
    at: datetime
    is_erased: bool
    goes: tuple[Found, ...]
    stays: tuple[Found, ...]
    mark: str
    signature: str = ""

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was found at all."""
        return not self.goes and not self.stays

    def as_json(self) -> dict[str, Any]:
        """Return the proof as plain data; the person is in it by a keyed hash alone."""
        return {**_signed(self), "signature": self.signature}


def person_find(*, tenant: Tenant, known_by: Iterable[str], actor: Actor, files: bool = True) -> Report:
    """Find a person in what is kept of a tenant. Raises PersonRefused."""
    return _report(tenant, Person.read(known_by), actor, files=files, erase=False)


def person_erase(*, tenant: Tenant, known_by: Iterable[str], actor: Actor) -> Report:
    """Erase a person from what is kept of a tenant, where it may be. Raises PersonRefused."""
    return _report(tenant, Person.read(known_by), actor, files=True, erase=True)


def _report(tenant: Tenant, person: Person, actor: Actor, *, files: bool, erase: bool) -> Report:
    found = tuple(places_find(tenant=tenant, person=person, files=files, erase=erase))
    key = signing_keys().current
    report = Report(
        tenant=tenant,
        at=timezone.now(),
        is_erased=erase,
        goes=tuple(each for each in found if not each.stays),
        stays=tuple(each for each in found if each.stays),
        mark=row_hash({"known_by": sorted(person.texts)}, FIRST, key=key),
    )
    report = replace(report, signature=row_hash(_signed(report), FIRST, key=key))
    goes = {each.place: each.count for each in report.goes}
    stays = {each.place: each.count for each in report.stays}
    audit_record(
        verb=Verb.PERSON_ERASE if erase else Verb.PERSON_FIND,
        tenant=tenant,
        actor=actor.user,
        actor_name=actor.name,
        target_kind="tenant",
        target_id=tenant.slug,
        target_name=tenant.name,
        details={"removed" if erase else "found": goes, "stays": stays, "mark": report.mark},
    )
    return report


def _signed(report: Report) -> dict[str, Any]:
    return {
        "tenant": report.tenant.slug,
        "at": report.at.isoformat(),
        "what": "erased" if report.is_erased else "found",
        "person": report.mark,
        "goes": [{"place": each.place, "ids": each.ids} for each in report.goes],
        "stays": [{"place": each.place, "ids": each.ids, "why": each.stays} for each in report.stays],
        "elsewhere": ELSEWHERE,
    }
