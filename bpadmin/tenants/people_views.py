"""The people of a tenant."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.forms import MemberForm, NewPersonForm, RoleForm
from bpadmin.tenants.models import Membership, Role, Tenant
from bpadmin.tenants.people import (
    PeopleRefused,
    may_reset_password,
    membership_add,
    membership_remove,
    membership_set,
    memberships_of,
    password_reset,
    person_create,
)


@require_safe
@tenant_view(Role.ADMINISTRATOR)
def people(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show who belongs to the tenant, and the two ways to add somebody."""
    return _page(request, tenant)


@require_POST
@tenant_view(Role.ADMINISTRATOR)
def add(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Add somebody who can sign in already."""
    form = MemberForm(request.POST, prefix="add")
    if form.is_valid():
        data = form.cleaned_data
        try:
            added = membership_add(
                tenant=tenant, username=data["username"], role=Role(data["role"]), actor=request.user
            )
        except PeopleRefused as refused:
            form.add_error("username", str(refused))
        else:
            messages.success(request, f"{added.user} has been added as {Role(added.role).label}.")
            return redirect("tenants:people", slug=tenant.slug)
    return _page(request, tenant, add_form=form)


@require_POST
@never_cache
@tenant_view(Role.ADMINISTRATOR)
def create(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Create a sign-in and show its one-time password, this once: it is kept nowhere, so there is no redirect."""
    form = NewPersonForm(request.POST, prefix="new")
    if not form.is_valid():
        return _page(request, tenant, new_form=form)
    data = form.cleaned_data
    try:
        created, password = person_create(
            tenant=tenant,
            username=data["username"],
            full_name=data["full_name"],
            role=Role(data["role"]),
            actor=request.user,
        )
    except PeopleRefused as refused:
        form.add_error("username", str(refused))
        return _page(request, tenant, new_form=form)
    return _page(request, tenant, password=password, person=created)


@require_POST
@tenant_view(Role.ADMINISTRATOR)
def role(request: TenantRequest, tenant: Tenant, user_id: int) -> HttpResponse:
    """Give somebody another role."""
    membership = _membership(tenant, user_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the three roles.")
        return redirect("tenants:people", slug=tenant.slug)
    try:
        membership_set(membership=membership, role=Role(form.cleaned_data["role"]), actor=request.user)
    except PeopleRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{membership.user} is now {Role(membership.role).label}.")
    return redirect("tenants:people", slug=tenant.slug)


@tenant_view(Role.ADMINISTRATOR)
def remove(request: TenantRequest, tenant: Tenant, user_id: int) -> HttpResponse:
    """Ask, then take somebody out of the tenant."""
    membership = _membership(tenant, user_id)
    if request.method != "POST":
        return render(request, "tenants/person_remove.html", {"membership": membership})
    try:
        membership_remove(membership=membership, actor=request.user)
    except PeopleRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{membership.user} has been removed from {tenant.name}.")
    return redirect("tenants:people", slug=tenant.slug)


@never_cache
@tenant_view(Role.ADMINISTRATOR)
def password(request: TenantRequest, tenant: Tenant, user_id: int) -> HttpResponse:
    """Ask, then give somebody a new one-time password and show it, this once."""
    membership = _membership(tenant, user_id)
    if request.method != "POST":
        return render(request, "tenants/person_password.html", {"membership": membership})
    try:
        made = password_reset(membership=membership, actor=request.user)
    except PeopleRefused as refused:
        messages.error(request, str(refused))
        return redirect("tenants:people", slug=tenant.slug)
    return _page(request, tenant, password=made, person=membership)


def _membership(tenant: Tenant, user_id: int) -> Membership:
    return get_object_or_404(memberships_of(tenant=tenant), user_id=user_id)


def _page(
    request: TenantRequest,
    tenant: Tenant,
    *,
    add_form: MemberForm | None = None,
    new_form: NewPersonForm | None = None,
    password: str = "",
    person: Membership | None = None,
) -> HttpResponse:
    members = list(memberships_of(tenant=tenant))
    context = {
        "members": [(m, may_reset_password(user=m.user, actor=request.user)) for m in members],
        "roles": Role.choices,
        "add_form": add_form or MemberForm(prefix="add"),
        "new_form": new_form or NewPersonForm(prefix="new"),
        "password": password,
        "person": person,
    }
    is_refused = bool((add_form and add_form.errors) or (new_form and new_form.errors))
    return render(request, "tenants/people.html", context, status=422 if is_refused else 200)
