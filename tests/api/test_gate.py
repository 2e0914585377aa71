"""Who may ask the API, for what, and how often; and that it is described."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.api.gate import ENDPOINTS
from bpadmin.api.routes import ROUTES
from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import ApiToken, Membership, Role, Tenant
from bpadmin.tenants.people.services import PeopleRefused, membership_remove, membership_set
from bpadmin.tenants.people.tokens import MOST, PREFIX, Scope, token_make
from tests.api.asking import Script
from tests.conftest import signed_in
from tests.shell import run

pytestmark = pytest.mark.django_db
# (address, method); each is refused before anything is looked at.
ASKED = {
    "campaigns": ("campaigns/", "GET"),
    "campaign_start": ("campaigns/x/start/", "POST"),
    "campaign_stop": ("campaigns/x/stop/", "POST"),
    "act_undo": ("campaigns/acts/1/undo/", "POST"),
    "dnc_act_undo": ("dnc/acts/1/undo/", "POST"),
    "list_campaigns_stop": ("lists/x/campaigns/stop/", "POST"),
    "upload": ("lists/x/uploads/", "POST"),
    "uploads_reached": ("lists/x/uploads/reached/", "GET"),
    "results": ("results/", "GET"),
    "results_figure": ("results/figure/?of=calls", "GET"),
    "results_beside": ("results/beside/?list=x", "GET"),
    "job": ("jobs/1/", "GET"),
    "job_send": ("jobs/1/send/", "POST"),
    "job_cancel": ("jobs/1/cancel/", "POST"),
    "job_rejects": ("jobs/1/rejects/", "GET"),
    "upload_take_back": ("jobs/1/take-back/", "POST"),
    "take_back": ("jobs/1/take-back/counts/", "GET"),
    "take_back_go": ("jobs/1/take-back/go/", "POST"),
    "dnc_lists": ("dnc/lists/", "GET"),
    "dnc_why": ("dnc/why/?number=1", "GET"),
    "dnc_add": ("dnc/lists/1/add/", "POST"),
    "dnc_remove": ("dnc/lists/1/remove/", "POST"),
    "feeds": ("feeds/", "GET"),
    "feed": ("feeds/1/", "GET"),
    "feed_run": ("feeds/1/run/", "POST"),
    "feed_hold": ("feeds/1/hold/", "POST"),
    "feed_release": ("feeds/1/release/", "POST"),
    "feed_file": ("feeds/files/1/", "GET"),
    "feed_file_release": ("feeds/files/1/release/", "POST"),
    "feed_file_refuse": ("feeds/files/1/refuse/", "POST"),
    "plans": ("plans/", "GET"),
    "plan": ("plans/1/", "GET"),
    "plan_run": ("plans/1/run/", "POST"),
    "plan_hold": ("plans/1/hold/", "POST"),
    "plan_release": ("plans/1/release/", "POST"),
    "reports": ("reports/", "GET"),
    "report": ("reports/1/", "GET"),
    "report_make": ("reports/1/make/", "POST"),
}


def test_every_address_is_described_and_has_a_row_here() -> None:
    described = Client().get(reverse("api:openapi")).json()
    assert {route.name for route in ROUTES} == set(ENDPOINTS) == set(ASKED)
    operations = [each for path in described["paths"].values() for each in path.values()]
    assert {each["operationId"] for each in operations} == set(ASKED)
    assert "/api/v1/t/{tenant}/campaigns/{campaign}/start/" in described["paths"]
    assert described["openapi"] == "3.1.0"


def test_without_a_token_nothing_is_answered_whoever_is_signed_in(tenant: Tenant, supervisor: User) -> None:
    browser = signed_in(supervisor)
    for name, (path, method) in ASKED.items():
        for headers in ({}, {"Authorization": "Bearer bpa_wrong"}, {"Authorization": "Basic eDp5"}):
            answer = browser.generic(method, f"/api/v1/t/acme/{path}", headers=headers)
            assert answer.status_code == 401, (name, headers)
            assert answer.headers["WWW-Authenticate"] == "Bearer", (name, headers)


@pytest.mark.parametrize("scope", Scope)
def test_each_address_needs_its_scope_its_method_and_its_tenant(tenant: Tenant, supervisor: User, scope: Scope) -> None:
    others = Script(tenant, supervisor, *(each for each in Scope if each != scope))
    own, elsewhere, nowhere = (Script(tenant, supervisor, scope) for _ in range(3))
    Tenant.objects.create(slug="other", name="Other", base_url="http://127.0.0.1:1")
    elsewhere.tenant, nowhere.tenant = Tenant(slug="other"), Tenant(slug="nobody")
    for path, method in (ASKED[name] for name, endpoint in ENDPOINTS.items() if endpoint.scope == scope):
        assert scope.value in others.ask(method, path, status=403)["problem"]
        own.ask("PUT", path, status=405)
        elsewhere.ask(method, path, status=404)
        nowhere.ask(method, path, status=404)


def test_a_token_never_may_more_than_its_person(tenant: Tenant, supervisor: User, administrator: User) -> None:
    script = Script(tenant, supervisor)
    script.ask("GET", "dnc/lists/")
    member = Membership.objects.get(user=supervisor)
    membership_set(membership=member, role=Role.VIEWER, actor=administrator)
    script.ask("GET", "dnc/lists/")
    assert "not the role Supervisor" in script.send("dnc/lists/1/add/", {"keys": ["1"]}, status=403)["problem"]
    membership_remove(membership=member, actor=administrator)
    script.ask("GET", "dnc/lists/", status=403)
    User.objects.filter(pk=supervisor.pk).update(is_active=False)
    script.ask("GET", "dnc/lists/", status=401)


def test_a_viewer_cannot_make_a_token_for_acts(tenant: Tenant, viewer: User, stranger: User) -> None:
    with pytest.raises(PeopleRefused, match="needs the role Supervisor"):
        token_make(tenant=tenant, user=viewer, name="x", scopes=["dnc:write"])
    with pytest.raises(PeopleRefused, match="needs the role"):
        token_make(tenant=tenant, user=stranger, name="x", scopes=["jobs:read"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "name"),
        ({"days": 0}, "1 to 366"),
        ({"days": 367}, "1 to 366"),
        ({"scopes": []}, "for"),
        ({"scopes": ["all"]}, "one or more"),
    ],
)
def test_a_token_says_for_what_and_how_long(tenant: Tenant, viewer: User, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(PeopleRefused, match=words):
        token_make(**{"tenant": tenant, "user": viewer, "name": "x", "scopes": ["jobs:read"], **changes})


def test_tokens_of_one_person_are_bounded(tenant: Tenant, viewer: User) -> None:
    for number in range(MOST):
        token_make(tenant=tenant, user=viewer, name=str(number), scopes=["jobs:read"])
    with pytest.raises(PeopleRefused, match="Revoke"):
        token_make(tenant=tenant, user=viewer, name="more", scopes=["jobs:read"])


def test_a_token_ends_on_its_day_and_its_text_is_stored_nowhere(tenant: Tenant, supervisor: User) -> None:
    script = Script(tenant, supervisor)
    assert script.text.startswith(PREFIX)
    assert script.text not in str(list(ApiToken.objects.values()) + list(AuditEntry.every.values()))
    script.ask("GET", "dnc/lists/")
    script.token.refresh_from_db()
    assert script.token.last_used_at is not None
    ApiToken.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    script.ask("GET", "dnc/lists/", status=401)


def test_too_many_requests_are_refused_each_token_for_itself(tenant: Tenant, supervisor: User, settings: Any) -> None:
    settings.API_PER_MINUTE = 3
    first, second = Script(tenant, supervisor), Script(tenant, supervisor)
    answers = [
        first.client.get("/api/v1/t/acme/dnc/lists/", headers={"Authorization": f"Bearer {first.text}"})
        for _ in range(8)
    ]
    assert [answer.status_code for answer in answers[:3]] == [200] * 3
    assert answers[-1].status_code == 429
    assert answers[-1].headers["Retry-After"] == "60"
    second.ask("GET", "dnc/lists/")


def test_a_token_is_made_and_revoked_on_the_page(
    tenant: Tenant, supervisor: User, administrator_client: Client
) -> None:
    client, url = signed_in(supervisor), reverse("tenants:tokens", args=[tenant.slug])
    made = client.post(url, {"name": "nightly", "scopes": ["dnc:read"], "days": 30})
    text = made.context["text"]
    assert text in made.content.decode()
    assert "no-store" in made.headers["Cache-Control"]
    assert text not in client.get(url).content.decode()
    asked = {"Authorization": f"Bearer {text}"}
    assert Client().get("/api/v1/t/acme/dnc/lists/", headers=asked).status_code == 200
    assert "nightly" in administrator_client.get(url).content.decode()
    pk = ApiToken.objects.get().pk
    administrator_client.post(reverse("tenants:token_revoke", args=[tenant.slug, pk]))
    assert Client().get("/api/v1/t/acme/dnc/lists/", headers=asked).status_code == 401
    assert client.post(url, {"name": "", "scopes": ["dnc:read"], "days": 30}).status_code == 422
    verbs = set(AuditEntry.every.values_list("verb", flat=True))
    assert {Verb.TOKEN_MAKE, Verb.TOKEN_REVOKE} <= verbs


def test_a_viewer_is_offered_what_viewers_may_and_sees_their_own_tokens(
    tenant: Tenant, viewer: User, supervisor: User
) -> None:
    token = Script(tenant, supervisor).token
    client, url = signed_in(viewer), reverse("tenants:tokens", args=[tenant.slug])
    page = client.get(url).content.decode()
    assert "dnc:read" in page
    assert "dnc:write" not in page
    assert "nightly" not in page
    assert client.post(reverse("tenants:token_revoke", args=[tenant.slug, token.pk])).status_code == 404
    assert client.post(url, {"name": "x", "scopes": ["dnc:write"], "days": 30}).status_code == 422


def test_tokens_by_command(tenant: Tenant, supervisor: User) -> None:
    code, said = run("token_make", "acme", "sam", "--name", "nightly", "--scope", "jobs:read", "--scope", "dnc:read")
    assert code == 0
    asked = {"Authorization": f"Bearer {said['token']}"}
    assert Client().get("/api/v1/t/acme/dnc/lists/", headers=asked).status_code == 200
    assert run("token_revoke", "acme")[1]["tokens"][0]["name"] == "nightly"
    assert run("token_revoke", "acme", str(said["id"]))[0] == 0
    assert Client().get("/api/v1/t/acme/dnc/lists/", headers=asked).status_code == 401
    assert run("token_revoke", "acme", "999")[0] == 1
    assert run("token_make", "acme", "nobody", "--name", "x", "--scope", "jobs:read")[0] == 1


def test_a_stranger_sends_no_file(tenant: Tenant) -> None:
    answer = Client().post("/api/v1/t/acme/lists/x/uploads/", b"x" * 20_000, content_type="application/octet-stream")
    assert answer.status_code == 401
    assert "token" in answer.json()["problem"]


@pytest.mark.parametrize("body", ["[" * 200_000, '{"a":' * 200_000, "9" * 6000], ids=["lists", "objects", "digits"])
def test_json_that_goes_too_deep_is_refused_in_words(tenant: Tenant, supervisor: User, body: str) -> None:
    script = Script(tenant, supervisor)
    said = {"data": body, "content_type": "application/json"}
    assert "no JSON" in script.ask("POST", "campaigns/x/start/", status=400, **said)["problem"]
