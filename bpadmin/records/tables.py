"""How a person sees a table of the dashboard: its columns, its density, and searches kept under names."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpadmin.records.models import ColumnChoice, ColumnScope, Density, TableView
from bpadmin.records.saved import ViewRefused
from bpadmin.texts import text_clean

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from bpadmin.tenants.models import Tenant

MOST_VIEWS = 40
LONGEST_QUERY = 2000


@dataclass(frozen=True, slots=True)
class TableChoice:
    """What a person chose for a table: keys of columns, none where the usual ones are shown, and how dense it is."""

    columns: tuple[str, ...] = ()
    density: Density = Density.USUAL

    @property
    def is_compact(self) -> bool:
        """Return whether rows take little room."""
        return self.density == Density.COMPACT


def table_choice(*, user: User, tenant: Tenant, table: str) -> TableChoice:
    """Return what a person chose for a table."""
    choice = ColumnChoice.objects.filter(user=user, tenant=tenant, scope=ColumnScope.TABLE, scope_id=table).first()
    if choice is None:
        return TableChoice()
    density = Density(choice.density) if choice.density in Density.values else Density.USUAL
    return TableChoice(tuple(str(key) for key in choice.columns), density)


def table_choose(
    *, user: User, tenant: Tenant, table: str, columns: Iterable[str], known: Collection[str], density: str
) -> TableChoice:
    """Remember the columns of a table that are `known`, and its density; none at all means the usual ones again."""
    kept = [key for key in dict.fromkeys(columns) if key in known]
    wanted = Density(density) if density in Density.values else Density.USUAL
    ColumnChoice.objects.update_or_create(
        user=user,
        tenant=tenant,
        scope=ColumnScope.TABLE,
        scope_id=table,
        defaults={"columns": kept, "density": wanted},
    )
    return TableChoice(tuple(kept), wanted)


def table_views_of(*, user: User, tenant: Tenant, table: str) -> QuerySet[TableView]:
    """Return what a person keeps of a table under names."""
    return TableView.objects.filter(owner=user, tenant=tenant, table=table)


def table_view_save(*, user: User, tenant: Tenant, table: str, name: str, query: str) -> TableView:
    """Keep a query string under a name; one of that name is replaced. Raises ViewRefused."""
    name = text_clean(name).strip()[:80]
    if not name:
        raise ViewRefused("Give the view a name.")
    if len(query) > LONGEST_QUERY:
        raise ViewRefused("This search is too long to be kept: shorten it.")
    kept = table_views_of(user=user, tenant=tenant, table=table)
    if kept.exclude(name=name).count() >= MOST_VIEWS:
        raise ViewRefused(f"You keep {MOST_VIEWS} views of this table already. Remove one first.")
    view, _ = TableView.objects.update_or_create(
        owner=user, tenant=tenant, table=table, name=name, defaults={"query": query}
    )
    return view
