"""API tokens: made, shown once, revoked."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.forms import TokenForm
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.people.services import PeopleRefused
from bpadmin.tenants.people.tokens import Scope, token_make, token_revoke, tokens_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(confirmed=True)
def tokens(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show a person's tokens, to administrators everybody's; make one and show its text, this once."""
    form = TokenForm(request.POST or None, role=request.role)
    made, text = None, ""
    if request.method == "POST" and form.is_valid():
        try:
            made, text = token_make(tenant=tenant, user=request.user, actor=request.user, **form.cleaned_data)
        except PeopleRefused as refused:
            form.add_error(None, str(refused))
        else:
            form = TokenForm(role=request.role)
    whose = None if request.role.covers(Role.ADMINISTRATOR) else request.user
    found = tokens_of(tenant=tenant, user=whose)
    context = {"tokens": found, "form": form, "made": made, "text": text, "scopes": Scope.choices}
    return render(request, "tenants/people/tokens.html", context, status=422 if form.errors else 200)


@require_POST
@tenant_view()
def revoke(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """End a token: one's own, or as an administrator anybody's."""
    whose = None if request.role.covers(Role.ADMINISTRATOR) else request.user
    token = get_object_or_404(tokens_of(tenant=tenant, user=whose), pk=pk)
    token_revoke(token=token, actor=request.user)
    messages.success(request, f"The token {token.name} has been revoked.")
    return redirect("tenants:tokens", slug=tenant.slug)
