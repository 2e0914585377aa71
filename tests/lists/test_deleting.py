"""Deleting records by filter and all of them, through pages, engine and command, against the sandbox."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.pages.kind_presenters import job_view
from bpadmin.jobs.services import job_drive
from bpadmin.platforms.types import DeletePolicy, FieldSpec, FieldType
from bpadmin.tenants.services import tenant_test
from lists.deletions.options import VALUES_PER_CALL, FilterRefused, RecordFilter, filter_sentence
from lists.deletions.preview import BY_CREATION
from lists.deletions.question import question_keep
from lists.deletions.services import deletion_ask, deletion_check
from lists.formats.services import format_say
from lists.kinds import LIST_DELETE
from tests.shell import run
from tests.telling import telling

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [
    {"name": "id", "type": "OTHER", "key": True, "required": True},
    {"name": "phone", "type": "PHONE"},
    {"name": "region", "type": "OTHER", "searchable": True},
]


def records(count: int) -> list[dict[str, str]]:
    """Return records with ids r0… and the regions north and south in turn."""
    return [{"id": f"r{n}", "phone": str(7000000 + n), "region": ("north", "south")[n % 2]} for n in range(count)]


@pytest.fixture
def spring(sandbox):
    """A list of 200 records, on a tenant that deletes quickly."""
    sandbox.options(delete_min_seconds=0.3)
    return sandbox.create_list("Spring", FIELDS, records=records(200))


def asked(client, tenant, list_id: str, **said: object) -> str:
    """Fill in the filter page and give the address of the question it leads to; no job comes of a question."""
    before = Job.objects.count()
    answer = client.post(reverse("lists:delete_records", args=[tenant.slug, list_id]), said)
    assert answer.status_code == 302, answer.content.decode()
    assert Job.objects.count() == before
    return answer["Location"]


def begun(client, question: str, **said: str) -> Job:
    """Answer the question and give the job that comes of it."""
    answer = client.post(question, {"delete": "1", **said})
    assert answer.status_code == 302, answer.content.decode()
    return Job.objects.get(kind=LIST_DELETE)


def finished(job: Job) -> Job:
    """Drive a job to its end."""
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    return job


def test_a_filter_is_read_back_as_a_sentence():
    criteria = RecordFilter(
        fields=(("accountId", tuple(f"a{n}" for n in range(812))),),
        campaign_id="c",
        campaign_name="Renewals",
        policy=DeletePolicy.ONLY_COMPLETED,
        created_to=datetime(2026, 3, 1, tzinfo=UTC),
    )
    assert filter_sentence(criteria, list_name="Spring.csv", time_zone="America/New_York") == (
        "every record of “Spring.csv” whose accountId is one of 812 values (“a0” … “a811”), that is completed or "
        "expired in campaign “Renewals”, created before 28 February 2026 19:00 "
        "(America/New_York, UTC-0500), in all campaigns"
    )


def test_an_empty_filter_is_refused_before_anything_is_sent(tenant, sandbox, spring, supervisor_client):
    page = supervisor_client.post(reverse("lists:delete_records", args=[tenant.slug, spring]), {}).content.decode()
    assert "An empty filter deletes nothing" in page
    assert not Job.objects.exists()
    assert not any("delete" in name for name in sandbox.stats()["requests"])


@pytest.mark.parametrize(
    ("criteria", "words"),
    [
        (RecordFilter(), "An empty filter"),
        (RecordFilter(fields=(("id", (" ",)),)), "at least one value"),
        (RecordFilter(policy=DeletePolicy.ONLY_COMPLETED, fields=(("id", ("1",)),)), "Choose the campaign"),
        (
            RecordFilter(created_from=datetime(2026, 2, 1, tzinfo=UTC), created_to=datetime(2026, 1, 1, tzinfo=UTC)),
            "before its end",
        ),
    ],
)
def test_a_filter_that_selects_nothing_or_contradicts_itself_is_refused(criteria, words):
    with pytest.raises(FilterRefused, match=words):
        criteria.checked()


def test_thousands_of_values_are_spread_over_calls_that_meet_each_record_once():
    values = tuple(str(n) for n in range(2 * VALUES_PER_CALL + 5))
    calls = RecordFilter(fields=(("id", values), ("region", ("north",)))).calls()
    assert [len(call["id"]) for call in calls] == [VALUES_PER_CALL, VALUES_PER_CALL, 5]
    assert all(call["region"] == ("north",) for call in calls)
    assert tuple(value for call in calls for value in call["id"]) == values


def test_records_are_deleted_by_values_typed_and_from_a_file(tenant, sandbox, spring, supervisor_client):
    file = SimpleUploadedFile("gone.csv", b"name;id\nx;r3\ny;r4\n")
    said = {"field_1": "id", "values_1": "r1\nr2\n", "file_1": file, "field_2": "", "values_2": ""}
    question = asked(supervisor_client, tenant, spring, **said)
    page = supervisor_client.get(question).content.decode()
    assert "whose id is one of 4 values" in page
    job = finished(begun(supervisor_client, question))
    assert job.state == JobState.SUCCEEDED
    assert {each["id"] for each in sandbox.dump(spring)} == {f"r{n}" for n in range(200)} - {"r1", "r2", "r3", "r4"}
    assert "deleted 4 records" in job.message
    assert "200 records before and has 196 now" in job.message
    page = supervisor_client.get(reverse("jobs:detail", args=[tenant.slug, job.pk])).content.decode()
    assert "4 records are deleted." in page
    assert "whose id is one of 4 values" in page
    assert "Every row accounted for" not in page
    assert AuditEntry.objects.get(verb="records.delete").told["details"]["job"] == job.pk


def test_a_deletion_of_nothing_says_so_in_amber(tenant, sandbox, supervisor_client):
    campaign = sandbox.create_campaign("Renewals")
    spring = sandbox.create_list("Spring", FIELDS, bind=[campaign], records=records(200))
    question = asked(supervisor_client, tenant, spring, field_1="region", values_1="North")
    page = supervisor_client.get(question).content.decode()
    assert "No record matches" in page
    job = finished(begun(supervisor_client, question))
    view = job_view(job)
    assert (job.state, view.told, view.tone) == (
        JobState.SUCCEEDED,
        "No record matched, so none was deleted.",
        "warn",
    )
    for name, args in (("jobs:detail", [job.pk]), ("jobs:index", [])):
        page = supervisor_client.get(reverse(name, args=[tenant.slug, *args])).content.decode()
        assert "badge--warn" in page
        assert "No record matched" in page
        assert "Succeeded" not in page.partition("<main")[2]
    assert len(sandbox.dump(spring)) == 200


def counted(client, tenant, list_id, **said):
    """Return what the page says that a filter takes, and the whole page."""
    page = client.get(asked(client, tenant, list_id, **said)).content.decode()
    return page.partition('id="counted">')[2].partition("<")[0], page


def test_a_filter_is_counted_and_shown_before_anything_goes(tenant, sandbox, supervisor_client):
    running = sandbox.create_campaign("Renewals", running=True)
    stopped = sandbox.create_campaign("Winback")
    spring = sandbox.create_list("Spring", FIELDS, bind=[running, stopped], records=records(200))
    words, page = counted(supervisor_client, tenant, spring, field_1="region", values_1="north")
    assert words == "It takes 100 records of the 200 in the list."
    assert "r2" in page  # some of them
    assert "Renewals: running, the list is enabled in it" in page
    assert "Winback" not in page.partition("<main")[2]
    assert "take it that it is cut off" in page
    assert "Export the list with its results first" in page
    assert "Type the list&#x27;s name" in page  # more than a tenth
    few, page = counted(supervisor_client, tenant, spring, field_1="id", values_1="r1\nr2\nzz")
    assert few == "It takes 2 records of the 200 in the list."
    assert "No record has the id “zz”." in page
    assert "Type the list&#x27;s name" not in page
    never, _ = counted(supervisor_client, tenant, spring, campaign=stopped, policy="ONLY_NEVER_ATTEMPTED")
    assert never == "It takes all 200 records of the list."
    since, page = counted(supervisor_client, tenant, spring, created_from="2020-01-01T00:00")
    assert "takes all 200" in since or "cannot be counted, up to 200 records" in since
    assert "Type the list&#x27;s name" in page
    belongs, page = counted(supervisor_client, tenant, spring, campaign=running)
    assert belongs == "It takes all 200 records of the list."
    assert "calls will be dropped" in page
    question = asked(supervisor_client, tenant, spring, campaign=running)
    assert "not the list" in supervisor_client.post(question, {"typed_name": "Sprint"}).content.decode()
    assert not any("delete" in name for name in sandbox.stats()["requests"])
    assert not Job.objects.exists()


@pytest.mark.parametrize(("count", "is_many"), [(1_000, False), (1_001, True)])
def test_above_a_thousand_records_the_name_is_typed_however_large_the_list_is(
    tenant, sandbox, supervisor_client, count, is_many
):
    campaign = sandbox.create_campaign("Renewals")
    entries = [each | {"region": "few" if at < count else "most"} for at, each in enumerate(records(10_500))]
    spring = sandbox.create_list("Spring", FIELDS, bind=[campaign], records=entries)
    words, page = counted(supervisor_client, tenant, spring, field_1="region", values_1="few")
    assert words == f"It takes {count:,} records of the 10,500 in the list."
    assert ("Type the list&#x27;s name" in page) is is_many
    assert not Job.objects.exists()


def test_the_shell_says_who_dials_what_becomes_of_calls_and_how_to_keep_a_copy(tenant, sandbox):
    running, stopped = sandbox.create_campaign("Renewals", running=True), sandbox.create_campaign("Winback")
    sandbox.create_list("Spring", FIELDS, bind=[running, stopped], records=records(200))
    said = io.StringIO()
    asked = ("records_delete", tenant.slug, "Spring", "--field", "region=north", "--dry-run")
    call_command(*asked, stdout=said, stderr=said)
    assert "It takes 100 records of the 200 in the list." in said.getvalue()
    assert "Dialled by Renewals. What becomes of a call of one of these records" in said.getvalue()
    assert "take it that it is cut off" in said.getvalue()
    assert "To keep a copy first: results_export acme Renewals --list Spring\n" in said.getvalue()
    assert "id r0" in said.getvalue()  # some of them
    with pytest.raises(SystemExit):
        call_command(*asked[:-1], stdout=said, stderr=said)
    assert not Job.objects.exists()


def test_what_cannot_be_read_is_not_counted(tenant, sandbox, spring, supervisor_client):
    words, page = counted(supervisor_client, tenant, spring, field_1="region", values_1="north")
    assert words.startswith("How many records it takes cannot be counted, up to 200 records: the list hangs in no")
    assert "Type the list&#x27;s name" in page
    assert counted(supervisor_client, tenant, spring, field_1="id", values_1="r7")[0].startswith("It takes 1 record of")


def test_a_list_too_large_to_read_at_once_is_counted_on(tenant, sandbox, supervisor_client, monkeypatch):
    campaign = sandbox.create_campaign("Renewals")
    spring = sandbox.create_list("Spring", FIELDS, bind=[campaign], records=records(200))
    monkeypatch.setattr("lists.deletions.preview.PAGE", 50)
    monkeypatch.setattr("lists.deletions.views.SECONDS", 0.0)
    question = asked(supervisor_client, tenant, spring, field_1="region", values_1="north")
    assert "It takes at least 25 records, up to 175 records" in supervisor_client.get(question).content.decode()
    assert supervisor_client.post(question, {"count": "1"})["Location"] == question
    assert "It takes 100 records of the 200" in supervisor_client.get(question).content.decode()


def test_a_state_without_its_campaign_is_refused_and_never_left_out(tenant, sandbox, spring, supervisor_client):
    said = {"policy": "ONLY_NEVER_ATTEMPTED", "created_from": "2020-01-01T00:00"}
    answer = supervisor_client.post(reverse("lists:delete_records", args=[tenant.slug, spring]), said)
    assert answer.status_code == 200
    assert "Choose the campaign in which the records are completed or never attempted." in answer.content.decode()


def test_of_what_nobody_can_count_no_record_is_called_one_that_goes(tenant, sandbox, supervisor_client):
    campaign = sandbox.create_campaign("Renewals")
    spring = sandbox.create_list("Spring", FIELDS, bind=[campaign], records=records(200))
    since = (timezone.now() - timedelta(seconds=1)).isoformat()
    # A moment after the list was made: what was put into it before or after, nobody can tell.
    criteria = RecordFilter(created_from=datetime.fromisoformat(since))
    found = deletion_ask(tenant=tenant, list_id=spring, list_name="Spring", criteria=criteria, seconds=5)
    found = replace(found, preview=replace(found.preview, least=0, most=200, why=BY_CREATION))
    page = supervisor_client.get(
        reverse("lists:deletion", args=[tenant.slug, spring, question_keep(tenant=tenant, question=found)])
    ).content.decode()
    assert "Records that may be among them" in page
    assert "Some of them" not in page


def test_a_question_about_one_list_is_not_answered_under_the_address_of_another(tenant, sandbox, supervisor_client):
    campaign = sandbox.create_campaign("Renewals")
    spring = sandbox.create_list("Spring", FIELDS, bind=[campaign], records=records(3))
    autumn = sandbox.create_list("Autumn", FIELDS, bind=[campaign], records=records(3))
    found = deletion_ask(
        tenant=tenant, list_id=spring, list_name="Spring", criteria=RecordFilter(is_all=True), seconds=5
    )
    url = reverse("lists:deletion", args=[tenant.slug, autumn, question_keep(tenant=tenant, question=found)])
    for ask in (supervisor_client.get, supervisor_client.post):
        answer = ask(url, {"name": "Spring", "typed_name": "Spring", "sure": "on"})
        assert answer.headers["Location"] == reverse("lists:delete_records", args=[tenant.slug, autumn])
    assert not Job.objects.exists()


def test_expired_records_are_never_counted_as_none(tenant, sandbox, supervisor_client):
    campaign = sandbox.create_campaign("Renewals")
    spring = sandbox.create_list("Spring", FIELDS, bind=[campaign], records=records(200))
    words, page = counted(supervisor_client, tenant, spring, campaign=campaign, policy="ONLY_COMPLETED")
    assert words == (
        "How many records it takes cannot be counted, up to 200 records: expired records go as well, and the API does "
        "not tell how many there are."
    )
    assert "No record matches" not in page
    assert "Type the list&#x27;s name" in page


def test_a_question_is_answered_once(tenant, sandbox, spring, supervisor_client):
    question = asked(supervisor_client, tenant, spring, field_1="id", values_1="r1")
    begun(supervisor_client, question)
    answer = supervisor_client.post(question, {"delete": "1"}, follow=True)
    assert "was answered already" in answer.content.decode()
    assert Job.objects.count() == 1


def test_a_deletion_that_has_begun_shows_as_running_between_two_looks(tenant, sandbox, spring, supervisor_client):
    job = begun(supervisor_client, asked(supervisor_client, tenant, spring, field_1="id", values_1="r1"))
    for began, words in ((None, "Queued"), (datetime(2026, 3, 1, tzinfo=UTC), "Running")):
        Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED, started_at=began)
        assert job_view(Job.objects.get(pk=job.pk)).shown_state.label == words
        page = supervisor_client.get(reverse("jobs:detail", args=[tenant.slug, job.pk])).content.decode()
        assert f">{words}</span>" in page


def test_deleting_all_wants_the_lists_name(tenant, sandbox, spring, supervisor_client):
    question = asked(supervisor_client, tenant, spring, all="1")
    assert "not the list" in supervisor_client.post(question, {"typed_name": "sprint"}).content.decode()
    assert finished(begun(supervisor_client, question, typed_name=" spring ")).state == JobState.SUCCEEDED
    assert sandbox.dump(spring) == []


def test_a_deletion_under_way_elsewhere_is_waited_for(tenant, sandbox, spring, supervisor_client):
    from bpadmin.tenants.services import tenant_client

    question = asked(supervisor_client, tenant, spring, field_1="region", values_1="south")
    # It ends when the test lets it, however long the machine takes for what comes in between.
    sandbox.options(delete_min_seconds=600.0)
    with tenant_client(tenant) as client:
        client.delete_many_records(spring, fields={"region": ["north"]})
    job = begun(supervisor_client, question, typed_name="Spring")
    job_drive(job_id=job.pk, seconds=0.1, worker="test", may_wait=False)
    job.refresh_from_db()
    assert "queued behind it" in job.message
    sandbox.options(delete_min_seconds=0.01)
    sandbox.advance(600)
    assert finished(job).state == JobState.SUCCEEDED
    assert sandbox.dump(spring) == []


@pytest.mark.parametrize(
    "kind",
    telling(["http_503", "cut_after", "cut_before", "html", "cut_body", "rate_limit"], "cut_after", "cut_before"),
)
def test_a_deletion_ends_in_the_true_state_whatever_fails(tenant, sandbox, spring, supervisor_client, kind):
    question = asked(supervisor_client, tenant, spring, field_1="region", values_1="south")
    job = begun(supervisor_client, question, typed_name="Spring")
    sandbox.faults([{"kind": kind, "probability": 0.3, "times": 6}])
    assert finished(job).state == JobState.SUCCEEDED
    assert len(sandbox.dump(spring)) == 100
    assert "has 100 now" in job.message


def test_another_filter_than_was_confirmed_deletes_nothing(tenant, sandbox, spring, supervisor_client):
    question = asked(supervisor_client, tenant, spring, field_1="region", values_1="south")
    job = begun(supervisor_client, question, typed_name="Spring")
    options = Job.objects.get(pk=job.pk).options
    options["filter"] = {**options["filter"], "fields": [], "is_all": True}
    Job.objects.filter(pk=job.pk).update(options=options)
    assert finished(job).state == JobState.FAILED
    assert "What was confirmed is not what stands here now" in job.message
    assert len(sandbox.dump(spring)) == 200


def test_a_field_that_is_neither_key_nor_searchable_is_refused(tenant, spring, supervisor_client):
    question = asked(supervisor_client, tenant, spring, field_1="phone", values_1="7000001")
    job = begun(supervisor_client, question, typed_name="Spring")
    assert finished(job).state == JobState.FAILED
    assert "0 of 1 parts of the filter were done." in job.message
    assert "under way" not in job.message


def test_a_searchable_field_is_found_by_though_nobody_has_told_that_it_is(tenant, sandbox, spring, supervisor_client):
    # What a supervisor says on the page of an upload: names, types and keys.
    specs = [FieldSpec("id", FieldType.ACCOUNT, key=True), FieldSpec("phone", FieldType.PHONE), FieldSpec("region")]
    format_say(tenant=tenant, list_id=spring, list_name="Spring", fields=specs)
    page = supervisor_client.get(reverse("lists:delete_records", args=[tenant.slug, spring])).content.decode()
    assert '<option value="region">' in page
    assert page.index('<option value="id">') < page.index('<option value="region">')
    question = asked(supervisor_client, tenant, spring, field_1="region", values_1="south")
    assert finished(begun(supervisor_client, question, typed_name="Spring")).state == JobState.SUCCEEDED
    assert len(sandbox.dump(spring)) == 100
    # Somebody who names one searchable means that the others are not.
    format_say(
        tenant=tenant, list_id=spring, list_name="Spring", fields=[*specs[:2], replace(specs[2], searchable=True)]
    )
    page = supervisor_client.get(reverse("lists:delete_records", args=[tenant.slug, spring])).content.decode()
    assert "Not searchable here: phone." in page
    with pytest.raises(FilterRefused, match="neither a key nor searchable"):
        deletion_check(tenant=tenant, list_id=spring, criteria=RecordFilter(fields=(("phone", ("7000001",)),)))


def test_a_viewer_deletes_nothing(tenant, spring, viewer_client):
    assert viewer_client.get(reverse("lists:delete_records", args=[tenant.slug, spring])).status_code == 403


def test_the_command_asks_as_the_page_does_and_says_what_went(tenant, sandbox, spring, tmp_path):
    path = tmp_path / "ids.txt"
    path.write_text("r5\nr6\n")
    code, said = run("records_delete", tenant.slug, "Spring", "--field", "id=r1,r2,nobody", "--dry-run")
    assert (code, said["counted"], said["records"], said["dialled_by"]) == (0, 2, 200, [])
    assert [each["id"] for each in said["sample"]] == ["r1", "r2"]
    assert run("records_delete", tenant.slug, "Spring", "--field", "id=r1,r2")[0] == 1
    assert not Job.objects.exists()
    code, said = run("records_delete", tenant.slug, "Spring", "--field-file", f"id={path}", "--yes")
    assert (code, said["counted"], said["deleted"], said["records_after"]) == (0, 2, 2, 198)
    assert run("records_delete", tenant.slug, "Spring", "--yes")[0] == 1
    assert run("records_delete", tenant.slug, "Spring", "--all", "--yes")[0] == 0
    assert sandbox.dump(spring) == []


def test_a_tenant_that_deletes_at_once_ends_the_same_by_page_and_by_command(tenant, sandbox, spring, supervisor_client):
    sandbox.options(deletes_at_once=True)
    job = finished(begun(supervisor_client, asked(supervisor_client, tenant, spring, field_1="id", values_1="r1\nr2")))
    assert (job.state, job.remote_job_id) == (JobState.SUCCEEDED, "")
    assert "The platform deleted 2 records. The list had 200 records before and has 198 now." in job.message
    code, said = run("records_delete", tenant.slug, "Spring", "--field", "region=south", "--yes")
    assert (code, said["deleted"], said["records_after"]) == (0, 99, 99)
    assert run("records_delete", tenant.slug, "Spring", "--all", "--yes")[0] == 0
    assert sandbox.dump(spring) == []
    assert "get_job_status" not in sandbox.stats()["requests"]


def test_an_answer_lost_by_a_tenant_that_deletes_at_once_is_asked_again(tenant, sandbox, spring, supervisor_client):
    sandbox.options(deletes_at_once=True)
    job = begun(supervisor_client, asked(supervisor_client, tenant, spring, field_1="id", values_1="r1\nr2"))
    sandbox.faults([{"kind": "cut_after", "times": 1, "methods": ["delete_many_records"]}])
    assert finished(job).state == JobState.SUCCEEDED
    assert "this count may be too low; the list's totals are certain" in job.message
    assert "has 198 now" in job.message


def test_what_a_filter_takes_of_a_list_in_no_campaign_is_counted_where_the_tenant_gives_it(
    tenant, sandbox, spring, supervisor_client
):
    said = {"field_1": "region", "values_1": "north"}
    question = asked(supervisor_client, tenant, spring, **said)
    assert "cannot be counted" in supervisor_client.get(question).content.decode()
    sandbox.options(newer_lists=True)
    tenant_test(tenant)
    page = supervisor_client.get(asked(supervisor_client, tenant, spring, **said)).content.decode()
    assert "It takes 100 records of the 200" in page
    assert "r0" in page


def test_a_campaign_that_does_not_have_the_list_is_refused_before_anybody_is_asked(tenant, sandbox, spring):
    sandbox.create_campaign("Winback")
    code, told = run("records_delete", tenant.slug, "Spring", "--campaign", "Winback", "--dry-run")
    assert (code, "not bound to campaign “Winback”" in told["error"]) == (1, True), told
    assert "It is bound to no campaign." in told["error"]
    sandbox.create_list("Autumn", FIELDS, bind=[sandbox.create_campaign("Renewals")])
    code, told = run("records_delete", tenant.slug, "Autumn", "--campaign", "Winback", "--dry-run")
    assert (code, "It is bound to Renewals." in told["error"]) == (1, True), told
