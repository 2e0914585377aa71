"""Parts that renew themselves, for many who watch the same: rendered once for all of a role, and less often under load.

What is shared holds nothing of a person: an answer with a form's token in it, or with a cookie, goes to the one who
asked. Whoever has it already (`If-None-Match`) is told so before anything is read or rendered.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from threading import Lock
from typing import Concatenate, ParamSpec

from django.core.cache import cache
from django.http import HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase

from bpadmin.tenants.access import TenantRequest
from bpadmin.tenants.models import Tenant

P = ParamSpec("P")
View = Callable[Concatenate[TenantRequest, Tenant, P], HttpResponseBase]

# How long a rendering serves; nobody asks for a part more often.
SECONDS = 0.9
# A process that renders for others holds them up no longer than this.
RENDER_SECONDS = 5
KEPT = 256
# Answers a second that a process gives at the shortest intervals; with more watchers the intervals grow, up to LONGEST.
ANSWERS_A_SECOND = 60
WINDOW, LONGEST = 5.0, 5
TOKEN = b"csrfmiddlewaretoken"
# Stands in a rendering for its own digest until that is known.
ETAG = "0etag0"
LEFT_OUT = frozenset({"content-length", "set-cookie"})


@dataclass(frozen=True, slots=True)
class Rendering:
    """What all of a role are shown, and when it was made (seconds since the epoch)."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    etag: str
    made_at: float


class Watchers:
    """How many watch, by the answers of the last seconds: each stands for as many as its interval is seconds long."""

    def __init__(self) -> None:
        self._answers: deque[tuple[float, int]] = deque()
        self._sum = 0
        self._lock = Lock()

    def answered(self, interval: int) -> None:
        """Count an answer to somebody who comes again after so many seconds."""
        with self._lock:
            self._answers.append((time.monotonic(), interval))
            self._sum += interval
            self._forget()

    @property
    def interval(self) -> int:
        """Return the seconds after which one who watches should come again: 1 while there are few, 5 at most."""
        with self._lock:
            self._forget()
            watching = self._sum / WINDOW
        return max(1, min(LONGEST, round(watching / ANSWERS_A_SECOND + 0.49)))

    def _forget(self) -> None:
        since = time.monotonic() - WINDOW
        while self._answers and self._answers[0][0] < since:
            self._sum -= self._answers.popleft()[1]


watchers = Watchers()
_kept: dict[str, Rendering] = {}


def watched(target: str) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Let a view's part, which htmx asks for by the id `target`, be rendered once for all of a tenant's role.

    Stands below `tenant_view`: the gate looks at each request. The template finds in the request `watch_etag`, for
    its next question, and `watch_interval`, the seconds after which to ask it.
    """

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def shared(request: TenantRequest, tenant: Tenant, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            request.watch_interval = interval = watchers.interval  # type: ignore[attr-defined]
            if request.htmx.target != target or request.method != "GET":
                return view(request, tenant, *args, **kwargs)
            watchers.answered(interval)
            key = _key(request, tenant, target, interval)
            rendering, is_mine = _found(key)
            if rendering is None or is_mine:
                request.watch_etag = ETAG  # type: ignore[attr-defined]
                response = view(request, tenant, *args, **kwargs)
                made = _made(response)
                if made is None:
                    return _without_etag(response)
                rendering = _keep(key, made)
            return _answer(request, rendering)

        return shared

    return decorate


def _key(request: TenantRequest, tenant: Tenant, target: str, interval: int) -> str:
    """Return what tells those apart who see different things: tenant, role, limit, address, and what they have seen."""
    parts = (
        tenant.pk,
        request.role,
        request.limit,
        target,
        interval,
        request.get_full_path(),
        request.headers.get("X-Seen", ""),
    )
    return "watched:" + hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def _found(key: str) -> tuple[Rendering | None, bool]:
    """Return what is kept, and whether it is for the asker to render it anew."""
    now = time.time()
    known = _kept.get(key)
    if known is None or now - known.made_at >= SECONDS:
        found = cache.get(key)
        known = found if isinstance(found, Rendering) else None
    if known is not None and now - known.made_at < SECONDS:
        return known, False
    return known, known is None or bool(cache.add(f"{key}:lock", 1, timeout=RENDER_SECONDS))


def _made(response: HttpResponseBase) -> Rendering | None:
    """Return a response as a rendering for all; None for one that is of a person, or no success."""
    if not isinstance(response, HttpResponse) or response.status_code != 200 or response.cookies:
        return None
    if TOKEN in response.content:
        return None
    etag = f'"{hashlib.blake2b(response.content, digest_size=12).hexdigest()}"'
    body = response.content.replace(ETAG.encode(), etag.strip('"').encode())
    headers = tuple((name, value) for name, value in response.items() if name.lower() not in LEFT_OUT)
    return Rendering(body, headers, etag, time.time())


def _without_etag(response: HttpResponseBase) -> HttpResponseBase:
    if isinstance(response, HttpResponse) and ETAG.encode() in response.content:
        response.content = response.content.replace(ETAG.encode(), b"")
    return response


def _keep(key: str, made: Rendering) -> Rendering:
    if len(_kept) >= KEPT:
        _kept.clear()
    _kept[key] = made
    cache.set(key, made, timeout=LONGEST * 2)
    cache.delete(f"{key}:lock")
    return made


def _answer(request: TenantRequest, rendering: Rendering) -> HttpResponseBase:
    response: HttpResponse
    if request.headers.get("If-None-Match") == rendering.etag:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(rendering.body)
        for name, value in rendering.headers:
            response[name] = value
    response["ETag"] = rendering.etag
    return response
