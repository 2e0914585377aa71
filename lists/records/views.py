"""The pages that look records up and show one with all its attempts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from bpadmin.dialler.catalogue import list_read
from bpadmin.dialler.live import RETRY_SECONDS
from bpadmin.platforms.base import Capability
from bpadmin.platforms.client import PlatformClient
from bpadmin.platforms.errors import Invalid, PlatformError
from bpadmin.platforms.types import CallingList
from bpadmin.records.columns import FIELD
from bpadmin.records.pages.rows import record_row
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from lists.records.columns import columns_of_list
from lists.records.fields import KEY_UNKNOWN, RecordFields, key_words, record_fields, record_fields_learn, value_judge
from lists.records.forms import LookupForm, SearchForm
from lists.records.keys import KEY, key_query, key_read, record_url, record_url_of
from lists.records.search import SearchPart, record_search
from lists.records.services import Found, record_find, record_key_noticed, use_places

READ_TIMEOUT = 15.0


def page_client(tenant: Tenant) -> PlatformClient:
    """Open a client for a page that somebody waits for."""
    return tenant_client(tenant, read_timeout=READ_TIMEOUT, patience=RETRY_SECONDS)


def list_of_page(tenant: Tenant, list_id: str) -> CallingList:
    """Return the list a page is about, as last read. Http404 where there is none; raises PlatformError."""
    snapshot = list_read(tenant, list_id)
    if snapshot.value is not None:
        return snapshot.value
    if snapshot.has_value and not snapshot.error:
        raise Http404("The dialler knows no such list: it was deleted, or this tenant's user may not see it.")
    raise PlatformError(snapshot.error or "The dialler takes longer than usual to answer.")


def trouble(request: TenantRequest, list_id: str, error: PlatformError) -> HttpResponse:
    """Say that the dialler could not be asked, and why."""
    return render(request, "lists/records/trouble.html", {"error": error, "list_id": list_id})


@require_safe
@tenant_view(needs=Capability.RECORDS_READ)
def lookup(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Ask for the key of a record, and lead to it."""
    try:
        found = list_of_page(tenant, list_id)
        with page_client(tenant) as client:
            fields = record_fields_learn(tenant=tenant, list_id=list_id, client=client, calling_list=found)
            return _lookup(request, tenant, found, fields, client)
    except PlatformError as error:
        return trouble(request, list_id, error)


def _lookup(
    request: TenantRequest, tenant: Tenant, found: CallingList, fields: RecordFields, client: PlatformClient
) -> HttpResponse:
    form = _lookup_form(request, tenant, found, fields, data=request.GET if "look" in request.GET else None)
    if form.is_bound and form.is_valid():
        if key := form.key():
            return redirect(record_url(tenant, found.id, key))
        form.add_error(None, "Fill in the whole key: the dialler finds a record by nothing less.")
    places = use_places(client, found.campaigns or ())
    search = SearchForm(request.GET if "value" in request.GET else None, fields=fields, places=places)
    part: SearchPart | None = None
    if places and search.is_bound and search.is_valid():
        part = record_search(
            client=client,
            use=search.use(),
            name=search.cleaned_data["name"],
            value=search.cleaned_data["value"],
            fields=fields,
            cursor=request.GET.get("cursor", ""),
        )
    return render(
        request, "lists/records/lookup.html", _lookup_context(request, found, fields, form, search, places, part)
    )


def _lookup_context(
    request: TenantRequest,
    found: CallingList,
    fields: RecordFields,
    form: LookupForm,
    search: SearchForm,
    places: Any,
    part: SearchPart | None,
) -> dict[str, Any]:
    return {
        "form": form,
        "search": search,
        "places": places,
        "part": part,
        "list": found,
        "list_id": found.id,
        "fields": fields,
        **(_part_context(request, found, fields, part) if part else {}),
    }


def _part_context(request: TenantRequest, found: CallingList, fields: RecordFields, part: SearchPart) -> dict[str, Any]:
    """Show what a search found in the reader's columns, and where it goes on."""
    on = request.GET.copy()
    before = on.get("read", "")
    n_read = part.n_read + (int(before) if before.isascii() and before.isdecimal() and len(before) < 12 else 0)
    on["cursor"], on["read"] = part.next_cursor, str(n_read)
    available, columns = columns_of_list(
        user=request.user, tenant=request.tenant, list_id=found.id, fields=fields, records=part.matches
    )
    searched = f"{FIELD}{request.GET.get('name', '')}"
    columns = [column for column in available if column in columns or column.key == searched]
    rows = [
        record_row(record, columns, record_url_of(request.tenant, found.id, record, fields)) for record in part.matches
    ]
    return {"columns": columns, "rows": rows, "n_read": n_read, "on": f"?{on.urlencode()}"}


@require_safe
@tenant_view(needs=Capability.RECORDS_READ)
def record(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Show one record, with its results and every attempt in all campaigns."""
    key = key_read(request.GET)
    if not key:
        return redirect("lists:lookup", slug=tenant.slug, list_id=list_id)
    found, refused = None, ""
    try:
        calling_list = list_of_page(tenant, list_id)
        fields = record_fields(tenant=tenant, list_id=list_id, calling_list=calling_list)
        with page_client(tenant) as client:
            found = record_find(client=client, calling_list=calling_list, key=key, fields=fields, with_attempts=True)
    except Invalid as error:  # not its key, or a list without one
        refused = error.detail or error.message
    except PlatformError as error:
        return trouble(request, list_id, error)
    if found is None:
        form = _lookup_form(request, tenant, calling_list, fields, data=None, initial=key)
        context = {"form": form, "list": calling_list, "list_id": list_id, "fields": fields, "refused": refused}
        context["key_is_unknown"] = "" if fields.is_key(key) else KEY_UNKNOWN
        return render(request, "lists/records/missing.html", {**context, "key_words": key_words(key)}, status=404)
    record_key_noticed(tenant=tenant, list_id=list_id, found=found, fields=fields)
    return render(request, "lists/records/record.html", record_context(calling_list, fields, found))


def record_context(calling_list: CallingList, fields: RecordFields, found: Found) -> dict[str, Any]:
    """Return what every page about a found record shows of it; known fields come in the list's order."""
    names = dict.fromkeys([spec.name for spec in fields.specs if spec.name in found.entry])
    names |= dict.fromkeys(found.entry)
    keys = {name.casefold() for name in found.key}
    return {
        "list": calling_list,
        "list_id": calling_list.id,
        "found": found,
        "query": key_query(found.key),
        "key_words": key_words(found.key),
        "entry": [(name, found.entry[name], name.casefold() in keys) for name in names],
        "timeline": found.timeline,
    }


@require_POST
@tenant_view(needs=Capability.RECORDS_READ)
def check(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Say what the dialler would make of one value, while it is typed."""
    name, prefix = request.POST.get("check", ""), request.POST.get("of", "")
    fields = record_fields(tenant=tenant, list_id=list_id)
    if not fields.specs:  # known of another list of the same format, perhaps
        fields = record_fields(tenant=tenant, list_id=list_id, calling_list=list_read(tenant, list_id).value)
    spec = fields.named(name.removeprefix(prefix))
    value = request.POST.get(name, "")
    is_lookup = prefix == KEY
    verdict = value_judge(value, spec) if spec and not (is_lookup and not value.strip()) else None
    return render(request, "lists/records/_verdict.html", {"verdict": verdict, "is_lookup": is_lookup})


def _lookup_form(
    request: TenantRequest,
    tenant: Tenant,
    calling_list: CallingList,
    fields: RecordFields,
    *,
    data: Any,
    initial: Mapping[str, str] | None = None,
) -> LookupForm:
    known = {f"{KEY}{name}": value for name, value in (initial or {}).items()}
    for number, (name, value) in enumerate((initial or {}).items(), start=1):
        known |= {f"name_{number}": name, f"value_{number}": value}
    return LookupForm(data, initial=known, fields=fields, check_url=check_url(tenant, calling_list.id))


def check_url(tenant: Tenant, list_id: str) -> str:
    """Return the address that checks a value while it is typed."""
    return reverse("lists:record_check", args=[tenant.slug, list_id])
