"""Old values kept before a job changes or deletes records, and put back by an ordinary upload."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.jobs.files.cleanup import jobs_tidy
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_confirm, job_drive
from bpadmin.platforms.types import DeletePolicy, Page
from bpadmin.privacy.matching import Person
from bpadmin.privacy.places import places_find
from bpadmin.tenants.connections.capabilities import capabilities_learn
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from bpadmin.uploads.mapping.suggestions import conversion_saved
from lists.deletions.options import RecordFilter
from lists.formats.services import format_say
from lists.models import OldValues
from lists.old_values import reading
from lists.old_values.restore import old_values_restore
from lists.old_values.services import (
    OldValuesRefused,
    old_values_cost,
    old_values_of,
    old_values_order,
    old_values_words,
)
from lists.uploads.options import upload_options
from tests.api.asking import Script
from tests.fixtures_tenants import connect
from tests.jobs.uploading import KEYED, KEYLESS, driven, ids, people, queued_upload, ready_upload
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def target(sandbox: Any) -> str:
    """A list of five people that a stopped campaign has."""
    described = [{"name": field.name, "type": str(field.type), "key": field.key} for field in KEYED]
    campaign = sandbox.create_campaign("Renewals")
    return str(sandbox.create_list("Autumn", described, bind=[campaign], records=people(5)))


def changed(rows: list[Any]) -> list[Any]:
    """Give people other names."""
    name = next(field.name for field in KEYED if field.name.casefold() == "name")
    return [{**row, name: f"New {at}"} for at, row in enumerate(rows)]


def kept(client: Client, job: Job) -> list[dict[str, str]]:
    answer = client.get(reverse("lists:old_values_file", args=[job.tenant.slug, job.pk]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_an_update_keeps_what_it_writes_over_and_it_is_put_back(
    sandbox: Any, tenant: Tenant, target: str, supervisor: User, supervisor_client: Client
) -> None:
    before = sandbox.dump(target)
    job = ready_upload(tenant, target, changed(people(3)), mode="update")
    check = reverse("lists:upload_check", args=["acme", job.pk])
    page = " ".join(supervisor_client.get(check).content.decode().split())
    assert "Keep the old values" in page
    assert "5 records, 1 request" in page
    supervisor_client.post(check, {"revision": job.revision, "keep_old": "1"})
    job.refresh_from_db()
    if not job.is_final:
        job = driven(job)
    assert (job.state, job.n_updated) == (JobState.SUCCEEDED, 3)
    assert sandbox.dump(target) != before
    old = old_values_of(job)
    assert old is not None
    assert (old.n_read, old.n_kept, old.is_done) == (5, 3, True)
    assert "The job touched exactly these" in old_values_words(old)
    assert len(kept(supervisor_client, job)) == 3
    shown = supervisor_client.get(reverse("jobs:detail", args=["acme", job.pk])).content.decode()
    assert "The old values of 3 records are kept." in shown
    assert "Results and attempts of the records are not kept" in shown
    answer = supervisor_client.post(reverse("lists:old_values_put_back", args=["acme", job.pk]))
    back = Job.objects.latest("pk")
    assert answer.headers["Location"] == reverse("lists:upload_check", args=["acme", back.pk])
    assert (back.state, upload_options(back).mode) == (JobState.READY, "update")
    supervisor_client.post(answer.headers["Location"], {"revision": back.revision})
    back.refresh_from_db()
    if not back.is_final:
        back = driven(back)
    assert back.state == JobState.SUCCEEDED, back.message
    assert sandbox.dump(target) == before


def test_a_replacement_keeps_the_whole_list_before_it_is_emptied(
    sandbox: Any, tenant: Tenant, target: str, supervisor: User
) -> None:
    before = sandbox.dump(target)
    job = ready_upload(tenant, target, changed(people(2)), mode="replace")
    old_values_order(job=job, wanted=True)
    job_confirm(job=job, actor=supervisor)
    job = driven(job)
    assert len(sandbox.dump(target)) == 2
    old = old_values_of(job)
    assert old is not None
    assert old.n_kept == 5
    back = old_values_restore(job=job, owner=supervisor)
    assert upload_options(back).mode == "replace"
    job_confirm(job=back, actor=supervisor)
    driven(back)
    assert ids(sandbox.dump(target)) == ids(before)


def test_a_deletion_by_the_shell_keeps_what_it_deletes(
    sandbox: Any, tenant: Tenant, target: str, supervisor: User
) -> None:
    before = sandbox.dump(target)
    key = next(field.name for field in KEYED if field.key)
    wanted = ",".join(str(row[key]) for row in before[:2])
    code, told = run("records_delete", "acme", "Autumn", "--field", f"{key}={wanted}", "--keep-old", "--yes")
    assert (code, told["kept"]) == (0, 2), told
    assert len(sandbox.dump(target)) == 3
    job = Job.objects.get(pk=told["job"])
    back = old_values_restore(job=job, owner=supervisor)
    job_confirm(job=back, actor=supervisor)
    driven(back)
    assert ids(sandbox.dump(target)) == ids(before)


def test_without_keys_nothing_is_put_back_that_could_be_there_still(
    sandbox: Any, tenant: Tenant, supervisor: User, supervisor_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = [{"name": field.name, "type": str(field.type), "searchable": True} for field in KEYLESS]
    campaign = sandbox.create_campaign("Renewals")
    target = str(sandbox.create_list("Autumn", described, bind=[campaign], records=people(5)))
    before = sandbox.dump(target)
    name = next(field.name for field in KEYLESS if field.name.casefold() == "name")

    def deleted(row: Any) -> Job:
        code, told = run("records_delete", "acme", "Autumn", "--field", f"{name}={row[name]}", "--keep-old", "--yes")
        assert (code, told.get("deleted")) == (0, 1), str(told)
        return Job.objects.get(pk=told["job"])

    job = deleted(before[0])
    back = old_values_restore(job=job, owner=supervisor)
    job_confirm(job=back, actor=supervisor)
    driven(back)
    assert ids(sandbox.dump(target)) == ids(before)
    with pytest.raises(OldValuesRefused, match=f"job {back.pk} has put these records back"):
        old_values_restore(job=job, owner=supervisor)

    # What is kept is rather one too many than one too few, which is said before.
    question = supervisor_client.post(
        reverse("lists:delete_records", args=["acme", target]),
        {"field_1": name, "values_1": str(before[1][name])},
    ).headers["Location"]
    asked = supervisor_client.get(question).content.decode()
    assert "they can be put back at a press only where the platform deletes exactly those that are kept" in asked
    assert "This cannot be undone unless the old values are kept" in asked
    monkeypatch.setattr(reading, "_wanted", lambda *_: lambda record: True)
    job = deleted(before[1])
    page = supervisor_client.get(reverse("jobs:detail", args=["acme", job.pk])).content.decode()
    assert "not sure that the job deleted all 5 records that were kept" in page
    assert "Put the old values back" not in page
    supervisor_client.post(reverse("lists:old_values_put_back", args=["acme", job.pk]))
    page = supervisor_client.get(reverse("jobs:detail", args=["acme", job.pk])).content.decode()
    assert "not sure that the job deleted all 5 records that were kept" in page
    assert len(sandbox.dump(target)) == 4
    replaced = ready_upload(tenant, target, people(2), fields=KEYLESS, mode="replace")
    old_values_order(job=replaced, wanted=True)
    job_confirm(job=replaced, actor=supervisor)
    page = supervisor_client.get(reverse("jobs:detail", args=["acme", driven(replaced).pk])).content.decode()
    assert "Put the old values back" in page
    assert "cannot be told from others. What the list held before is kept, and can be put back below." in page
    upload = ready_upload(tenant, target, people(2), fields=KEYLESS)
    page = supervisor_client.get(reverse("lists:upload_check", args=["acme", upload.pk])).content.decode()
    assert "It cannot be taken back later. The list has no key" in page


def test_nothing_is_changed_where_the_platform_gives_fewer_records_than_it_counts(
    sandbox: Any, tenant: Tenant, target: str, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sandbox.dump(target)
    job = ready_upload(tenant, target, changed(people(2)), mode="replace")
    old_values_order(job=job, wanted=True)
    job_confirm(job=job, actor=supervisor)
    whole = reading._pages
    monkeypatch.setattr(
        reading, "_pages", lambda *asked: (Page(page.items[:3], page.next_cursor) for page in whole(*asked))
    )
    job = driven(job)
    assert job.state == JobState.FAILED
    assert "The platform gave 3 of the 5 records in it." in job.message
    assert sandbox.dump(target) == before


def test_the_reading_goes_on_after_a_kill_and_nothing_is_changed_before_it_is_done(
    sandbox: Any, tenant: Tenant, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 2)
    monkeypatch.setattr(reading, "TURN_SECONDS", -1.0)
    job = queued_upload(tenant, target, changed(people(5)), mode="update")
    OldValues.objects.create(job=job)
    job_drive(job_id=job.pk, seconds=0.0, worker="one")
    old = OldValues.objects.get()
    assert not old.is_done
    assert 0 < old.n_read < 5
    job.refresh_from_db()
    assert job.n_updated == 0
    job = driven(job)
    old.refresh_from_db()
    assert (old.n_read, old.n_kept, old.is_done) == (5, 5, True)
    assert len(old.parts) >= 2
    assert job.n_updated == 5


def test_where_it_cannot_be_read_it_is_not_offered_and_says_why(sandbox: Any, tenant: Tenant) -> None:
    described = [{"name": field.name, "type": str(field.type), "key": field.key} for field in KEYED]
    unbound = sandbox.create_list("Nowhere", described)
    with tenant_client(tenant) as client:
        capabilities_learn(tenant, client)
    refusal = old_values_cost(tenant=tenant, list_id=unbound).refusal
    assert refusal == "" or "No campaign has this list" in refusal
    jtel = connect(sandbox, "jtel")
    assert "cannot be kept" in old_values_cost(tenant=jtel, list_id="501").refusal
    added = ready_upload(tenant, unbound, people(1), mode="add")
    with pytest.raises(OldValuesRefused, match="only added"):
        old_values_order(job=added, wanted=True)


def test_it_goes_with_its_days_and_with_the_person(
    sandbox: Any, tenant: Tenant, target: str, supervisor_client: Client
) -> None:
    job = queued_upload(tenant, target, changed(people(5)), mode="update")
    OldValues.objects.create(job=job)
    job = driven(job)
    old = OldValues.objects.get()
    (part,) = old.parts
    person = Person.read(["Person 1"])
    found = {each.place: each.ids for each in places_find(tenant=tenant, person=person)}
    assert found["Old values that jobs keep: the whole files"] == [str(job.pk)]
    assert jobs_tidy(timezone.now() + timedelta(days=30)) == 0
    assert default_storage.exists(part)
    jobs_tidy(timezone.now() + timedelta(days=10_000))
    old.refresh_from_db()
    assert old.is_gone
    assert not default_storage.exists(part)
    assert supervisor_client.get(reverse("lists:old_values_file", args=["acme", job.pk])).status_code == 404


def test_the_tick_on_the_page_of_a_deletion_keeps_what_it_deletes(
    sandbox: Any, tenant: Tenant, target: str, supervisor_client: Client
) -> None:
    before = sandbox.dump(target)
    key = next(field.name for field in KEYED if field.key)
    said = {"field_1": key, "values_1": str(before[0][key])}
    asked = supervisor_client.post(reverse("lists:delete_records", args=["acme", target]), said)
    question = asked.headers["Location"]
    assert "Keep the old values" in supervisor_client.get(question).content.decode()
    supervisor_client.post(question, {"delete": "1", "keep_old": "1", "typed_name": "Autumn"})
    job = Job.objects.latest("pk")
    job = job if job.is_final else driven(job)
    assert job.state == JobState.SUCCEEDED, job.message
    old = old_values_of(job)
    assert old is not None
    assert old.n_kept == 1
    assert [row[key] for row in kept(supervisor_client, job)] == [str(before[0][key])]


def test_a_script_keeps_the_old_values_by_one_word(
    sandbox: Any, tenant: Tenant, target: str, supervisor: User, supervisor_client: Client
) -> None:
    script = Script(tenant, supervisor)
    job = ready_upload(tenant, target, changed(people(2)), mode="update")
    script.send(f"jobs/{job.pk}/send/", {"keep_old": True}, status=202)
    job.refresh_from_db()
    job = job if job.is_final else driven(job)
    assert (job.state, job.n_updated) == (JobState.SUCCEEDED, 2)
    assert len(kept(supervisor_client, job)) == 2


def test_what_was_blank_before_is_blank_again(sandbox: Any, tenant: Tenant, supervisor: User) -> None:
    described = [{"name": field.name, "type": str(field.type), "key": field.key} for field in KEYED]
    one, two = people(2)
    rows = [{**one, "name": ""}, two]
    target = str(sandbox.create_list("Autumn", described, bind=[sandbox.create_campaign("Renewals")], records=rows))
    before = sandbox.dump(target)
    job = ready_upload(tenant, target, changed([one, two]), mode="update")
    old_values_order(job=job, wanted=True)
    job_confirm(job=job, actor=supervisor)
    driven(job)
    assert sandbox.dump(target) != before
    back = old_values_restore(job=job, owner=supervisor)
    job_confirm(job=back, actor=supervisor)
    driven(back)
    assert [row.get("name") or "" for row in sandbox.dump(target)] == ["", two["name"]]
    # The next file with these columns is not told that its blank cells clear fields.
    header = upload_options(back).header
    assert conversion_saved(tenant_id=tenant.pk, list_id=target, header=header) == {}


def test_what_goes_by_its_state_is_kept_by_its_state_and_can_be_put_back_without_keys(
    sandbox: Any, tenant: Tenant, supervisor: User
) -> None:
    described = [{"name": field.name, "type": str(field.type), "searchable": True} for field in KEYLESS]
    campaign = sandbox.create_campaign("Renewals", rate=1.0, running=True)
    target = str(sandbox.create_list("Autumn", described, bind=[campaign], records=people(20)))
    sandbox.advance(6)
    assert run("campaign_stop", "acme", "Renewals")[0] == 0
    before = sandbox.dump(target)
    said = ("--campaign", "Renewals", "--policy", "ONLY_NEVER_ATTEMPTED", "--keep-old", "--yes")
    code, told = run("records_delete", "acme", "Autumn", *said)
    assert code == 0, told
    assert 0 < told["deleted"] < 20
    assert told["kept"] == told["deleted"]
    back = old_values_restore(job=Job.objects.get(pk=told["job"]), owner=supervisor)
    job_confirm(job=back, actor=supervisor)
    driven(back)
    assert ids(sandbox.dump(target)) == ids(before)


def test_what_goes_as_completed_is_kept_with_what_may_have_expired_and_says_so(
    sandbox: Any, tenant: Tenant, supervisor_client: Client
) -> None:
    described = [{"name": field.name, "type": str(field.type), "key": field.key} for field in KEYED]
    campaign = sandbox.create_campaign("Renewals", rate=1.0, running=True)
    target = str(sandbox.create_list("Autumn", described, bind=[campaign], records=people(20)))
    sandbox.advance(6)
    assert run("campaign_stop", "acme", "Renewals")[0] == 0
    ask = ("records_delete", "acme", "Autumn", "--campaign", "Renewals", "--policy", "ONLY_COMPLETED", "--keep-old")
    criteria = RecordFilter(campaign_id=campaign, policy=DeletePolicy.ONLY_COMPLETED)
    assert "expired records go as well" in old_values_cost(tenant=tenant, list_id=target, deletes=criteria).words
    assert "expired" not in old_values_cost(tenant=tenant, list_id=target, deletes=RecordFilter(is_all=True)).words
    code, told = run(*ask, "--yes")
    assert code == 0, told
    assert (0 < told["deleted"] < 20, told["kept"]) == (True, 20)
    assert "completed and expired ones together" in str(told["message"])
    job = Job.objects.get(pk=told["job"])
    words = old_values_words(old_values_of(job))
    assert "Kept is all that meets the rest of the filter, completed or not" in words
    assert f"touched {told['deleted']} of them" in words
    page = supervisor_client.get(reverse("jobs:detail", args=["acme", job.pk])).content.decode()
    assert "Kept is all that meets the rest of the filter" in page
    assert "completed and expired ones together" in page


def test_of_a_list_in_no_campaign_old_values_are_read_by_the_key_that_a_filter_names(
    sandbox: Any, tenant: Tenant, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "TURN_SECONDS", -1.0)
    described = [{"name": field.name, "type": str(field.type), "key": field.key} for field in KEYED]
    target = str(sandbox.create_list("Autumn", described, records=people(5)))
    format_say(tenant=tenant, list_id=target, list_name="Autumn", fields=KEYED)
    before = sandbox.dump(target)
    key = next(field.name for field in KEYED if field.key)
    wanted = [str(row[key]) for row in before[:3]]
    by_key = RecordFilter(fields=((key, tuple(wanted)),))
    assert "3 requests" in old_values_cost(tenant=tenant, list_id=target, deletes=by_key).words
    assert "No campaign has this list" in old_values_cost(tenant=tenant, list_id=target).refusal
    values = ",".join([*wanted, "nobody"])
    code, told = run("records_delete", "acme", "Autumn", "--field", f"{key}={values}", "--keep-old", "--yes")
    assert (code, told["kept"], told["deleted"]) == (0, 3, 3), told
    back = old_values_restore(job=Job.objects.get(pk=told["job"]), owner=supervisor)
    job_confirm(job=back, actor=supervisor)
    driven(back)
    assert ids(sandbox.dump(target)) == ids(before)
