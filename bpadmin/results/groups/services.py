"""What dispositions count as: proposed from their names, changed by people, every change dated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.results.models import Disposition, DispositionGroup, GroupChange

if TYPE_CHECKING:
    from bpadmin.dialler.types import Actor
    from bpadmin.tenants.models import Tenant


class GroupRefused(Exception):
    """A disposition cannot be grouped so; the message is a sentence for people."""


def dispositions_of(*, tenant: Tenant) -> QuerySet[Disposition]:
    """Return the dispositions that were seen, those that count as nothing first, then by how often they were seen."""
    return Disposition.objects.filter(tenant=tenant).order_by("group", "-seen", "name")


def groups_changed_at(*, tenant: Tenant) -> datetime | None:
    """Return when the groups were last changed by a person: all figures are counted by the present ones."""
    return GroupChange.objects.filter(disposition__tenant=tenant).order_by("-at").values_list("at", flat=True).first()


def disposition_find(*, tenant: Tenant, name: str) -> Disposition:
    """Find a disposition by its name, whatever its capitals. Raises GroupRefused."""
    found = Disposition.objects.filter(tenant=tenant, name__iexact=name.strip()).first()
    if found is None:
        raise GroupRefused(f"No attempt with the disposition “{name}” was seen in {tenant.name} yet.")
    return found


def dispositions_group(*, tenant: Tenant, wanted: Mapping[int, str], actor: Actor) -> int:
    """Let dispositions, by their primary keys, count as these groups; return how many were changed. GroupRefused.

    What is chosen as it was proposed is confirmed by that.
    """
    if unknown := set(wanted.values()) - set(DispositionGroup.values):
        raise GroupRefused(f"There is no group “{sorted(unknown)[0]}”.")
    now, changed = timezone.now(), []
    with transaction.atomic():
        for each in Disposition.objects.select_for_update().filter(tenant=tenant, pk__in=list(wanted)):
            before, after = each.group, wanted[each.pk]
            if before == after and not each.is_proposed:
                continue
            each.group, each.is_proposed = after, False
            if before != after:
                each.changed_at = now
                GroupChange.objects.create(disposition=each, before=before, after=after, at=now, by=actor.called)
                changed.append(each)
            each.save(update_fields=["group", "is_proposed", "changed_at"])
        if changed:
            audit_record(
                verb=Verb.RESULTS_GROUPS,
                tenant=tenant,
                actor=actor.user,
                actor_name=actor.name,
                target_kind="results",
                target_name=", ".join(str(each) for each in changed)[:300],
                details={str(each): each.get_group_display() for each in changed},
            )
    return len(changed)
