"""Filters that people keep under a name, for themselves or for everybody in the tenant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from bpadmin.platforms.sources import CONDITION_MEMBERS, Condition
from bpadmin.records.models import SavedView
from bpadmin.texts import text_clean

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Tenant


class ViewRefused(Exception):
    """A view cannot be saved or removed like this; the message says why and what to do."""


def views_of(*, tenant: Tenant, user: User, source_id: str = "") -> QuerySet[SavedView]:
    """Return the views that a person sees: their own and those shared, of one source or of all."""
    views = SavedView.objects.filter(Q(owner=user) | Q(is_shared=True), tenant=tenant).select_related("owner")
    return views.filter(source_id=source_id) if source_id else views


def view_conditions(view: SavedView) -> list[Condition]:
    """Return the conditions of a view. Raises ViewRefused where they say more than is understood here.

    To pass that over would show, and export, other records than were meant.
    """
    for each in view.conditions:
        if unknown := [name for name in each if name not in CONDITION_MEMBERS]:
            names = ", ".join(f"“{name}”" for name in unknown)
            raise ViewRefused(f"The view “{view.name}” says {names}, which this version does not know: save it anew.")
    return [Condition.from_json(each) for each in view.conditions]


def view_save(
    *, tenant: Tenant, user: User, source_id: str, name: str, conditions: Sequence[Condition], is_shared: bool
) -> SavedView:
    """Keep conditions under a name; a view of one's own of that name is replaced. Raises ViewRefused."""
    name = text_clean(name).strip()[:80]
    if not name:
        raise ViewRefused("Give the view a name.")
    if not conditions:
        raise ViewRefused("There is nothing to save: no filter is set. Set one, show the records, then save.")
    other = views_of(tenant=tenant, user=user, source_id=source_id).filter(name=name).exclude(owner=user).first()
    if other is not None:
        raise ViewRefused(f"{other.owner.get_username()} shares a view “{name}” already. Choose another name.")
    try:
        with transaction.atomic():
            view, _ = SavedView.objects.update_or_create(
                tenant=tenant,
                source_id=source_id,
                owner=user,
                name=name,
                defaults={"conditions": [each.as_json() for each in conditions], "is_shared": is_shared},
            )
    except IntegrityError as error:
        raise ViewRefused(f"Somebody has just shared a view “{name}”. Choose another name.") from error
    return view


def view_share(*, view: SavedView, is_shared: bool) -> SavedView:
    """Let everybody in the tenant see a view, or its owner alone. Raises ViewRefused."""
    view.is_shared = is_shared
    try:
        with transaction.atomic():
            view.save(update_fields=["is_shared", "saved_at"])
    except IntegrityError as error:
        raise ViewRefused(f"Another view “{view.name}” is shared already. Save yours under another name.") from error
    return view


def view_delete(*, view: SavedView) -> None:
    """Forget a view."""
    view.delete()
