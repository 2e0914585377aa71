"""The one gate of the API: token, tenant, scope, role, rate; and refusals of services as answers.

Plain views, each with what the description of the API says of it beside it: `endpoint` is the gate and the register.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.feeds.services import FeedRefused
from bpadmin.installation.counters import count
from bpadmin.installation.hold import Held
from bpadmin.jobs.handlers import JobRefused
from bpadmin.jobs.options import NotUnderstood
from bpadmin.jobs.services import IllegalMove
from bpadmin.logs import log_add
from bpadmin.plans.services import PlanRefused
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.reports.services import ReportRefused
from bpadmin.results.opening import FigureUnknown
from bpadmin.results.services import ResultsRefused
from bpadmin.tenants.access import TenantRequest, role_of
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.limits import closed_words, limit_kept, limit_of
from bpadmin.tenants.models import ApiToken, Tenant
from bpadmin.tenants.people.tokens import Scope
from bpadmin.tenants.refusals import refusal_record
from bpadmin.uploads.arguments import ArgumentRefused
from bpadmin.uploads.conversion.recipe_store import RecipeRefused
from campaigns.bulk import StopRefused
from dnc.lists.sync import DncRefused
from lists.old_values.services import OldValuesRefused
from lists.taking_back.services import TakeBackRefused

MINUTE = 60
ViewT = TypeVar("ViewT", bound=Callable[..., HttpResponseBase])


class ApiRefused(Exception):
    """A request that cannot be answered as it was meant; `data` joins the answer."""

    def __init__(self, words: str, status: int = 422, **data: Any) -> None:
        super().__init__(words)
        self.status = status
        self.data = data


class ApiRequest(TenantRequest):
    """A request that passed the gate."""

    api_token: ApiToken

    # A person and their token, as the log names them.
    actor: Actor


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What the description says of a view: one method of one address, in JSON Schema where it says what is sent."""

    name: str
    method: str
    scope: Scope
    summary: str
    needs: Capability | None = None
    query: dict[str, dict[str, Any]] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    answer: dict[str, Any] = field(default_factory=dict)
    takes_file: bool = False
    gives_csv: bool = False


ENDPOINTS: dict[str, Endpoint] = {}
# (what a service raises, the status it is answered with)
REFUSALS: tuple[tuple[type[Exception], int], ...] = (
    (LookupRefused, 404),
    (IllegalMove, 409),
    (Held, 409),
    (JobRefused, 422),
    (ArgumentRefused, 422),
    (RecipeRefused, 422),
    (NotUnderstood, 422),
    (DncRefused, 422),
    (FeedRefused, 409),
    (PlanRefused, 409),
    (ReportRefused, 409),
    (OldValuesRefused, 422),
    (StopRefused, 409),
    (TakeBackRefused, 409),
    (ResultsRefused, 404),
    (FigureUnknown, 404),
    (PlatformError, 502),
)


def endpoint(said: Endpoint) -> Callable[[ViewT], Callable[..., HttpResponseBase]]:
    """Let a view be asked by scripts whose token may; it gets (request, tenant, …)."""
    ENDPOINTS[said.name] = said

    def decorate(view: ViewT) -> Callable[..., HttpResponseBase]:
        @csrf_exempt  # no cookie is believed here, so no other page can make a browser ask
        @wraps(view)
        def gate(request: ApiRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                tenant = _admitted(request, slug, said, kwargs)
                with limit_kept(request.limit):
                    response = view(request, tenant, *args, **kwargs)
            except ApiRefused as refused:
                if refused.status in (401, 403):
                    _refusal(request, slug, refused)
                response = problem(str(refused), refused.status, **refused.data)
            except Http404 as missing:
                response = problem(str(missing) or "There is no such thing.", 404)
            except tuple(kind for kind, _ in REFUSALS) as refused:
                status = next(status for kind, status in REFUSALS if isinstance(refused, kind))
                response = problem(str(refused), status)
            response.headers["Cache-Control"] = "no-store"
            return response

        return gate

    return decorate


def _refusal(request: ApiRequest, slug: str, refused: ApiRefused) -> None:
    """Write down that a token was refused; one that works belongs to a person."""
    token: ApiToken | None = getattr(request, "api_token", None)
    name = f"{token.user.get_username()} (token {token.name})" if token else ""
    refusal_record(request, str(refused), tenant=token.tenant if token else None, actor_name=name)


def problem(words: str, status: int, **data: Any) -> JsonResponse:
    """Answer with what is wrong, in a sentence."""
    response = JsonResponse({"problem": words, **data}, status=status)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status == 429:
        response.headers["Retry-After"] = str(MINUTE)
    return response


def _admitted(request: ApiRequest, slug: str, said: Endpoint, named: Mapping[str, Any]) -> Tenant:
    """Let a request in and give its tenant. Raises ApiRefused."""
    token: ApiToken | None = getattr(request, "api_token", None)
    if token is None:
        raise ApiRefused("Send a token that works: Authorization: Bearer bpa_…", 401)
    tenant = token.tenant
    if tenant.slug != slug:
        raise ApiRefused("This token belongs to another tenant, or there is no such tenant.", 404)
    log_add(tenant=tenant.slug, user=token.user.get_username(), token=token.pk)
    if count(f"api:{token.pk}:{int(time.time()) // MINUTE}", 2 * MINUTE) > settings.API_PER_MINUTE:
        raise ApiRefused(f"More than {settings.API_PER_MINUTE} requests in a minute. Ask less often.", 429)
    if request.method != said.method:
        raise ApiRefused(f"This address takes {said.method}.", 405)
    if said.scope not in token.scopes:
        raise ApiRefused(f"This token is not for that: it lacks the scope {said.scope.value}.", 403)
    role = role_of(token.user, tenant)
    if role is None or not role.covers(said.scope.role):
        raise ApiRefused(f"{token.user} has not the role {said.scope.role.label} in {tenant.name} any more.", 403)
    if said.needs is not None and said.needs not in capabilities_known(tenant):
        raise ApiRefused(f"{REGISTRY[tenant.platform].label} does not offer this through its API.", 404)
    request.tenant, request.role, request.limit = tenant, role, limit_of(token.user, tenant)
    if request.limit is not None and (words := closed_words(request.limit, tenant, f"api:{said.name}", named)):
        raise ApiRefused(words, 403)
    request.actor = Actor(token.user, f"{token.user.get_username()} (token {token.name})")
    return tenant


def body_of(request: HttpRequest, **known: type) -> dict[str, Any]:
    """Return the members of a JSON object that was sent, each of its type; others are refused. Raises ApiRefused."""
    try:
        found = json.loads(request.body or b"{}")
    except (ValueError, RecursionError) as exc:
        raise ApiRefused(f"What was sent is no JSON: {exc}", 400) from exc
    if not isinstance(found, dict):
        raise ApiRefused("Send a JSON object.", 400)
    for name, value in found.items():
        if name not in known:
            raise ApiRefused(f"“{name}” is not known here. Known: {', '.join(known) or 'nothing'}.", 400)
        if not isinstance(value, known[name]):
            raise ApiRefused(f"“{name}” must be a {known[name].__name__}.", 400)
    return found


def texts(values: list[Any], name: str) -> list[str]:
    """Return a list of texts. Raises ApiRefused."""
    if not all(isinstance(each, str) for each in values):
        raise ApiRefused(f"“{name}” must be a list of texts.", 400)
    return values
