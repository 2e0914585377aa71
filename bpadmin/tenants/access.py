"""The one access gate: who may see a page of a tenant, and as what."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRefresh
from django_htmx.middleware import HtmxDetails

from bpadmin.logs import log_add
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.tenants.capabilities import capabilities_known
from bpadmin.tenants.models import Membership, Role, Tenant

P = ParamSpec("P")

# Set at sign-in with a one-time password; until it is replaced, every page leads to the password form.
MUST_CHANGE_PASSWORD = "must_change_password"  # noqa: S105
# The tenant whose pages somebody last opened, and when that was stored (seconds since the epoch).
LAST_TENANT = "last_tenant"
LAST_TENANT_AT = "last_tenant_at"
LAST_TENANT_SECONDS = 300


class PersonRequest(HttpRequest):
    """A request of somebody who has signed in."""

    user: User
    htmx: HtmxDetails


class TenantRequest(PersonRequest):
    """A request that passed the gate: whose tenant it is about, and the role of the person in it."""

    tenant: Tenant
    role: Role


View = Callable[Concatenate[TenantRequest, Tenant, P], HttpResponseBase]


def role_of(user: AbstractBaseUser | AnonymousUser, tenant: Tenant) -> Role | None:
    """Tell a person's role in a tenant, None for a stranger. Superusers run the system and administer every tenant."""
    if not isinstance(user, User) or not user.is_active:
        return None
    if user.is_superuser:
        return Role.ADMINISTRATOR
    found = Membership.objects.filter(tenant=tenant, user=user).values_list("role", flat=True).first()
    return Role(found) if found else None


def roles_of(user: User) -> dict[int, Role]:
    """Give a person's role in every tenant they may open, by the tenant's primary key; one query."""
    if user.is_superuser:
        return dict.fromkeys(Tenant.objects.values_list("pk", flat=True), Role.ADMINISTRATOR)
    return {pk: Role(role) for pk, role in Membership.objects.filter(user=user).values_list("tenant_id", "role")}


def tenant_view(
    role: Role = Role.VIEWER, *, needs: Capability | None = None
) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Let a view be seen only by members with `role` or more; it gets (request, tenant, …).

    Nobody signed in: to the sign-in page and back. A stranger, or an unknown slug: 404, so that the existence of a
    tenant is not told. Too low a role: 403 with the role that is needed. Where the tenant's platform lacks what the
    view `needs`: 404 with a page that says so.
    """

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def gate(request: TenantRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if stop := sign_in_first(request):
                return stop
            tenant = Tenant.objects.filter(slug=slug).first()
            found = role_of(request.user, tenant) if tenant else None
            if tenant is None or found is None:
                raise Http404("There is no such tenant, or you are not one of its people.")
            request.tenant, request.role = tenant, found
            log_add(tenant=tenant.slug, user=request.user.get_username())
            if not found.covers(role):
                raise PermissionDenied(
                    f"This needs the role {role.label} in {tenant.name}; you are {found.label} there. "
                    "Ask an administrator of the tenant to change your role."
                )
            last_tenant_keep(request, tenant)
            if needs is not None and needs not in capabilities_known(tenant):
                platform = REGISTRY[tenant.platform].label if tenant.platform in REGISTRY else tenant.platform
                return render(request, "errors/not_offered.html", {"platform": platform}, status=404)
            return view(request, tenant, *args, **kwargs)

        return gate

    return decorate


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


def person_view(view: Callable[Concatenate[PersonRequest, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let a view be seen only by somebody who has signed in."""

    @wraps(view)
    def gate(request: PersonRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return sign_in_first(request) or view(request, *args, **kwargs)

    return gate


def sign_in_first(request: PersonRequest) -> HttpResponse | None:
    """Give the answer that sends somebody to the sign-in or password page first, None when neither is needed.

    A fragment asked for by htmx must not become a sign-in form inside a table: the whole page is loaded anew instead.
    """
    if request.user.is_authenticated and not request.session.get(MUST_CHANGE_PASSWORD):
        return None
    if request.htmx:
        return HttpResponseClientRefresh()
    if request.user.is_authenticated:
        return redirect("password")
    return redirect_to_login(request.get_full_path())


def may_create_tenants(user: Any) -> bool:
    """Tell who may connect a new tenant: superusers, and on an empty system whoever has signed in."""
    return bool(user.is_authenticated and (user.is_superuser or not Tenant.objects.exists()))
