"""What every page has around it: the navigation, the tenant switcher, and pages for what went wrong."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import REASON_BAD_ORIGIN
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from bpadmin import VERSION
from bpadmin.dialler.services import actions_open_count
from bpadmin.installation.database import database_away_answer, is_database_away
from bpadmin.installation.disk import disk_full_answer, disk_full_words, is_disk_full, is_room_short
from bpadmin.installation.hold import hold_shown
from bpadmin.logs import request_id
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.info import PlatformInfo
from bpadmin.storage.answers import storage_away_answer
from bpadmin.storage.troubles import StorageAway
from bpadmin.tenants.access import may_create_tenants
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.endings import TenantEnding, endings_of
from bpadmin.tenants.limits import OPEN
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.services import tenants_of


@dataclass(frozen=True, slots=True)
class NavItem:
    """One line of the side navigation."""

    label: str
    url: str
    icon: str
    is_current: bool


BAD_ORIGIN = REASON_BAD_ORIGIN.partition(" - ")[0]

# (URL name, label, icon, role needed, capability needed). What is not installed is left out.
DAILY = (
    ("results:home", "Home", "home", Role.VIEWER, Capability.SOURCES_READ),
    ("campaigns:index", "Campaigns", "campaign", Role.VIEWER, Capability.CAMPAIGNS_READ),
    ("lists:index", "Lists", "list", Role.VIEWER, Capability.LISTS_READ),
    ("records:index", "Records", "records", Role.VIEWER, Capability.SOURCES_READ),
    ("dnc:index", "Do Not Call", "dnc", Role.VIEWER, Capability.DNC_WRITE),
    ("jobs:index", "Jobs", "job", Role.VIEWER, None),
    ("plans:index", "Plans", "clock", Role.VIEWER, Capability.SOURCES_READ),
)
SELDOM = (
    ("reports:index", "Reports", "download", Role.VIEWER, Capability.SOURCES_READ),
    ("feeds:index", "Feeds", "upload", Role.VIEWER, Capability.RECORDS_ADD),
    ("audit:index", "Activity", "activity", Role.VIEWER, None),
    ("tenants:people", "People", "people", Role.ADMINISTRATOR, None),
    ("tenants:settings", "Settings", "settings", Role.ADMINISTRATOR, None),
)
# Where a tenant has the rule of two people, it is a screen of its own: what waits there is somebody else's to find.
TWO_PEOPLE = ("approvals:index", "Approvals", "check", Role.SUPERVISOR, None)


class Frame:
    """What the frame shows for one request; worked out only when a whole page is rendered."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.tenant: Tenant | None = getattr(request, "tenant", None)
        self.role: Role | None = getattr(request, "role", None)

    version = VERSION

    @cached_property
    def held(self) -> str:
        """Why nothing may be sent now, in words; "" when it may."""
        return hold_shown()

    @cached_property
    def endings(self) -> list[TenantEnding]:
        """What of the tenant must be renewed soon, for those who can; no query."""
        is_told = self.tenant and self.role and self.role.covers(Role.ADMINISTRATOR)
        return endings_of(self.tenant) if self.tenant and is_told else []

    @cached_property
    def daily(self) -> list[NavItem]:
        """Screens used every day; on phones the bar at the bottom."""
        return self._items(DAILY)

    @cached_property
    def seldom(self) -> list[NavItem]:
        """Screens used now and then; on phones inside the user menu."""
        return self._items((TWO_PEOPLE, *SELDOM) if self.tenant and self.tenant.two_people else SELDOM)

    @cached_property
    def platform(self) -> PlatformInfo | None:
        """What the registry knows of the tenant's platform, with what people are told before some acts."""
        return REGISTRY.get(self.tenant.platform) if self.tenant else None

    @cached_property
    def offered(self) -> frozenset[Capability]:
        """What the tenant's platform offers, as far as it is known."""
        return capabilities_known(self.tenant) if self.tenant else frozenset()

    @cached_property
    def offers(self) -> dict[str, bool]:
        """The same for templates: `frame.offers.list_bind`."""
        return {capability.value: capability in self.offered for capability in Capability}

    @cached_property
    def can(self) -> dict[str, bool]:
        """What this person may do here: the role allows acts, and the platform offers this one."""
        is_actor = bool(self.role and self.role.covers(Role.SUPERVISOR))
        return {name: is_actor and is_offered for name, is_offered in self.offers.items()}

    @cached_property
    def tenants(self) -> list[Tenant]:
        """Tenants to switch to, the present one included."""
        return list(tenants_of(user=self.request.user))

    @cached_property
    def may_create_tenants(self) -> bool:
        """Return whether "Connect a tenant" is offered."""
        user = self.request.user
        # Somebody who has a tenant is not on an empty system; that saves asking the database on every page.
        return may_create_tenants(user) if not self.tenants else bool(user.is_authenticated and user.is_superuser)

    @cached_property
    def disk_words(self) -> str:
        """Say that the disk is full, when hardly anything is free on it; else nothing."""
        return disk_full_words() if self.tenant and is_room_short() else ""

    @cached_property
    def tray_url(self) -> str:
        """Address of the job tray's fragment."""
        return self._address("jobs:tray")

    @cached_property
    def find_url(self) -> str:
        """Address of the page that finds anything by name, id or number, where it is open to them."""
        is_open = getattr(self.request, "limit", None) is None or "finding:find" in OPEN
        return self._address("finding:find") if self.role and is_open else ""

    @cached_property
    def inbox_url(self) -> str:
        """Address of what somebody was told."""
        return self._address("notifications:inbox") if self.role else ""

    @cached_property
    def bell_url(self) -> str:
        """Address of the fragment that says how much of it is new."""
        return self._address("notifications:bell") if self.role else ""

    @cached_property
    def open_acts(self) -> int:
        """How many acts of the tenant have an unknown outcome; one look into an index."""
        limit = getattr(self.request, "limit", None)
        return actions_open_count(tenant=self.tenant) if self.tenant and self.role and limit is None else 0

    def _items(self, rows: tuple[tuple[str, str, str, Role, Capability | None], ...]) -> list[NavItem]:
        match = self.request.resolver_match
        here = (match.namespace, match.view_name) if match else ("", "")
        limit = getattr(self.request, "limit", None)
        items = []
        for name, label, icon, role, needs in rows:
            is_offered = needs is None or needs in self.offered
            is_open = limit is None or name in OPEN
            if is_offered and is_open and self.role and self.role.covers(role) and (url := self._address(name)):
                # Screens share a namespace with their own pages, but the tenant's pages are lines of their own.
                space = name.split(":")[0]
                is_current = here[1] == name if space in ("tenants", "results") else here[0] == space
                items.append(NavItem(label, url, icon, is_current))
        return items

    def _address(self, name: str) -> str:
        if self.tenant is None:
            return ""
        try:
            return reverse(name, kwargs={"slug": self.tenant.slug})
        except NoReverseMatch:
            return ""


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return every template the frame and what the person may do."""
    role: Role | None = getattr(request, "role", None)
    around = Frame(request)
    return {
        "frame": around,
        # Worked out when a template asks for one of them.
        "offers": SimpleLazyObject(lambda: around.offers),
        "can": SimpleLazyObject(lambda: around.can),
        "role": role,
        "can_act": bool(role and role.covers(Role.SUPERVISOR)),
        "can_administer": bool(role and role.covers(Role.ADMINISTRATOR)),
    }


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that a request could not be understood."""
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say which role is needed."""
    said = str(exception) if isinstance(exception, PermissionDenied) else ""
    return render(request, "errors/403.html", {"said": said}, status=403)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say why a form was refused (CSRF): it is old, or it came by an address that is not known as ours."""
    origin = request.headers.get("Origin", "")
    context = {"origin": origin if reason.startswith(BAD_ORIGIN) else "", "host": request.get_host()}
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"problem": render_to_string("errors/_csrf_problem.txt", context).strip()}, status=403)
    return render(request, "errors/403_csrf.html", context, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that there is nothing here, or nothing for this person."""
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that the mistake is ours; without session, database or context, since any of them may be what failed."""
    error = sys.exc_info()[1]
    if is_disk_full(error):
        return disk_full_answer(request)
    if isinstance(error, StorageAway):
        return storage_away_answer(request, error)
    if is_database_away(error):
        return database_away_answer(request)
    return HttpResponse(render_to_string("errors/500.html", {"number": request_id()}), status=500)
