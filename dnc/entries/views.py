"""The pages that change Do Not Call lists by hand: add, remove, everywhere, empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from bpadmin.audit.models import Outcome
from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.answers import answer_given, answer_redirect
from bpadmin.web.messages import tell
from dnc.entries.clear import clear_warning, dnc_clear
from dnc.entries.everywhere import NO_LIST, places_for
from dnc.entries.ledger import Dates
from dnc.entries.manual import ListOutcome, dnc_add, dnc_block, dnc_delete
from dnc.entries.selectors import READ_ONLY, is_editable
from dnc.entries.undo import dnc_undo, undo_of
from dnc.forms import AddForm, ClearForm, EverywhereForm, RemoveForm, UndoForm
from dnc.lists.sync import DncRefused
from dnc.models import DncList


@dataclass(frozen=True, slots=True)
class Said:
    """What was said in a form and what became of it, for the page after it."""

    outcomes: tuple[ListOutcome, ...]
    said: dict[str, Any]

    @property
    def is_done(self) -> bool:
        """Return whether everything is where it was asked to be."""
        return all(outcome.is_done for outcome in self.outcomes)

    @property
    def failed(self) -> dict[str, Any]:
        """Return what is to be said again: the lines that were refused, all of them where nothing was done."""
        if "number" in self.said or any(outcome.outcome == Outcome.REFUSED for outcome in self.outcomes):
            return {} if self.is_done else self.said
        lines = [each.value for outcome in self.outcomes for each in outcome.refused]
        return {**self.said, "text": "\n".join(dict.fromkeys(lines))} if lines else {}


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def add(request: TenantRequest, tenant: Tenant, list_pk: int) -> HttpResponse:
    """Add a number or a pasted block to one list."""
    dnc_list = _list(tenant, list_pk)
    given: Said | None = answer_given(request)
    form = AddForm(request.POST or None, initial=given.failed if given else {})
    if request.method == "POST" and is_editable(dnc_list) and form.is_valid():
        said = form.cleaned_data
        try:
            (outcome,) = dnc_add(
                tenant=tenant,
                text=said["text"],
                actor=Actor(request.user),
                lists=[dnc_list],
                comment=said["comment"],
                dates=Dates(expires_on=said["expires_on"]),
            )
        except DncRefused as refused:
            form.add_error("text", str(refused))
        else:
            return answer_redirect(request, Said((outcome,), said))
    return _answer(request, "dnc/entries/add.html", dnc_list, form, given)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def remove(request: TenantRequest, tenant: Tenant, list_pk: int) -> HttpResponse:
    """Take a number or a pasted block out of one list."""
    dnc_list = _list(tenant, list_pk)
    given: Said | None = answer_given(request)
    form = RemoveForm(request.POST or None, initial=given.failed if given else {"text": request.GET.get("key", "")})
    if request.method == "POST" and is_editable(dnc_list) and form.is_valid():
        said = form.cleaned_data
        try:
            (outcome,) = dnc_delete(
                tenant=tenant,
                text=said["text"],
                actor=Actor(request.user),
                lists=[dnc_list],
                comment=said["reason"],
                typed_name=said["typed_name"],
            )
        except DncRefused as refused:
            form.add_error("text", str(refused))
        else:
            return answer_redirect(request, Said((outcome,), said))
    return _answer(request, "dnc/entries/remove.html", dnc_list, form, given)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def everywhere(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show into which lists a number would go, and put it into those that are ticked; POST without ticks only shows."""
    given: Said | None = answer_given(request)
    form = EverywhereForm(
        request.POST or (request.GET if given is None else None) or None, initial=given.failed if given else None
    )
    places = places_for(tenant, form.cleaned_data["number"]) if form.is_bound and form.is_valid() else []
    ticked = [place.dnc_list for place in places if str(place.dnc_list.pk) in request.POST.getlist("lists")]
    if request.method == "POST" and places and "shown" in request.POST:
        said = form.cleaned_data
        try:
            outcomes = dnc_block(tenant=tenant, lists=ticked, actor=Actor(request.user), **form.cleaned_data)
        except DncRefused as refused:
            form.add_error("number", str(refused))
        else:
            return answer_redirect(request, Said(outcomes, said))
    context = {
        "form": form,
        "given": given,
        "places": places,
        "ticked": ticked or [place.dnc_list for place in places if place.is_usual],
        "no_list": NO_LIST if form.is_bound and not form.errors and not places else "",
    }
    return render(request, "dnc/entries/everywhere.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def undo(request: TenantRequest, tenant: Tenant, number: int) -> HttpResponse:
    """Show what an act has added, and take that out again."""
    form = UndoForm(request.POST or None)
    try:
        found = undo_of(tenant=tenant, number=number)
    except DncRefused as refused:
        raise Http404(str(refused)) from refused
    if request.method == "POST" and form.is_valid():
        try:
            outcome = dnc_undo(tenant=tenant, number=number, actor=Actor(request.user), **form.cleaned_data)
        except DncRefused as refused:
            form.add_error(None, str(refused))
        else:
            tell(request, outcome)
            return redirect("dnc:detail", slug=tenant.slug, list_pk=found.dnc_list.pk)
    return render(request, "dnc/entries/undo.html", {"undo": found, "form": form, "dnc_list": found.dnc_list})


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE, confirmed=True)
def clear(request: TenantRequest, tenant: Tenant, list_pk: int) -> HttpResponse:
    """Say what emptying a list does, have its name typed and a reason given, and empty it."""
    dnc_list = _list(tenant, list_pk)
    form = ClearForm(request.POST or None)
    if request.method == "POST" and is_editable(dnc_list) and form.is_valid():
        try:
            act = dnc_clear(dnc_list=dnc_list, actor=Actor(request.user), **form.cleaned_data)
        except DncRefused as refused:
            form.add_error(None, str(refused))
        else:
            tell(request, act)
            return redirect("dnc:detail", slug=tenant.slug, list_pk=dnc_list.pk)
    if not is_editable(dnc_list):
        return _answer(request, "dnc/entries/clear.html", dnc_list, form, None)
    context = {"dnc_list": dnc_list, "form": form, "warning": clear_warning(dnc_list)}
    return render(request, "dnc/entries/clear.html", context)


def _list(tenant: Tenant, list_pk: int) -> DncList:
    return get_object_or_404(DncList.objects.select_related("tenant"), tenant=tenant, pk=list_pk)


def _answer(request: TenantRequest, page: str, dnc_list: DncList, form: Form, given: Said | None) -> HttpResponse:
    """Show the form, under what became of the last one; of a list that nobody may change, only why."""
    if not is_editable(dnc_list):
        return render(request, "dnc/read_only.html", {"dnc_list": dnc_list, "words": READ_ONLY}, status=409)
    outcome = given.outcomes[0] if given else None
    return render(request, page, {"dnc_list": dnc_list, "form": form, "outcome": outcome})
