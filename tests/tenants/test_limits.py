"""A role limited to named campaigns and lists: pages of several show theirs alone, others' are closed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.catalogue import campaigns_look
from bpadmin.dialler.types import Actor
from bpadmin.jobs.limits import job_target, jobs_limited
from bpadmin.jobs.models import Job
from bpadmin.notifications.models import Event, Tone
from bpadmin.notifications.rules import choice_for, people_of
from bpadmin.notifications.topics import Topic
from bpadmin.plans.models import Plan, PlanRun, PlanState, RunState
from bpadmin.records.exports.order import ExportOrder
from bpadmin.records.exports.services import export_start
from bpadmin.results.models import ResultSource
from bpadmin.tenants.limits import Limit, closed_words, limit_kept, limit_now, limit_of
from bpadmin.tenants.models import Membership, Role, Tenant
from bpadmin.tenants.people.services import PeopleRefused, membership_set
from bpadmin.tenants.people.tokens import token_make
from bpadmin.tenants.services import tenant_client
from dnc.models import DncList
from tests.conftest import signed_in
from tests.dnc.files.filing import known_list
from tests.jobs.uploading import KEYED, people, ready_upload
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)
FIELDS = [{"name": spec.name, "type": spec.type.value} for spec in KEYED]


@pytest.fixture
def ours(tenant: Tenant, sandbox: Any, supervisor: User) -> dict[str, Any]:
    """Two campaigns with a list each and two Do Not Call lists; the supervisor is limited to one of each."""
    made: dict[str, Any] = {}
    for name in ("North", "South"):
        made[name] = sandbox.create_campaign(name)
        made[f"{name} list"] = sandbox.create_list(f"{name} list", FIELDS, bind=[made[name]])
        made[f"{name} dnc"] = known_list(tenant, sandbox, name=f"{name} dnc")
        made[f"{name} job"] = ready_upload(tenant, made[f"{name} list"], people(3))
    with limit_kept(None):
        campaigns_look(tenant)
    administrator = User.objects.create_user("root", is_superuser=True)
    signed_in(administrator).get(reverse("campaigns:index", args=["acme"]))
    signed_in(administrator).get(reverse("lists:index", args=["acme"]))
    limits = {"campaigns": [made["North"]], "lists": [made["North list"]], "dnc": [made["North dnc"].remote_id]}
    Membership.objects.filter(user=supervisor).update(limits=limits)
    return made


def body(client: Client, name: str, *args: Any) -> str:
    answer = client.get(reverse(name, args=["acme", *args]))
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def test_pages_of_several_show_theirs_alone(ours: dict[str, Any], supervisor: User, viewer: User) -> None:
    for name in ("campaigns:index", "lists:index", "dnc:index"):
        mine, whole = body(signed_in(supervisor), name), body(signed_in(viewer), name)
        assert "South" in whole, name
        assert "South" not in mine, name
        assert "North" in mine, name
    mine, whole = body(signed_in(supervisor), "jobs:index"), body(signed_in(viewer), "jobs:index")
    assert "Autumn" in whole
    assert "South" not in mine
    assert mine.count(f"/jobs/{ours['North job'].pk}/") > 0
    assert f"/jobs/{ours['South job'].pk}/" not in mine


def test_one_of_theirs_opens_and_one_of_others_does_not(ours: dict[str, Any], supervisor: User) -> None:
    client = signed_in(supervisor)
    for name, key in (("dnc:detail", "dnc"), ("jobs:detail", "job")):
        assert client.get(reverse(name, args=["acme", ours[f"North {key}"].pk])).status_code == 200
        assert client.get(reverse(name, args=["acme", ours[f"South {key}"].pk])).status_code == 403
    refused = client.post(reverse("campaigns:start", args=["acme", ours["South"]]))
    assert refused.status_code == 403
    assert "this is none of them" in refused.content.decode()
    assert AuditEntry.every.filter(verb=Verb.ACCESS_REFUSE, actor=supervisor).exists()
    page = body(client, "campaigns:index")
    assert reverse("audit:index", args=["acme"]) in page
    assert reverse("reports:index", args=["acme"]) not in page
    assert limit_now() is None


def test_their_pages_lead_to_nothing_that_is_closed_to_them(
    ours: dict[str, Any], tenant: Tenant, sandbox: Any, supervisor: User
) -> None:
    client = signed_in(supervisor)
    limit = limit_of(supervisor, tenant)
    assert limit is not None
    # Lists of others in their campaign, and their list in a campaign of others.
    with tenant_client(tenant) as platform:
        platform.bind_list(ours["North"], list_id=ours["South list"])
        platform.bind_list(ours["South"], list_id=ours["North list"])
    with limit_kept(None):
        campaigns_look(tenant)
        cache.clear()
    dnc_list = DncList.objects.get(remote_id=ours["North dnc"].remote_id).pk
    closed = {}
    for name, args in (
        *(("results:home", ()), ("campaigns:index", ()), ("lists:index", ()), ("dnc:index", ()), ("plans:index", ())),
        *(("jobs:index", ()), ("campaigns:detail", (ours["North"],)), ("lists:detail", (ours["North list"],))),
        *(
            ("dnc:detail", (dnc_list,)),
            ("results:campaign", (ours["North"],)),
            ("jobs:detail", (ours["North job"].pk,)),
            ("results:whole", ()),
            ("results:list", (ours["North list"],)),
        ),
    ):
        main = body(client, name, *args).partition("<main")[2].partition("</main")[0]
        for path in re.findall(r'(?:href|action)="(/t/acme/[^"?#]*)', main):
            found = resolve(path)
            if closed_words(limit, tenant, found.view_name, found.kwargs):
                closed.setdefault(name, set()).add(f"{found.view_name} {found.kwargs}")
    assert closed == {}


@pytest.mark.parametrize("name", ["campaigns:index", "lists:index", "dnc:index", "plans:index", "jobs:index"])
def test_what_is_empty_for_them_is_not_called_empty_for_all(ours: dict[str, Any], supervisor: User, name: str) -> None:
    Membership.objects.filter(user=supervisor).update(limits={})
    assert "is open to you" in body(signed_in(supervisor), name)


def test_a_token_of_theirs_is_limited_as_they_are(ours: dict[str, Any], tenant: Tenant, supervisor: User) -> None:
    scopes = ["campaigns:read", "campaigns:control", "jobs:read", "dnc:write", "dnc:read"]
    _, text = token_make(tenant=tenant, user=supervisor, name="x", scopes=scopes)
    client = Client(headers={"Authorization": f"Bearer {text}"})
    told = client.get(reverse("api:campaigns", args=["acme"])).json()["campaigns"]
    assert [each["name"] for each in told] == ["North"]
    assert client.post(reverse("api:campaign_start", args=["acme", ours["South"]])).status_code == 403
    assert client.get(reverse("api:job", args=["acme", ours["North job"].pk])).status_code == 200
    assert client.get(reverse("api:job", args=["acme", ours["South job"].pk])).status_code == 403
    assert client.get(reverse("api:dnc_why", args=["acme"]) + "?number=16505550100").status_code == 403
    assert client.post(reverse("api:dnc_add", args=["acme", ours["South dnc"].pk])).status_code == 403


def test_they_are_told_of_their_own_alone(ours: dict[str, Any], tenant: Tenant, supervisor: User) -> None:
    person = next(each for each in people_of(tenant) if each.user == supervisor)
    said = {"tenant": tenant, "topic": Topic.MY_JOBS, "kind": "job.failed", "tone": Tone.BAD, "title": "x"}
    assert choice_for(person, Event(owner=supervisor, **said)) is not None
    assert choice_for(person, Event(owner=None, **{**said, "topic": Topic.MY_JOBS})) is None


def test_the_limit_is_set_by_command_and_page_by_name_or_id_and_logged(
    ours: dict[str, Any], tenant: Tenant, supervisor: User, viewer: User, administrator: User
) -> None:
    assert run("person_limit", "acme", "viola", "--campaigns", "South", "--dnc", "South dnc")[0] == 0
    mine = viewer.memberships.get()
    assert mine.limits == {"campaigns": [ours["South"]], "lists": [], "dnc": [ours["South dnc"].remote_id]}
    assert run("person_limit", "acme", "viola", "--campaigns", "Nowhere")[0] == 1
    assert run("person_limit", "acme", "ada", "--campaigns", "South")[0] == 1
    url = reverse("tenants:person_limit", args=["acme", viewer.pk])
    client = signed_in(administrator)
    page = client.get(url).content.decode()
    assert "South</textarea>" in page
    assert ours["South"] not in page
    client.post(url, {"campaigns": "", "lists": "North list\n", "dnc": ""})
    assert viewer.memberships.get().limits == {"campaigns": [], "lists": [ours["North list"]], "dnc": []}
    with pytest.raises(PeopleRefused, match="lift that first"):
        membership_set(membership=viewer.memberships.get(), role=Role.ADMINISTRATOR, actor=None)
    client.post(url, {"campaigns": "", "lists": "", "dnc": ""})
    assert viewer.memberships.get().limits is None
    logged = AuditEntry.every.filter(verb=Verb.MEMBER_LIMIT).order_by("id").values_list("details", flat=True)
    assert list(logged) == [
        {"campaigns": ["South"], "lists": [], "dnc": ["South dnc"]},
        {"campaigns": [], "lists": ["North list"], "dnc": []},
        {"limit": "none"},
    ]


def test_renderings_for_many_are_not_shared_across_limits(
    ours: dict[str, Any], supervisor: User, make_member: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bpadmin.web.watching.SECONDS", 30.0)
    url, part = reverse("jobs:index", args=["acme"]), {"HX-Request": "true", "HX-Target": "jobs"}
    whole = signed_in(make_member("kim", Role.SUPERVISOR)).get(url, headers=part).content.decode()
    mine = signed_in(supervisor).get(url, headers=part).content.decode()
    other = f"/jobs/{ours['South job'].pk}/"
    assert other in whole
    assert other not in mine


@pytest.fixture
def busy(ours: dict[str, Any], tenant: Tenant, sandbox: Any) -> dict[str, Any]:
    """The two campaigns with plans, held and troubled, with figures, exports, jobs that ask, and a log of it all."""
    now = timezone.now()
    for name in ("North", "South"):
        campaign = {"campaign_id": ours[name], "campaign_name": name}
        plan = Plan.objects.create(
            tenant=tenant, name=f"{name} stop", kind="stop", target_key=name, time_zone="UTC", times="09:00",
            first_day=now.date(), owner_name="x", created_at=now, state=PlanState.HELD, **campaign,
        )  # fmt: skip
        ours[f"{name} plan"] = plan
        PlanRun.objects.create(tenant=tenant, plan=plan, planned_at=now, state=RunState.REFUSED, sentence=f"{name}!")
        ResultSource.objects.create(tenant=tenant, source_id=name, is_running=True, failures=5, **campaign)
        order = ExportOrder(campaigns=((ours[name], name),))
        ours[f"{name} export"] = export_start(tenant=tenant, order=order, actor=Actor(name="x"), ring=False)
        said = {"tenant": tenant, "actor": None, "actor_name": "x", "message": "South stood beside it"}
        audit_record(verb=Verb.CAMPAIGN_START, target_kind="campaign", target_id=ours[name], target_name=name, **said)
        Job.objects.filter(pk=ours[f"{name} job"].pk).update(target_name=f"{name} list")
    Plan.objects.create(
        tenant=tenant, name="South report", kind="report", target_key="r", time_zone="UTC", times="09:00",
        first_day=now.date(), owner_name="x", created_at=now,
    )  # fmt: skip
    both = ExportOrder(campaigns=((ours["North"], "North"), (ours["South"], "South")))
    ours["both export"] = export_start(tenant=tenant, order=both, actor=Actor(name="x"), ring=False)
    return ours


def test_the_name_of_another_campaign_is_on_none_of_their_pages(
    busy: dict[str, Any], supervisor: User, viewer: User
) -> None:
    for name, query in (
        *(("results:home", ""), ("plans:index", ""), ("plans:month", ""), ("audit:index", ""), ("jobs:index", "")),
        *(("finding:find", "?q=north"), ("finding:find", "?q=list"), ("finding:find", "?q=o")),
        *(("finding:find", "?q=16505550100"), ("audit:index", "?target=o")),
    ):
        url = reverse(name, args=["acme"]) + query
        mine, whole = signed_in(supervisor).get(url), signed_in(viewer).get(url)
        assert (mine.status_code, whole.status_code) == (200, 200), url
        page = mine.content.decode()
        assert "South" not in page, url
        assert busy["South"] not in page, url
        if "1650" not in query and name != "plans:month":
            assert "North" in page, url
            assert "South" in whole.content.decode() or "north" in query, url
        again = signed_in(viewer).get(url).content.decode()
        assert ("South" in again) == ("South" in whole.content.decode()), url


def test_the_page_of_all_tenants_tells_nothing_of_others(busy: dict[str, Any], supervisor: User) -> None:
    page = signed_in(supervisor).get(reverse("tenants:index")).content.decode()
    assert "Acme" in page
    assert "South" not in page


def test_plans_and_exports_of_their_campaigns_open_and_those_of_others_do_not(
    busy: dict[str, Any], supervisor: User
) -> None:
    client = signed_in(supervisor)
    for name in ("plans:detail", "plans:remove", "plans:run"):
        if name != "plans:run":
            assert "South" not in body(client, name, busy["North plan"].pk)
        assert client.get(reverse(name, args=["acme", busy["South plan"].pk])).status_code == 404
    for name in ("plans:hold", "plans:release"):
        assert client.post(reverse(name, args=["acme", busy["South plan"].pk])).status_code == 404
    assert client.get(reverse("plans:new", args=["acme"])).status_code == 403
    assert "South" not in body(client, "campaigns:export", busy["North"])
    assert client.get(reverse("campaigns:export", args=["acme", busy["South"]])).status_code == 403
    assert "South" not in body(client, "jobs:detail", busy["North export"].pk)
    for other in ("South export", "both export"):
        for name in ("jobs:detail", "records:export_file", "records:export_summary"):
            assert client.get(reverse(name, args=["acme", busy[other].pk])).status_code == 403, (other, name)
    page = body(client, "jobs:index")
    assert f"/jobs/{busy['North export'].pk}/" in page
    assert f"/jobs/{busy['both export'].pk}/" not in page


def test_a_campaign_whose_id_is_a_number_is_not_a_count_of_campaigns(tenant: Tenant, db: None) -> None:
    two = ExportOrder(campaigns=(("5", "Five"), ("6", "Six")))
    several = export_start(tenant=tenant, order=two, actor=Actor(name="x"), ring=False)
    odd = export_start(tenant=tenant, order=ExportOrder(campaigns=(("a:2/ü", "A"),)), actor=Actor(name="x"), ring=False)
    with limit_kept(Limit({"campaigns": ["2", "5", "a"], "lists": ["2", several.target_id]})):
        assert several not in jobs_limited(Job.objects.exclude(target_id=several.target_id))
        assert odd not in jobs_limited(Job.objects.all())
    with limit_kept(Limit({"campaigns": ["a:2/ü"]})):
        assert list(jobs_limited(Job.objects.all())) == [odd]
    assert job_target(tenant, odd.pk) == ("campaigns", "a:2/ü")


def test_a_limit_of_nothing_shows_nothing(ours: dict[str, Any]) -> None:
    with limit_kept(Limit({})):
        assert not jobs_limited(Job.objects.all()).exists()


def test_results_over_all_are_of_theirs_alone_on_page_and_api(
    ours: dict[str, Any], tenant: Tenant, supervisor: User, viewer: User
) -> None:
    now = timezone.now()
    for name in ("North", "South"):
        ids = {"campaign_id": ours[name], "campaign_name": name, "list_id": ours[f"{name} list"]}
        ResultSource.objects.create(
            tenant=tenant, source_id=name, list_name=f"{name} list", read_at=now, first_read_at=now, **ids
        )
    # Who may see all is asked first: what is shared between people must not be shared with them.
    whole, mine = body(signed_in(viewer), "results:whole"), body(signed_in(supervisor), "results:whole")
    assert "South list" in whole
    assert "North list" in mine
    assert "South" not in mine
    assert "Your campaigns and lists" in mine
    assert "South list" in body(signed_in(viewer), "results:whole")
    table = signed_in(supervisor).get(reverse("results:whole", args=["acme"]) + "?table=lists&format=csv")
    assert "South" not in table.content.decode()
    _, text = token_make(tenant=tenant, user=supervisor, name="r", scopes=["results:read"])
    client = Client(headers={"Authorization": f"Bearer {text}"})
    told = client.get(reverse("api:results", args=["acme"]))
    assert (told.status_code, "North" in told.content.decode(), "South" in told.content.decode()) == (200, True, False)
    for query in (f"campaign={ours['South']}", "list=South list"):
        for name in ("api:results", "api:results_beside", "api:results_figure"):
            answer = client.get(f"{reverse(name, args=['acme'])}?of=calls&{query}")
            assert answer.status_code in (400, 404, 409), (name, query, answer.status_code)
            assert ours["South list"] not in answer.content.decode()
    assert client.get(reverse("api:results_figure", args=["acme"]) + "?of=calls").status_code == 200


def test_the_fate_of_uploads_is_told_of_their_lists_alone_on_page_and_api(
    ours: dict[str, Any], tenant: Tenant, supervisor: User
) -> None:
    Job.objects.filter(target_id__in=[ours["North list"], ours["South list"]]).update(started_at=timezone.now())
    _, text = token_make(tenant=tenant, user=supervisor, name="r", scopes=["results:read"])
    client = Client(headers={"Authorization": f"Bearer {text}"})
    told = client.get(reverse("api:uploads_reached", args=["acme", ours["North list"]]))
    assert (told.status_code, [each["job"] for each in told.json()["uploads"]]) == (200, [ours["North job"].pk])
    refused = client.get(reverse("api:uploads_reached", args=["acme", ours["South list"]]))
    assert (refused.status_code, "none of them" in refused.json()["problem"]) == (403, True)
    browser = signed_in(supervisor)
    assert browser.get(reverse("lists:reached", args=["acme", ours["North list"]])).status_code == 200
    assert browser.get(reverse("lists:reached", args=["acme", ours["South list"]])).status_code == 403
