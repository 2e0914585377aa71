"""All addresses: what belongs to a tenant carries its slug, so that any page can be sent to a colleague.

The screens' own modules start below `/t/<slug>/` and write their first word themselves: `campaigns/`, `lists/`,
`uploads/`, `recycling/`, `results/`, `dnc/`, `records/`, `sources/`, `exports/`, `jobs/`, `plans/`, `feeds/`,
`reports/`, `approvals/`, `activity/`, `person/`, `export/`, `remove/`. A segment that takes an id of a platform has no
word of ours: where names are ids, a list may be called as the word. /healthz is answered before routing, by
bpadmin.operations.probes.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from bpadmin.web import converters, frame  # noqa: F401 - converters makes <platform_id:…> and <number:…> known

SCREENS = (
    "bpadmin.results.urls",
    "bpadmin.notifications.urls",
    "bpadmin.finding.urls",
    "campaigns.urls",
    "lists.urls",
    "dnc.urls",
    "bpadmin.records.urls",
    "bpadmin.jobs.urls",
    "bpadmin.approvals.urls",
    "bpadmin.plans.urls",
    "bpadmin.reports.urls",
    "bpadmin.feeds.urls",
    "bpadmin.activity.action_urls",
    "bpadmin.activity.urls",
    "bpadmin.privacy.urls",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("bpadmin.tenants.accounts.urls")),
    path("", include("bpadmin.tenants.urls")),
    path("", include("bpadmin.operations.urls")),
    path("", include("bpadmin.activity.installation_urls")),
    path("api/v1/", include("bpadmin.api.urls")),
    path("hooks/", include("bpadmin.results.hooks.urls")),
    *(path("t/<slug:slug>/", include(module)) for module in SCREENS),
]

handler400 = frame.bad_request
handler403 = frame.forbidden
handler404 = frame.not_found
handler500 = frame.server_error
