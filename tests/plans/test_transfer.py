"""What acts by itself as one file: taken out, and in by another tenant, each item with what became of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.plans.models import HolidayCalendar, Plan, PlanState
from bpadmin.plans.transfer import MOST_ITEMS, TransferRefused, automation_take, automation_write
from bpadmin.reports.models import Report
from bpadmin.uploads.models import Recipe
from tests.fixtures_tenants import browser_of, connect
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [{"name": "id", "type": "OTHER", "key": True}, {"name": "phone", "type": "PHONE"}]


@pytest.fixture
def filled(tenant: Any, sandbox: Any, tmp_path: Any) -> Any:
    """A tenant with a plan, a holiday calendar and a report."""
    campaign = sandbox.create_campaign("Renewals", rate=0)
    sandbox.create_list("Spring", FIELDS, bind=[campaign])
    (tmp_path / "days").write_text("2026-12-25 Christmas")
    assert run("plan_calendar", tenant.slug, "Public", "--dates", str(tmp_path / "days"))[0] == 0
    start = ["--at", "09:00", "--name", "Mornings", "--calendar", "Public"]
    assert run("plan_add", tenant.slug, "campaign.start", "Renewals", *start)[0] == 0
    assert run("report_add", tenant.slug, "Daily", "--period", "yesterday")[0] == 0
    made = ["--set", "report=Daily", "--at", "06:00", "--name", "Each day"]
    assert run("plan_add", tenant.slug, "report.make", *made)[0] == 0
    return tenant


def test_plans_and_rules_go_into_one_file_and_come_in_held(filled, sandbox, tmp_path):
    path = tmp_path / "all.json"
    assert run("automation_export", filled.slug, str(path))[0] == 0
    other = connect(sandbox, "brightpattern", slug="other")
    code, told = run("automation_import", other.slug, str(path))
    assert code == 0, told
    plans = {plan.name: plan for plan in Plan.objects.filter(tenant=other)}
    assert plans.keys() == {"Mornings", "Each day"}
    assert all(plan.state == PlanState.HELD for plan in plans.values())
    assert plans["Mornings"].calendar == HolidayCalendar.objects.get(tenant=other)
    assert plans["Each day"].campaign_id == str(Report.objects.get(tenant=other).pk)
    # Once more: what is there stays as it is, and each says why.
    code, told = run("automation_import", other.slug, str(path))
    assert code == 3
    assert all(each["refused"] for each in told["items"])
    assert Plan.objects.filter(tenant=other).count() == 2


def test_the_page_takes_out_and_in_and_tells_each_item(filled, supervisor_client, sandbox):
    address = reverse("plans:transfer", args=[filled.slug])
    taken_out = supervisor_client.post(address, {"export": "1"})
    said = json.loads(taken_out.content)
    assert [each["name"] for each in said["reports"]] == ["Daily"]
    said["recipes"] = [{"name": "Odd", "list": "Spring", "content": {"no": "recipe"}}]
    other = connect(sandbox, "brightpattern", slug="other")
    file = SimpleUploadedFile("all.json", json.dumps(said).encode())
    browser = browser_of(other)
    page = browser.post(reverse("plans:transfer", args=[other.slug]), {"file": file}, follow=True).content.decode()
    assert "4 came in" in page
    assert "Odd (recipes) did not come in" in page
    assert not Recipe.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "no JSON file"),
        ("[]", "no file of plans"),
        ('{"form": "bpadmin-automation", "version": 9}', "Another version"),
    ],
)
def test_another_file_is_refused_in_words(tenant, tmp_path, content, words):
    (tmp_path / "odd.json").write_text(content)
    code, told = run("automation_import", tenant.slug, str(tmp_path / "odd.json"))
    assert code == 1
    assert words in str(told["error"])


ODD_ITEMS = [
    {"holidays": 5},
    {"holidays": {"name": "x"}},
    {"holidays": [{"name": "Public", "days": ["2026-12-25"]}]},
    {"holidays": [{"name": 7, "days": {}}]},
    {"holidays": [{"name": "Public", "days": {}, "ics": 5}]},
    {"plans": [{"name": "Odd", "kind": "campaign.start", "campaign": 5, "time_zone": "UTC", "times": "09:00"}]},
    {"plans": [{"name": "Odd", "exceptions": []}]},
    {"reports": [{"name": "Odd", "content": 5, "subject": "results"}]},
    {"feeds": [{"name": "Odd", "then": 5}]},
    {"recipes": [{"name": "Odd", "list": 5, "content": 5}]},
    {"recycling_rules": [{"name": "Odd", "list": [], "filter": 5}]},
    {"plans": [{"name": {"x": 1}}]},
]


def test_what_no_export_writes_is_told_item_by_item(filled, administrator):
    for odd in ODD_ITEMS:
        data = json.dumps({"form": "bpadmin-automation", "version": 1, **odd}).encode()
        (taken,) = automation_take(tenant=filled, data=data, actor=Actor(administrator))
        assert taken.why, odd


def test_numbers_beyond_all_measure_are_told_too(filled, sandbox, administrator):
    plan = {"name": "Late", "kind": "campaign.start", "campaign": "Renewals", "time_zone": "UTC", "times": "09:00"}
    said = {**plan, "first_day": "2026-01-01", "rule": "FREQ=DAILY", "late_minutes": 1e400}
    data = json.dumps({"form": "bpadmin-automation", "version": 1, "plans": [said]}).encode()
    (taken,) = automation_take(tenant=filled, data=data, actor=Actor(administrator))
    assert "not as an export writes it" in taken.why


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 200_000,
        json.dumps({"form": "bpadmin-automation", "version": 1, "plans": [{}] * (MOST_ITEMS + 1)}).encode(),
    ],
    ids=["nested", "many"],
)
def test_a_file_that_would_stall_us_is_refused_as_a_whole(data, filled, administrator):
    with pytest.raises(TransferRefused):
        automation_take(tenant=filled, data=data, actor=Actor(administrator))


def test_what_is_told_of_an_item_is_short(filled, administrator):
    long = "x" * 100_000
    data = json.dumps({"form": "bpadmin-automation", "version": 1, "plans": [{"name": long, "calendar": long}]})
    (taken,) = automation_take(tenant=filled, data=data.encode(), actor=Actor(administrator))
    assert len(taken.name) + len(taken.why) < 1000


def test_a_plan_that_comes_in_never_acts_before_it_is_released(filled, sandbox, administrator, monkeypatch):
    data = automation_write(tenant=filled, actor=Actor(administrator))
    other = connect(sandbox, "brightpattern", slug="other")
    stored: list[tuple[str, bool]] = []
    save = Plan.save

    def kept(plan: Plan, *args: Any, **more: Any) -> None:
        save(plan, *args, **more)
        stored.append((plan.state, plan.next_at is None))

    monkeypatch.setattr(Plan, "save", kept)
    taken = automation_take(tenant=other, data=data, actor=Actor(name="shell"))
    assert all(not each.why for each in taken if each.part == "plans"), taken
    assert stored == [(PlanState.HELD, True)] * 2
    verbs = AuditEntry.every.filter(target_kind="plan", tenant=other).values_list("verb", flat=True)
    assert sorted(verbs) == [Verb.PLAN_ADD, Verb.PLAN_ADD, Verb.PLAN_HOLD, Verb.PLAN_HOLD]
