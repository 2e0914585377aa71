"""Which list protects which campaign, and where nothing does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from bpadmin.dialler.catalogue import campaigns_in, campaigns_want
from bpadmin.dialler.models import CatalogueCampaign, CatalogueGuard
from bpadmin.platforms.types import CampaignState
from bpadmin.tenants.models import Tenant
from bpadmin.web.tables import StoredColumn, Table, TableQuery, table_stored
from dnc.models import DncKind, DncList

PER_PAGE = 50
# Lists side by side; a tenant with more shows them page by page.
COLUMNS = 12
GAPS = (("", "All"), ("gap", "With a gap"), ("ok", "Protected"), ("unread", "Not read yet"))


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One campaign; `cells` tell for each list whether it protects it, `gap` in words what is missing ("" for none).

    Of a campaign that was not read yet nothing is claimed.
    """

    id: str
    name: str
    cells: tuple[bool, ...]
    gap: str
    is_read: bool = True


@dataclass(frozen=True, slots=True)
class Coverage:
    """A page of campaigns against some of the lists; `first` is the number of the first list shown, from 1."""

    table: Table[CatalogueCampaign]
    rows: list[CoverageRow]
    lists: list[DncList]
    first: int
    last: int
    count: int
    gaps: int

    @property
    def lists_before(self) -> str:
        """Return the query string that leads to the lists before, "" where there are none."""
        return self._url(max(1, self.first - COLUMNS)) if self.first > 1 else ""

    @property
    def lists_after(self) -> str:
        """Return the query string that leads to the next lists, "" where there are none."""
        return self._url(self.last + 1) if self.last < self.count else ""

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        """Return the filters: label, query string, and whether it is the present one."""
        query = self.table.query
        return [(label, query.url(show=key), query.filter("show") == key) for key, label in GAPS]

    def _url(self, first: int) -> str:
        return self.table.query.url(lists=first, page=self.table.query.page)


def coverage_query(given: Mapping[str, str]) -> TableQuery:
    """Read what the reader asked for."""
    return TableQuery.read(given, sortable=("gap", "name"), default="gap", filters=("show", "lists"))


def coverage_page(*, tenant: Tenant, query: TableQuery) -> Coverage:
    """Put a page of campaigns against lists; those with a gap come first, then those of which nobody knows yet."""
    every = list(DncList.objects.filter(tenant=tenant))
    wanted = query.filter("lists")
    first = min(max(1, int(wanted)), max(1, len(every))) if wanted.isascii() and wanted.isdigit() else 1
    lists = every[first - 1 : first - 1 + COLUMNS]
    campaigns = _ranked(tenant, every)
    shown = {"gap": Q(rank=0), "unread": Q(rank=1), "ok": Q(rank=2)}.get(query.filter("show"))
    columns = (StoredColumn("name", "Campaign", ("name_key",)), StoredColumn("gap", "Gap", ("rank", "name_key")))
    table = table_stored(campaigns, query, columns=columns, wanted=shown, per_page=PER_PAGE)
    page = list(table.page)
    campaigns_want(page)
    rows = _rows(page, every, lists)
    gaps = campaigns.filter(rank=0).count()
    return Coverage(table, rows, lists, first, first - 1 + len(lists), len(every), gaps)


def campaigns_unprotected(tenant: Tenant, lists: Sequence[DncList]) -> QuerySet[CatalogueCampaign]:
    """Return the running campaigns, as far as they were read, that none of the lists protects."""
    guarding = CatalogueGuard.objects.filter(campaign=OuterRef("pk"), dnc_id__in=[each.remote_id for each in lists])
    running = campaigns_in(tenant).filter(state=CampaignState.RUNNING.value, read_at__isnull=False)
    return running.filter(~Exists(guarding)).order_by("name_key")


def _ranked(tenant: Tenant, lists: Sequence[DncList]) -> Any:
    """Return the campaigns with `rank`: 0 with a gap, 1 for not read yet, 2 for protected."""
    internal = [each.remote_id for each in lists if each.type == DncKind.INTERNAL]
    guarding = CatalogueGuard.objects.filter(campaign=OuterRef("pk"), dnc_id__in=internal)
    rank = Case(
        When(Q(read_at__isnull=True), then=Value(1)),
        When(Exists(guarding), then=Value(2)),
        default=Value(0),
        output_field=IntegerField(),
    )
    return campaigns_in(tenant).annotate(rank=rank)


def _rows(page: Sequence[CatalogueCampaign], every: Sequence[DncList], lists: Sequence[DncList]) -> list[CoverageRow]:
    known = {each.remote_id: each for each in every}
    guards: dict[int, set[str]] = {}
    for campaign, dnc_id in CatalogueGuard.objects.filter(campaign__in=page).values_list("campaign_id", "dnc_id"):
        guards.setdefault(campaign, set()).add(dnc_id)
    rows = []
    for each in page:
        ids = guards.get(each.pk, set()) & known.keys()
        has_numbers = any(known[id_].type == DncKind.INTERNAL for id_ in ids)
        is_read = each.read_at is not None
        gap = "" if has_numbers or not is_read else "No list of numbers" if ids else "No list at all"
        cells = tuple(one.remote_id in ids for one in lists)
        rows.append(CoverageRow(each.remote_id, each.name, cells, gap, is_read))
    return rows
