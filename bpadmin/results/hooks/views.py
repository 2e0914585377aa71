"""Where a platform sends results to, and the page that shows and renews this address."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from bpadmin.dialler.types import Actor
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.results.hooks import services
from bpadmin.results.hooks.counting import count_soon
from bpadmin.results.models import ResultHook, SentResult
from bpadmin.results.reading.identity import settings_of
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.accounts.throttle import TooManyTries
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.server.gate import takes_bodies_of

SENT = Capability.RESULTS_SENT
NOBODY = "There is no such address here. Ask whoever runs this for the present one."


def may_send(request: HttpRequest, secret: str) -> HttpResponse | None:
    """Return the answer to somebody who may not send to this address, None where its secret is right."""
    try:
        request.hook = services.hook_find(secret=secret, address=str(request.META.get("REMOTE_ADDR", "")))  # type: ignore[attr-defined]
    except services.HookUnknown:
        return _said(404, NOBODY)
    except TooManyTries:
        answer = _said(429, "Too many wrong addresses were tried from there. Wait fifteen minutes, then try again.")
        answer.headers["Retry-After"] = "900"
        return answer
    return None


@csrf_exempt
@never_cache
@require_POST
@takes_bodies_of(services.MOST_BYTES, may_send)
def receive(request: HttpRequest, secret: str) -> HttpResponse:
    """Take an event that a platform sends. What lets it in is the secret in its address; it carries no cookies."""
    if stop := may_send(request, secret):
        return stop
    hook: ResultHook = request.hook  # type: ignore[attr-defined]
    try:
        is_taken = services.hook_take(hook=hook, body=request.body)
    except services.HookRefused as refused:
        answer = _said(429 if refused.is_busy else 400, str(refused))
        if refused.is_busy:
            answer.headers["Retry-After"] = "60"
        return answer
    if is_taken:
        count_soon(hook.tenant_id)
    return JsonResponse({"taken": is_taken})


def _said(status: int, words: str) -> HttpResponse:
    return JsonResponse({"problem": words}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.ADMINISTRATOR, needs=SENT, confirmed=True)
def address(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the address, with its secret, and make, renew or close it."""
    if request.method == "POST":
        actor = Actor(request.user)
        if request.POST.get("do") == "close":
            services.hook_close(tenant=tenant, actor=actor)
            messages.success(request, "The address is taken away. Results are read as before.")
        else:
            services.hook_renew(tenant=tenant, actor=actor)
            messages.success(request, "This is the address from now on. One that was there before is known no more.")
        return redirect("results:hook", slug=tenant.slug)
    hook = services.hook_of(tenant)
    path = services.hook_path(hook) if hook else ""
    context = {
        "hook": hook,
        "address": services.hook_address(path) or request.build_absolute_uri(path),
        "info": REGISTRY[tenant.platform],
        "waiting": SentResult.objects.filter(tenant=tenant).count(),
        "is_reading": settings_of(tenant).is_reading,
    }
    return render(request, "results/hook.html", context)
