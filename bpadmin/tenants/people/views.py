"""The people of a tenant."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.accounts.factors import has_factor
from bpadmin.tenants.forms import InvitationForm, LimitForm, NewPersonForm, RoleForm
from bpadmin.tenants.models import Invitation, Membership, Role, Tenant
from bpadmin.tenants.people.invitations import Invited, invitation_make, invitation_withdraw, invitations_of
from bpadmin.tenants.people.limits import limits_shown, membership_limit
from bpadmin.tenants.people.services import (
    PeopleRefused,
    factors_remove,
    may_close,
    may_reset_password,
    membership_remove,
    membership_set,
    memberships_of,
    password_reset,
    person_close,
    person_create,
    person_open,
)


@require_safe
@tenant_view(Role.ADMINISTRATOR, confirmed=True)
def people(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show who belongs to the tenant, who is invited, and the two ways to get somebody in."""
    return _page(request, tenant)


@require_POST
@never_cache
@tenant_view(Role.ADMINISTRATOR, confirmed=True)
def invite(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Invite somebody and show the link, this once: it is kept nowhere, so there is no redirect."""
    form = InvitationForm(request.POST, prefix="invite")
    if not form.is_valid():
        return _page(request, tenant, invitation_form=form)
    data = form.cleaned_data
    try:
        invited = invitation_make(
            tenant=tenant,
            role=Role(data["role"]),
            whom=data["whom"],
            actor=request.user,
            link_of=request.build_absolute_uri,
        )
    except PeopleRefused as refused:
        form.add_error("whom", str(refused))
        return _page(request, tenant, invitation_form=form)
    return _page(request, tenant, invited=invited)


@require_POST
@tenant_view(Role.ADMINISTRATOR, confirmed=True)
def withdraw(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Take an invitation back."""
    invitation = get_object_or_404(Invitation, tenant=tenant, pk=pk)
    invitation_withdraw(invitation=invitation, actor=request.user)
    messages.success(request, f"The invitation of {invitation.whom} has been taken back.")
    return redirect("tenants:people", slug=tenant.slug)


@require_POST
@never_cache
@tenant_view(Role.ADMINISTRATOR, confirmed=True)
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
@tenant_view(Role.ADMINISTRATOR, confirmed=True)
def role(request: TenantRequest, tenant: Tenant, user_id: int) -> HttpResponse:
    """Return somebody another role."""
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


@tenant_view(Role.ADMINISTRATOR, confirmed=True)
def remove(request: TenantRequest, tenant: Tenant, user_id: int) -> HttpResponse:
    """Ask, then take somebody out of the tenant."""
    membership = _membership(tenant, user_id)
    if request.method != "POST":
        return render(request, "tenants/people/person_remove.html", {"membership": membership})
    try:
        membership_remove(membership=membership, actor=request.user)
    except PeopleRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{membership.user} has been removed from {tenant.name}.")
    return redirect("tenants:people", slug=tenant.slug)


@never_cache
@tenant_view(Role.ADMINISTRATOR, confirmed=True)
def password(request: TenantRequest, tenant: Tenant, user_id: int) -> HttpResponse:
    """Ask, then give somebody a new one-time password and show it, this once."""
    membership = _membership(tenant, user_id)
    if request.method != "POST":
        context = {"membership": membership, "has_factor": has_factor(membership.user)}
        return render(request, "tenants/people/person_password.html", context)
    try:
        made = password_reset(membership=membership, actor=request.user)
        if "factors" in request.POST:
            factors_remove(user=membership.user, actor=request.user, tenant=tenant)
    except PeopleRefused as refused:
        messages.error(request, str(refused))
        return redirect("tenants:people", slug=tenant.slug)
    return _page(request, tenant, password=made, person=membership)


@tenant_view(Role.ADMINISTRATOR, confirmed=True)
def close(request: TenantRequest, tenant: Tenant, user_id: int) -> HttpResponse:
    """Ask, then close somebody's sign-in, or open it again."""
    membership = _membership(tenant, user_id)
    user = membership.user
    if request.method != "POST":
        return render(request, "tenants/people/person_close.html", {"membership": membership})
    act, done = (person_close, "closed") if user.is_active else (person_open, "opened again")
    try:
        act(user=user, actor=request.user, tenant=tenant)
    except PeopleRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"The sign-in of {user} has been {done}.")
    return redirect("tenants:people", slug=tenant.slug)


@tenant_view(Role.ADMINISTRATOR, confirmed=True)
def limit(request: TenantRequest, tenant: Tenant, user_id: int) -> HttpResponse:
    """Limit somebody to named campaigns and lists, or let them see the whole tenant again."""
    membership = _membership(tenant, user_id)
    form = LimitForm(request.POST or None, limits=limits_shown(membership))
    if request.method == "POST" and form.is_valid():
        try:
            membership_limit(membership=membership, wanted=form.wanted(), actor=request.user)
        except PeopleRefused as refused:
            form.add_error(None, str(refused))
        else:
            words = "sees the whole tenant" if membership.limits is None else "is limited to what you named"
            messages.success(request, f"{membership.user} {words} now.")
            return redirect("tenants:people", slug=tenant.slug)
    context = {"membership": membership, "form": form}
    return render(request, "tenants/people/person_limit.html", context, status=422 if form.errors else 200)


def _membership(tenant: Tenant, user_id: int) -> Membership:
    return get_object_or_404(memberships_of(tenant=tenant), user_id=user_id)


def _page(
    request: TenantRequest,
    tenant: Tenant,
    *,
    invitation_form: InvitationForm | None = None,
    new_form: NewPersonForm | None = None,
    password: str = "",
    person: Membership | None = None,
    invited: Invited | None = None,
) -> HttpResponse:
    members = list(memberships_of(tenant=tenant))
    actor = request.user
    context = {
        "members": [
            (m, may_reset_password(user=m.user, actor=actor), may_close(user=m.user, actor=actor)) for m in members
        ],
        "invitations": invitations_of(tenant=tenant),
        "roles": Role.choices,
        "invitation_form": invitation_form or InvitationForm(prefix="invite"),
        "new_form": new_form or NewPersonForm(prefix="new"),
        "password": password,
        "person": person,
        "invited": invited,
        "link": request.build_absolute_uri(invited.path) if invited else "",
    }
    is_refused = bool((invitation_form and invitation_form.errors) or (new_form and new_form.errors))
    return render(request, "tenants/people/people.html", context, status=422 if is_refused else 200)
