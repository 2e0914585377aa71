"""The wizard for files of keys, walked with a browser's requests against the sandbox."""

from __future__ import annotations

import io
import threading
import zipfile
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from bpadmin.jobs.models import Job, JobState
from bpadmin.tabular.parts import ALL_MEMBERS
from bpadmin.uploads.files import UploadRefused
from bpadmin.uploads.models import Recipe
from dnc.files.services import dnc_upload_configure
from dnc.kinds import DNC_ADD, DNC_DELETE
from dnc.models import DncKind, DncList
from tests.dnc.files.filing import held, known_list, numbers, sent_file
from tests.lists.walking import shown

pytestmark = pytest.mark.django_db(transaction=True)


def to_map(client: Client, dnc_list: DncList, lines: list[str], *, what: str = "add", header: str = "number") -> Job:
    """Upload a file."""
    url = reverse("dnc:upload", args=[dnc_list.tenant.slug, dnc_list.pk])
    file = SimpleUploadedFile("numbers.csv", "\n".join([header, *lines, ""]).encode())
    answer = client.post(f"{url}?what={what}", {"file": file})
    job = Job.objects.latest("pk")
    assert answer.headers["Location"] == reverse("dnc:upload_map", args=[dnc_list.tenant.slug, job.pk])
    return job


def step(job: Job, name: str) -> str:
    """Return the address of a step."""
    return reverse(f"dnc:upload_{name}", args=[job.tenant.slug, job.pk])


def to_check(client: Client, job: Job, *columns: str, what: str = "add", **said: Any) -> str:
    """Say which column is which; returns the page of the check."""
    data = {
        **shown(job),
        "column": job.options["header"],
        "send-what": what,
        **{f"c{n}": each for n, each in enumerate(columns)},
    }
    answer = client.post(step(job, "map"), {**data, "read-has_header": "on", "read-header_row": "1", **said})
    assert answer.status_code == 302, answer.content.decode()
    job.refresh_from_db()
    return client.get(step(job, "check")).content.decode()


def confirmed(client: Client, job: Job, typed: str = "") -> str:
    """Let it begin; returns the page shown after."""
    page = client.post(step(job, "check"), shown(job, confirm__typed=typed), follow=True).content.decode()
    job.refresh_from_db()
    return page


def test_a_file_goes_in_with_its_comments(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox)
    job = to_map(supervisor_client, dnc_list, ["650-555-0100,asked", "(650) 555-0101,", "12,"], header="number,note")
    page = supervisor_client.get(step(job, "map")).content.decode()
    assert "Phone number" in page
    assert "Replace without a gap" in page
    page = to_check(supervisor_client, job, "key", "comment", **{"send-comment": "from the letter"})
    assert "Add 2 rows to Company DNC" in page
    assert "Why rows are refused" in page
    page = confirmed(supervisor_client, job)
    assert job.state == JobState.PARTIAL
    entries = {each["key"]: each["comment"] for each in sandbox.dump_dnc(dnc_list.remote_id)}
    assert entries == {"16505550100": "asked", "16505550101": "from the letter"}
    assert reverse("dnc:detail", args=[tenant.slug, dnc_list.pk]) in page
    assert step(job, "again") in page


def test_a_check_that_runs_shows_how_far_it_is_without_scripts(tenant, sandbox, supervisor_client):
    job = to_map(supervisor_client, known_list(tenant, sandbox), ["650-555-0100"])
    refresh = '<noscript><meta http-equiv="refresh" content="5"></noscript>'
    assert refresh not in to_check(supervisor_client, job, "key")
    Job.objects.filter(pk=job.pk).update(state=JobState.PREPARING)
    assert refresh in supervisor_client.get(step(job, "check")).content.decode()


def test_the_rejects_are_corrected_and_sent_again(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox)
    first = sent_file(dnc_list, DNC_ADD, ["650-555-0100", "12"])
    assert "How to correct the rows" in supervisor_client.get(step(first, "again")).content.decode()
    answer = supervisor_client.post(step(first, "again"), {"same": "1"})
    again = Job.objects.get(parent=first)
    assert answer.headers["Location"] == step(again, "map")
    file = SimpleUploadedFile("right.csv", b"number\n650-555-0102\n")
    supervisor_client.post(step(first, "again"), {"file": file})
    job = Job.objects.latest("pk")
    assert job.parent_id == first.pk
    to_check(supervisor_client, job, "key")
    confirmed(supervisor_client, job)
    assert held(sandbox, dnc_list) == {"16505550100", "16505550102"}


def test_a_file_of_numbers_is_taken_out(tenant, sandbox, supervisor_client):
    keys = numbers(3)
    dnc_list = known_list(tenant, sandbox, keys)
    job = to_map(supervisor_client, dnc_list, keys[:2], what="delete")
    page = supervisor_client.post(
        step(job, "map"),
        {**shown(job), "column": ["number"], "c0": "key", "send-what": "delete", "read-has_header": "on"},
    )
    assert "Give the reason why the numbers are taken out" in page.content.decode()
    page = to_check(supervisor_client, job, "key", what="delete", **{"send-comment": "they wrote to us"})
    assert "2 entries are taken out of “Company DNC”" in page
    assert "That is not the name of the list" in confirmed(supervisor_client, job)
    assert (held(sandbox, dnc_list), job.state) == (set(keys), JobState.READY)
    confirmed(supervisor_client, job, "Company DNC")
    assert held(sandbox, dnc_list) == {keys[2]}
    ended = supervisor_client.get(reverse("jobs:detail", args=[tenant.slug, job.pk])).content.decode()
    assert "2 of 2 rows out of the list" in ended


def test_a_replacement_shows_the_difference_and_a_shrinking_one_wants_the_name(tenant, sandbox, supervisor_client):
    keys = numbers(10)
    dnc_list = known_list(tenant, sandbox)
    sent_file(dnc_list, DNC_ADD, keys)
    job = to_map(supervisor_client, dnc_list, [*keys[:5], *numbers(2, 20)], what="replace")
    page = to_check(supervisor_client, job, "key", what="replace", **{"send-comment": "the registry of November"})
    assert "What changes in Company DNC" in page
    assert "50.0 % of 10 known" in page
    assert "5 of 10 keys known to be in the list" in page
    assert "they stay blocked" in page
    page = confirmed(supervisor_client, job, "company")
    assert "That is not the name of the list" in page
    assert job.state == JobState.READY
    confirmed(supervisor_client, job, "Company DNC")
    assert held(sandbox, dnc_list) == {*keys[:5], *numbers(2, 20)}


def test_a_growing_replacement_asks_nothing(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox)
    job = to_map(supervisor_client, dnc_list, numbers(3), what="replace")
    assert "Type the name of the list" not in to_check(supervisor_client, job, "key", what="replace")
    confirmed(supervisor_client, job)
    assert held(sandbox, dnc_list) == set(numbers(3))


def test_the_emptying_way_spells_out_its_risk(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox, numbers(4, 50))
    job = to_map(supervisor_client, dnc_list, numbers(3))
    page = to_check(supervisor_client, job, "key", what="empty", **{"send-comment": "moved"})
    assert "The list is emptied first and filled again after" in page
    confirmed(supervisor_client, job)
    assert job.state == JobState.READY
    confirmed(supervisor_client, job, "Company DNC")
    assert held(sandbox, dnc_list) == set(numbers(3))


def test_without_a_column_of_numbers_nothing_is_checked(tenant, sandbox, supervisor_client):
    job = to_map(supervisor_client, known_list(tenant, sandbox), numbers(2))
    data = {
        **shown(job),
        "column": ["number"],
        "send-what": "add",
        "c0": "",
        "read-has_header": "on",
        "read-header_row": "1",
    }
    page = supervisor_client.post(step(job, "map"), data).content.decode()
    assert "Say which column holds" in page
    data["c0"] = "key"
    assert (
        "Choose one of these" in supervisor_client.post(step(job, "map"), {**data, "send-what": "x"}).content.decode()
    )


def test_a_file_that_is_none_is_refused_in_words(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox)
    url = reverse("dnc:upload", args=[tenant.slug, dnc_list.pk])
    assert "Choose a file first" in supervisor_client.post(url, {}).content.decode()
    assert not Job.objects.exists()


def test_with_the_dialler_away_the_rows_are_still_to_be_sent(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox)
    job = to_map(supervisor_client, dnc_list, numbers(2))
    to_check(supervisor_client, job, "key")
    sandbox.faults([{"kind": "http_503", "probability": 1}])
    confirmed(supervisor_client, job)
    # The page went on without it; what it has begun it ends in order, and in this test.
    for thread in threading.enumerate():
        if thread.name == f"drive-{job.pk}":
            thread.join()
    job.refresh_from_db()
    assert job.n_accepted == 0
    assert job.accounted == job.rows_total
    assert held(sandbox, dnc_list) == set()


def test_a_list_of_states_takes_no_file(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox, name="States", type=DncKind.GEOGRAPHIC_STATE)
    assert supervisor_client.get(reverse("dnc:upload", args=[tenant.slug, dnc_list.pk])).status_code == 409


def test_nobody_else_uploads(tenant, sandbox, supervisor_client, viewer_client, stranger):
    dnc_list = known_list(tenant, sandbox)
    job = to_map(supervisor_client, dnc_list, numbers(2))
    client = Client()
    client.force_login(stranger)
    for url in (reverse("dnc:upload", args=[tenant.slug, dnc_list.pk]), step(job, "map"), step(job, "check")):
        assert viewer_client.get(url).status_code == 403
        assert client.get(url).status_code == 404
        assert "/sign-in" in Client().get(url).headers["Location"]


def test_a_doubtful_column_is_a_question_and_a_recipe_answers_it_for_the_next_file(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox)
    lines = ["650-555-0100,C", "650-555-0101,D", "650-555-0102,L"]
    job = to_map(supervisor_client, dnc_list, lines, header="phone,ResultCode")
    page = supervisor_client.get(step(job, "map")).content.decode()
    assert '<option value="?" selected>Say what it holds…</option>' in page
    said = {**shown(job), "column": job.options["header"], "send-what": "add", "c0": "key", "c1": "?"}
    said |= {"read-has_header": "on", "read-header_row": "1"}
    page = supervisor_client.post(step(job, "map"), said).content.decode()
    assert "Say what the column “ResultCode” hold" in page
    to_check(supervisor_client, job, "key", "pick", **{"send-take": "D, L", "recipe-name": "Scrub"})
    confirmed(supervisor_client, job)
    assert held(sandbox, dnc_list) == {"16505550101", "16505550102"}

    again = [line.replace("0100", "0200").replace("0101", "0201") for line in lines]
    job = to_map(supervisor_client, dnc_list, [f"x,{line}" for line in again], header="other,phone,ResultCode")
    recipe = Recipe.objects.get()
    said = {**shown(job), "column": job.options["header"], "send-what": "add", "c0": "", "c1": "", "c2": ""}
    said |= {"read-has_header": "on", "read-header_row": "1", "recipe": recipe.pk, "recipe_use": "1"}
    page = supervisor_client.post(step(job, "map"), said)
    assert [each.chosen for each in page.context["step"].mapping.columns] == ["", "key", "pick"]
    assert 'value="D, L"' in page.content.decode()


def test_a_change_list_says_what_it_adds_and_removes_and_needs_the_reason(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox, ["16505550101"])
    job = to_map(supervisor_client, dnc_list, ["6505550100,A", "6505550101,D"], header="Phone,Action")
    assert job.options["header"] == ["Phone", "Action"]
    page = to_check(supervisor_client, job, "key", "action", **{"send-comment": "the registry of November"})
    assert "Add 1 and remove 1 in Company DNC" in page
    assert "1 entry is taken out" in page
    confirmed(supervisor_client, job)
    assert held(sandbox, dnc_list) == {"16505550101"}
    confirmed(supervisor_client, job, typed="company dnc")
    assert held(sandbox, dnc_list) == {"16505550100"}


@pytest.mark.parametrize("what", ["an archive to take out", "a workbook to add"])
def test_which_part_of_a_file_is_meant_is_asked_as_in_a_shell(tenant, sandbox, supervisor_client, what):
    keys = numbers(4)
    is_archive = what == "an archive to take out"
    dnc_list = known_list(tenant, sandbox, keys if is_archive else [])
    content = io.BytesIO()
    if is_archive:
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("east.csv", "number\n" + "\n".join(keys[:2]))
            archive.writestr("west.csv", "number\n" + "\n".join(keys[2:]))
    else:
        with xlsxwriter.Workbook(content) as book:
            for name, heading, some in (("May", "number", keys[:2]), ("June", "phone", keys[2:])):
                book.add_worksheet(name).write_column(0, 0, [heading, *some])
    kind = "delete" if is_archive else "add"
    file = SimpleUploadedFile("numbers.zip" if is_archive else "numbers.xlsx", content.getvalue())
    supervisor_client.post(f"{reverse('dnc:upload', args=['acme', dnc_list.pk])}?what={kind}", {"file": file})
    job = Job.objects.latest("pk")
    data = {"column": ["number"], "c0": "key", "send-what": kind, "send-comment": "they wrote", "read-header_row": "1"}
    data["read-has_header"] = "on"
    page = supervisor_client.post(step(job, "map"), {**data, **shown(job)}).content.decode()
    assert "which is meant" in page
    job.refresh_from_db()
    assert job.state == JobState.DRAFT
    chosen = {"read-member": "west.csv"} if is_archive else {"read-sheet": "June"}
    supervisor_client.post(step(job, "map"), {**data, **chosen, **shown(job), "reread": "1"})
    job.refresh_from_db()
    data["column"] = job.options["header"]
    page = supervisor_client.post(step(job, "map"), {**data, **chosen, **shown(job)}, follow=True).content.decode()
    job.refresh_from_db()
    assert (job.state, job.rows_total) == (JobState.READY, 2), page
    confirmed(supervisor_client, job, "Company DNC")
    assert held(sandbox, dnc_list) == set(keys[:2] if is_archive else keys[2:])


def test_an_archive_to_be_added_is_not_taken_out_as_one_without_a_word(tenant, sandbox, supervisor_client):
    keys = numbers(4)
    dnc_list, content = known_list(tenant, sandbox, keys), io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("east.csv", "number\n" + "\n".join(keys[:2]))
        archive.writestr("west.csv", "number\n" + "\n".join(keys[2:]))
    file = SimpleUploadedFile("numbers.zip", content.getvalue())
    supervisor_client.post(f"{reverse('dnc:upload', args=['acme', dnc_list.pk])}?what=add", {"file": file})
    job = Job.objects.latest("pk")
    assert job.options["dialect"]["member"] == ALL_MEMBERS
    data = {"column": ["number"], "c0": "key", "send-what": "delete", "send-comment": "they wrote"}
    data |= {"read-header_row": "1", "read-has_header": "on", "read-member": ALL_MEMBERS}
    page = supervisor_client.post(step(job, "map"), {**data, **shown(job)}).content.decode()
    assert "Say under “File in the archive” which is meant, or that they are read as one." in page
    assert '<option value="" selected>Choose…</option>' in page
    # Not by a service either, whoever calls it.
    with pytest.raises(UploadRefused, match="which is meant"):
        dnc_upload_configure(job=job, dialect=job.options["dialect"], mapping={"0": "key"}, kind=DNC_DELETE)
    job.refresh_from_db()
    assert (job.state, job.kind) == (JobState.DRAFT, DNC_ADD)
    answered = {**data, "read-part_asked": "member"}
    assert "which is meant" not in supervisor_client.post(step(job, "map"), {**answered, **shown(job)}).content.decode()
    job.refresh_from_db()
    supervisor_client.post(step(job, "map"), {**data, **shown(job)})
    job.refresh_from_db()
    assert (job.state, job.kind, job.rows_total) == (JobState.READY, DNC_DELETE, 4)


def test_numbers_with_what_is_done_beside_them_are_a_question_on_the_page(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox, ["16505550101"])
    job = to_map(supervisor_client, dnc_list, ["A6505550100", "D6505550101"])
    page = supervisor_client.get(step(job, "map")).content.decode()
    assert "has beside it what may say that it is added or removed" in page
    assert '<option value="change">Number with what is done beside it' in page
    data = {**shown(job), "column": ["number"], "send-what": "add", "c0": "?", "send-comment": "monthly"}
    data |= {"read-has_header": "on", "read-header_row": "1"}
    answer = supervisor_client.post(step(job, "map"), data)
    assert "Say what the column “number” holds, or that it is not used." in answer.content.decode()
    check = to_check(supervisor_client, job, "change", **{"send-comment": "monthly"})
    assert "1 entry is taken out" in check
    confirmed(supervisor_client, job, typed="company dnc")
    assert held(sandbox, dnc_list) == {"16505550100"}
