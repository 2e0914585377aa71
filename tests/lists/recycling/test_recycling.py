"""Recycling by page, command and plan, against the sandbox: chosen by the ledger, read, counted, sent as an upload."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_drive
from bpadmin.plans.models import Plan, RunState
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.results.models import Attempt, Disposition, DispositionGroup, RecordState, ResultSource
from bpadmin.tenants.models import Role
from bpadmin.tenants.services import tenant_client
from lists.formats.services import format_say
from lists.kinds import LIST_RECYCLE
from lists.models import RecycleRule, Recycling
from tests.fixtures_tenants import browser_of, connect
from tests.plans.planning import turn
from tests.results.dialling import FIELDS, Days, people
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = 60


@pytest.fixture
def days(sandbox: Any, monkeypatch: pytest.MonkeyPatch, tenant: Any) -> Days:
    """Time that a test moves on, for the sandbox and for us."""
    return Days(sandbox, monkeypatch, tenant)


@pytest.fixture
def spring(sandbox: Any, days: Days, tenant: Any) -> str:
    """A list of which every record was called, with its results read; its campaign is stopped."""
    campaign = sandbox.create_campaign("Renewals", running=True, rate=1.0)
    made = sandbox.create_list("Spring", FIELDS, bind=[campaign], records=people(COUNT))
    known(tenant, made, "Spring")
    days.read()
    days.on(timedelta(minutes=3))
    days.read()
    with tenant_client(tenant) as client:
        client.stop(campaign)
    return str(made)


def known(tenant: Any, list_id: str, name: str, fields: Any = FIELDS) -> None:
    """Say the fields of a list, as somebody has before its results are read."""
    specs = [FieldSpec(each["name"], type=FieldType(each["type"]), key=each.get("key", False)) for each in fields]
    format_say(tenant=tenant, list_id=list_id, list_name=name, fields=specs)


def ends(list_name: str = "Spring") -> Counter[str]:
    """Count the records of a list by what their last attempt counts as."""
    states = RecordState.objects.filter(source__list_name=list_name)
    return Counter(states.values_list("disposition__group", flat=True))


def ids(sandbox: Any, list_id: str) -> set[str]:
    return {each["id"] for each in sandbox.dump(list_id)}


def of_groups(*groups: str) -> set[int]:
    return set(RecordState.objects.filter(disposition__group__in=groups).values_list("record", flat=True))


def drive(job: Job) -> Job:
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    return job


def recycle(tenant: Any, *said: str) -> tuple[int, dict[str, Any]]:
    return run("recycle", tenant.slug, "Spring", "--age", "0", *said)  # type: ignore[return-value]


def test_records_go_into_a_new_list_after_a_yes_and_both_lists_say_so(tenant, sandbox, spring, supervisor_client):
    before = sandbox.dump(spring)
    address = reverse("lists:recycle", args=[tenant.slug, spring])
    assert address in supervisor_client.get(reverse("lists:detail", args=[tenant.slug, spring])).content.decode()
    said = {"groups": ["no_answer", "machine"], "least": "1", "age_hours": "0", "skips_contacted": "on"}
    said |= {"new_name": "{list} again"}
    answer = supervisor_client.post(address, said)
    assert answer.status_code == 302, answer.content.decode()
    job = drive(Job.objects.get(kind=LIST_RECYCLE))
    assert job.state == JobState.PAUSED, job.message
    page = supervisor_client.get(reverse("jobs:detail", args=[tenant.slug, job.pk])).content.decode()
    assert "Send them" in page
    with tenant_client(tenant) as client:
        assert [each.name for each in client.walk_lists()] == ["Spring"], "nothing before the yes"
    # A plain resume is no yes.
    supervisor_client.post(reverse("jobs:resume", args=[tenant.slug, job.pk]))
    assert drive(job).state == JobState.PAUSED
    supervisor_client.post(reverse("lists:recycle_go", args=[tenant.slug, job.pk]))
    assert drive(job).state == JobState.SUCCEEDED, job.message
    row = Recycling.objects.get()
    upload = drive(row.upload)
    wanted = ends()["no_answer"] + ends()["machine"]
    assert wanted > 0
    assert (upload.state, upload.n_added) == (JobState.SUCCEEDED, wanted)
    assert len(ids(sandbox, row.target_id)) == wanted
    assert {tuple(sorted(each.items())) for each in sandbox.dump(row.target_id)} <= {
        tuple(sorted(each.items())) for each in before
    }
    assert sandbox.dump(spring) == before, "the original is not altered"
    for list_id, words in ((spring, "Spring again"), (row.target_id, "From")):
        page = supervisor_client.get(reverse("lists:detail", args=[tenant.slug, list_id])).content.decode()
        assert "Recycled" in page
        assert words in page
    assert AuditEntry.objects.filter(verb="list.recycle").count() == 1


def test_attempts_are_counted_over_all_lists_and_a_new_list_resets_no_limit(tenant, sandbox, spring, days):
    other = sandbox.create_campaign("Winback", running=True, rate=1.0)
    known(tenant, sandbox.create_list("Autumn", FIELDS, bind=[other], records=people(20)), "Autumn")
    days.on(timedelta(minutes=15))  # its lists are found
    days.read()
    days.on(timedelta(minutes=3))
    days.read()
    twice = {
        record
        for record in RecordState.objects.filter(source__list_name="Spring").values_list("record", flat=True)
        if Attempt.objects.filter(record=record, is_call=True).count() >= 2
    }
    assert twice
    code, told = recycle(tenant, "--with-contacted", "--cap", "2", "--dry-run")
    assert code == 0, told
    counts = told["counts"]
    assert counts["matched"] == RecordState.objects.filter(source__list_name="Spring", told__gt=0).count()
    assert counts["capped"] == len(twice)
    assert counts["found"] == counts["matched"] - counts["capped"]
    # Whoever was spoken with in the other list since is left out.
    code, told = recycle(tenant, "--dry-run")
    assert told["counts"]["contacted"] > 0
    assert not Recycling.objects.exclude(upload=None).exists()


def test_what_is_blocked_now_and_what_is_gone_does_not_go(tenant, sandbox, spring, days):
    blocked, gone = people(2)
    sandbox.create_dnc_list("Internal", "INTERNAL", bind=[ResultSource.objects.get().campaign_id])
    assert run("dnc_list", tenant.slug)[0] == 0
    code, said = run("dnc_add", tenant.slug, "Internal", blocked["phone"])
    assert code == 0, said
    code, said = run("record_erase", tenant.slug, "Spring", f"id={gone['id']}", "--reason", "asked", "--yes")
    assert code == 0, said
    code, told = recycle(tenant, "--with-contacted", "--name", "Again", "--yes")
    assert code in (0, 3), told
    assert told["counts"]["blocked"] == 1
    assert told["counts"]["gone"] == 1
    went = ids(sandbox, str(told["into_id"]))
    assert blocked["id"] not in went
    assert gone["id"] not in went
    assert len(went) == COUNT - 2


def test_rows_go_into_a_list_that_there_is_with_the_attempts_so_far(tenant, sandbox, spring):
    fields = [*FIELDS, {"name": "tries", "type": "OTHER"}]
    before = [{"id": "X", "phone": "49301112223", "name": "", "tries": ""}]
    autumn = sandbox.create_list("Autumn", fields, records=before)
    known(tenant, autumn, "Autumn", fields)
    code, told = recycle(tenant, "--into", "Autumn", "--count-field", "tries", "--with-contacted", "--yes")
    assert code == 0, told
    rows = {each["id"]: each for each in sandbox.dump(autumn)}
    assert rows.keys() == {"X"} | {each["id"] for each in people(COUNT)}
    assert rows["P00000"]["tries"] == "1"


def test_a_plan_recycles_by_a_rule_and_tells_what_came_of_it(tenant, sandbox, spring, days, supervisor_client):
    address = reverse("lists:recycle", args=[tenant.slug, spring])
    said = {"groups": ["no_answer"], "least": "1", "age_hours": "1", "skips_contacted": "on"}
    said |= {"new_name": "{list} {date}"}
    assert supervisor_client.post(address, said | {"keep": "1"}).status_code == 422, "it needs a name"
    assert supervisor_client.post(address, said | {"keep": "1", "rule_name": "Evening"}).status_code == 302
    assert "No answer" in supervisor_client.get(reverse("lists:recycle_rules", args=[tenant.slug])).content.decode()
    # At whatever hour this runs: by the plan's time the attempts are older than the rule wants.
    days.on(timedelta(hours=2))
    code, told = run(
        "plan_add", tenant.slug, "list.recycle", "--set", "rule=Evening", "--at", "18:00", "--name", "Daily"
    )
    assert code == 0, told
    plan = Plan.objects.get()
    days.until(plan.next_at + timedelta(seconds=5))
    wanted = ends()["no_answer"]
    (waiting,) = turn(timezone.now())
    assert waiting.state == RunState.WAITING, waiting.sentence
    drive(Job.objects.get(kind=LIST_RECYCLE))
    drive(Recycling.objects.get().upload)
    days.on(timedelta(seconds=30))
    (done,) = turn(timezone.now())
    assert done.state == RunState.DONE, done.sentence
    assert f"{wanted:,} rows added" in done.sentence
    assert run("recycle", tenant.slug, "--remove-rule", "Evening")[0] == 0
    assert not RecycleRule.objects.exists()


def test_it_is_refused_in_words(tenant, sandbox, spring):
    sandbox.create_list("Unread", FIELDS, records=people(3))
    assert "were not read yet" in str(run("recycle", tenant.slug, "Unread", "--dry-run")[1]["error"])
    assert "another list" in str(recycle(tenant, "--into", "Spring", "--yes")[1]["error"])
    assert "within those days" in str(recycle(tenant, "--cap-days", "7", "--yes")[1]["error"])
    assert "No attempt here ended" in str(recycle(tenant, "--disposition", "Nothing", "--yes")[1]["error"])
    code, told = recycle(tenant, "--least", "50", "--dry-run")
    assert (code, told["counts"]["matched"]) == (0, 0)
    assert "Nothing was sent" in str(told["message"])


def test_who_only_looks_recycles_nothing_and_other_makes_say_why(tenant, spring, sandbox):
    viewer = browser_of(tenant, Role.VIEWER, name="vera")
    assert viewer.post(reverse("lists:recycle", args=[tenant.slug, spring])).status_code == 403
    jtel = connect(sandbox, "jtel")
    code, told = run("plan_add", jtel.slug, "list.recycle", "--set", "rule=x", "--at", "18:00")
    assert code == 1, told


def test_a_group_is_what_it_counts_as_now(tenant, spring):
    Disposition.objects.filter(group=DispositionGroup.NO_ANSWER).update(group=DispositionGroup.MACHINE)
    code, told = recycle(tenant, "--group", "no_answer", "--dry-run")
    assert (code, told["counts"]["matched"]) == (0, 0)


def test_where_the_key_is_not_known_no_limit_over_all_lists_is_promised(tenant, sandbox, days):
    campaign = sandbox.create_campaign("Renewals", running=True, rate=1.0)
    sandbox.create_list("Spring", FIELDS, bind=[campaign], records=people(10))
    days.read()
    days.on(timedelta(minutes=3))
    days.read()
    code, told = recycle(tenant, "--cap", "9", "--dry-run")
    assert code == 1
    assert "cannot be counted" in str(told["message"])
    code, told = recycle(tenant, "--dry-run", "--with-contacted")
    assert (code, told["counts"]["found"]) == (0, 10)
