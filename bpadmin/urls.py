"""All addresses: what belongs to a tenant carries its slug, so that any page can be sent to a colleague.

The screens' own modules start below `/t/<slug>/` and write their first word themselves: `campaigns/`, `lists/`,
`uploads/`, `dnc/`, `records/`, `sources/`, `exports/`, `jobs/`, `activity/`. A segment that takes an id of a platform
takes no word of ours: where names are ids, a list may be called as the word. /healthz is answered before routing, by
bpadmin.health.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from bpadmin import web

SCREENS = (
    "campaigns.urls",
    "lists.urls",
    "dnc.urls",
    "bpadmin.records.urls",
    "bpadmin.jobs.urls",
    "bpadmin.dialler.urls",
    "bpadmin.audit.urls",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("bpadmin.tenants.account_urls")),
    path("", include("bpadmin.tenants.urls")),
    path("", include("bpadmin.operations.urls")),
    *(path("t/<slug:slug>/", include(module)) for module in SCREENS),
]

handler400 = web.bad_request
handler403 = web.forbidden
handler404 = web.not_found
handler500 = web.server_error
