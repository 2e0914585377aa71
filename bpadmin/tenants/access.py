"""The one access gate: who may see a page of a tenant, and as what."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRefresh
from django_htmx.middleware import HtmxDetails

from bpadmin.logs import log_add
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.tenants.accounts.confirmation import confirm_first
from bpadmin.tenants.accounts.factors import factor_first
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.limits import Limit, closed_words, limit_kept
from bpadmin.tenants.models import Membership, Role, Tenant
from bpadmin.tenants.refusals import refusal_record

P = ParamSpec("P")

# Set at sign-in with a one-time password; until it is replaced, every page leads to the password form.
MUST_CHANGE_PASSWORD = "must_change_password"  # noqa: S105
# The tenant whose pages somebody last opened, and when that was stored (seconds since the epoch).
LAST_TENANT = "last_tenant"
LAST_TENANT_AT = "last_tenant_at"
LAST_TENANT_SECONDS = 300
HOME = "results:home"


class PersonRequest(HttpRequest):
    """A request of somebody who has signed in."""

    user: User
    htmx: HtmxDetails


class TenantRequest(PersonRequest):
    """A request that passed the gate: whose tenant it is about, and the person's role in it with its limit."""

    tenant: Tenant
    role: Role
    limit: Limit | None


View = Callable[Concatenate[TenantRequest, Tenant, P], HttpResponseBase]


def role_of(user: AbstractBaseUser | AnonymousUser, tenant: Tenant) -> Role | None:
    """Tell a person's role in a tenant, None for a stranger. Superusers run the system and administer every tenant."""
    if not isinstance(user, User) or not user.is_active:
        return None
    if user.is_superuser:
        return Role.ADMINISTRATOR
    return _role(user, Membership.objects.filter(tenant=tenant, user=user).values_list("role", flat=True).first())


def _role(user: AbstractBaseUser | AnonymousUser, stored: str | None) -> Role | None:
    if not isinstance(user, User) or not user.is_active:
        return None
    if user.is_superuser:
        return Role.ADMINISTRATOR
    return Role(stored) if stored else None


def roles_of(user: User) -> dict[int, Role]:
    """Return a person's role in every tenant they may open, by the tenant's primary key; one query."""
    if user.is_superuser:
        return dict.fromkeys(Tenant.objects.values_list("pk", flat=True), Role.ADMINISTRATOR)
    return {pk: Role(role) for pk, role in Membership.objects.filter(user=user).values_list("tenant_id", "role")}


def tenant_view(
    role: Role = Role.VIEWER, *, needs: Capability | None = None, confirmed: bool = False
) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Let a view be seen only by members with `role` or more; it gets (request, tenant, …).

    Nobody signed in: to the sign-in page and back. A stranger, or an unknown slug: 404, so that the existence of a
    tenant is not told. Too low a role: 403 with the role that is needed. A role that must have a second factor, and a
    person without: to the page that sets one up. `confirmed` views are for somebody who has shown who they are a short
    while ago; others are asked first. Where the tenant's platform lacks what the view `needs`: 404 with a page that
    says so.
    """

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def gate(request: TenantRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if stop := sign_in_first(request):
                return stop
            tenant, member = _here(slug, request.user)
            found = _role(request.user, member.role if member else None) if tenant else None
            if tenant is None or found is None:
                if tenant is not None:
                    refusal_record(request, "Not one of the tenant's people.", tenant=tenant)
                raise Http404("There is no such tenant, or you are not one of its people.")
            request.tenant, request.role = tenant, found
            request.limit = None
            if member is not None and member.limits is not None and not request.user.is_superuser:
                request.limit = Limit(member.limits)
            log_add(tenant=tenant.slug, user=request.user.get_username())
            if not found.covers(role):
                words = f"This needs the role {role.label} in {tenant.name}; you are {found.label} there."
                refusal_record(request, words, tenant=tenant)
                raise PermissionDenied(f"{words} Ask an administrator of the tenant to change your role.")
            if stop := _limited(request, tenant):
                return stop
            if stop := factor_first(request, found) or (confirm_first(request) if confirmed else None):
                return stop
            last_tenant_keep(request, tenant)
            if needs is not None and needs not in capabilities_known(tenant):
                platform = REGISTRY[tenant.platform].label if tenant.platform in REGISTRY else tenant.platform
                return render(request, "errors/not_offered.html", {"platform": platform}, status=404)
            with limit_kept(request.limit):
                return view(request, tenant, *args, **kwargs)

        return gate

    return decorate


def _here(slug: str, user: AbstractBaseUser | AnonymousUser) -> tuple[Tenant | None, Membership | None]:
    """Return a tenant with what somebody is in it; None for one that there is not, or for a stranger.

    One query for both: every fragment of every page that renews itself comes through here.
    """
    members = Membership.objects.filter(user=user.pk, tenant__slug=slug).select_related("tenant").order_by()
    for member in members:
        return member.tenant, member
    return Tenant.objects.filter(slug=slug).first(), None


def _limited(request: TenantRequest, tenant: Tenant) -> HttpResponse | None:
    """Keep somebody whose role is limited out of what is not theirs; from the first page to the first that is open."""
    match = request.resolver_match
    if request.limit is None or match is None:
        return None
    words = closed_words(request.limit, tenant, match.view_name, match.kwargs)
    if not words:
        return None
    if match.view_name == HOME:
        return redirect(
            "campaigns:index" if Capability.CAMPAIGNS_READ in capabilities_known(tenant) else "jobs:index", tenant.slug
        )
    refusal_record(request, words, tenant=tenant)
    raise PermissionDenied(f"{words} Ask an administrator of the tenant if you need it.")


def last_tenant_keep(request: TenantRequest, tenant: Tenant) -> None:
    """Remember in the session which tenant somebody works on, for the next time they sign in or open the front page.

    Stored for pages that a person opens, never for what pages ask for by themselves, and at most every five minutes:
    two tabs on two tenants would else write the session in turn, and each write is of the whole session.
    """
    is_own = not request.htmx or request.htmx.boosted
    session, now = request.session, int(time.time())
    if not is_own or session.get(LAST_TENANT) == tenant.slug:
        return
    if now - int(session.get(LAST_TENANT_AT, 0)) >= LAST_TENANT_SECONDS:
        session[LAST_TENANT], session[LAST_TENANT_AT] = tenant.slug, now


def person_view(
    view: Callable[Concatenate[PersonRequest, P], HttpResponseBase], *, needs_factor: bool = True
) -> Callable[..., HttpResponseBase]:
    """Let a view be seen only by somebody who has signed in; and has a second factor where superusers must."""

    @wraps(view)
    def gate(request: PersonRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        stop = sign_in_first(request) or (factor_first(request, None) if needs_factor else None)
        return stop or view(request, *args, **kwargs)

    return gate


def sign_in_first(request: PersonRequest) -> HttpResponse | None:
    """Return the answer that sends somebody to the sign-in or password page first, None when neither is needed.

    A fragment asked for by htmx must not become a sign-in form inside a table: the whole page is loaded anew instead.
    """
    if request.user.is_authenticated and not request.session.get(MUST_CHANGE_PASSWORD):
        return None
    if request.htmx:
        return HttpResponseClientRefresh()
    if request.user.is_authenticated:
        return redirect("password")
    # Only those who are not signed in need it, and commands none of what it brings.
    from django.contrib.auth.views import redirect_to_login

    return redirect_to_login(request.get_full_path())


def may_create_tenants(user: Any) -> bool:
    """Return who may connect a new tenant: superusers, and on an empty system whoever has signed in."""
    return bool(user.is_authenticated and (user.is_superuser or not Tenant.objects.exists()))
