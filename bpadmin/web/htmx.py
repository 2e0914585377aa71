"""Answer a page, the part of it that renews itself, or only the age of that part when nothing in it has changed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.http import reswap

from bpadmin.dialler.live import Snapshot
from bpadmin.tenants.access import TenantRequest
from bpadmin.web.tables import fingerprint

SEEN = "X-Seen"


def live_response(
    request: TenantRequest,
    *,
    page: str,
    fragment: str,
    target: str,
    what: str,
    snapshot: Snapshot[Any],
    shows: tuple[object, ...],
    context: Mapping[str, Any],
) -> HttpResponse:
    """Render `page`, or `fragment` when htmx asks for the element with the id `target`.

    `what` names what the snapshot holds ("the campaigns"). `shows` is everything the fragment's looks depend on: its
    fingerprint travels with each poll, and while it stays the same only the snapshot's age is answered (swapped out of
    band into `<target>-age`), so that a page that polls does not take away a selection, a focus or a tooltip.
    """
    # The minute, because "3 min ago" inside the fragment must not stand still for ever.
    seen = fingerprint(request.path, request.role, int(time.time() // 60), *shows)
    full = {
        **context,
        "snapshot": snapshot,
        "seen": seen,
        "live_target": target,
        "what": what,
        "is_fragment": request.htmx.target == target,
    }
    if request.htmx.target != target:
        response = render(request, page, full)
    elif request.headers.get(SEEN) == seen:
        response = reswap(render(request, "components/_age.html", {**full, "is_oob": True}), "none")
    else:
        response = render(request, fragment, full)
    patch_vary_headers(response, ["HX-Request", "HX-Target", SEEN])
    return response
