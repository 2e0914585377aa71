"""The upload wizard, walked with a browser's requests against the sandbox."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pytest
from django.test import Client

from bpadmin.jobs.models import Job, JobState
from lists.models import ListFormat
from tests.lists.walking import GOOD, MIXED, check_url, csv_file, ended, map_url, post_file, said, shown, to_check

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_small_file_goes_from_the_form_into_the_list_without_a_worker(
    supervisor_client: Client, known_list: str, sandbox: Any
) -> None:
    job, response = to_check(supervisor_client, known_list)
    assert job.state == JobState.READY
    assert "Send 2 rows to Spring" in response.content.decode()

    response = supervisor_client.post(check_url(job), shown(job), follow=True)

    job.refresh_from_db()
    assert response.redirect_chain[-1][0] == f"/t/acme/jobs/{job.pk}/"
    assert job.state == JobState.SUCCEEDED
    assert [record["Account"] for record in sandbox.dump(known_list)] == ["A1", "A2"]
    assert [record["Phone"] for record in sandbox.dump(known_list)] == ["16505550100", "16505550101"]
    assert "2 rows" in response.content.decode()


def test_the_check_names_every_class_of_problem_with_rows_and_what_to_do(
    supervisor_client: Client, known_list: str
) -> None:
    job, response = to_check(supervisor_client, known_list, MIXED)
    page = response.content.decode()
    assert (job.rows_total, job.n_not_sent, job.n_rejected_check) == (5, 3, 2)
    assert "Send 2 rows to Spring" in page
    assert "A telephone number that the dialler refuses" in page
    assert "2 rows share one key." in page
    assert "yesterday" in page
    assert "(650) 555-0100" in page
    assert "16505550100" in page


def test_the_check_suggests_how_to_write_the_samples(supervisor_client: Client, known_list: str) -> None:
    _, response = to_check(supervisor_client, known_list, GOOD + "A3,Bob,6505550102,31.12.2026\n")
    assert '<td data-label="Suggested">2026-12-31</td>' in response.content.decode()


def test_those_who_hear_the_page_are_told_when_the_check_is_done(supervisor_client: Client, known_list: str) -> None:
    job, response = to_check(supervisor_client, known_list)
    assert '<p class="visually-hidden" id="said" role="status"></p>' in response.content.decode()
    assert "The check is done." not in response.content.decode()
    poll = {"HX-Request": "true", "HX-Target": "check"}
    answer = supervisor_client.get(f"/t/acme/uploads/{job.pk}/check/", headers=poll).content.decode()
    assert '<p id="said" hx-swap-oob="innerHTML">The check is done.</p>' in answer


def test_where_nothing_can_be_sent_no_others_are_spoken_of(supervisor_client: Client, known_list: str) -> None:
    _, response = to_check(supervisor_client, known_list, MIXED)
    assert "send the others without them" in response.content.decode()
    _, response = to_check(supervisor_client, known_list, "Account,First name,Phone,Due\nA1,Ann,12,\n")
    page = response.content.decode()
    assert "No row of this file can be sent." in page
    assert "Correct the columns or the file." in page
    assert "send the others without them" not in page


def test_the_refused_rows_can_be_downloaded_before_anything_is_sent(
    supervisor_client: Client, known_list: str, sandbox: Any
) -> None:
    job, _ = to_check(supervisor_client, known_list, MIXED)
    response = supervisor_client.get(f"/t/acme/jobs/{job.pk}/rejects.csv")
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "Account,First name,Phone,Due,row,reason_code,reason,suggested_fix"
    assert len(lines) == 3
    assert "attachment" in response.headers["Content-Disposition"]
    assert not sandbox.dump(known_list)


def test_corrected_rejects_are_sent_with_the_mapping_of_the_first_job(
    supervisor_client: Client, known_list: str, sandbox: Any
) -> None:
    first, _ = to_check(supervisor_client, known_list, MIXED)
    supervisor_client.post(check_url(first), shown(first))
    response = supervisor_client.get(f"/t/acme/jobs/{first.pk}/rejects.csv")
    rejects = b"".join(response.streaming_content).decode("utf-8-sig")
    fixed = rejects.replace("'", "").replace(",555,", ",6505550103,").replace("yesterday", "2026-03-05")
    fixed = fixed.replace("A1,Ann again", "A4,Ann again")

    response = supervisor_client.post(
        f"/t/acme/uploads/{first.pk}/again/", {"file": csv_file(fixed, "fixed.csv")}, follow=True
    )

    second = Job.objects.latest("id")
    assert response.redirect_chain[-1][0] == check_url(second)
    assert second.parent == first
    assert second.options["mapping"] == first.options["mapping"]
    assert second.state == JobState.READY
    supervisor_client.post(check_url(second), shown(second))
    assert sorted(record["Account"] for record in sandbox.dump(known_list)) == ["A1", "A2", "A3", "A4", "A5"]


def test_rejected_rows_can_be_mapped_anew_without_another_file(supervisor_client: Client, known_list: str) -> None:
    first, _ = to_check(supervisor_client, known_list, MIXED)
    supervisor_client.post(check_url(first), shown(first))
    response = supervisor_client.post(f"/t/acme/uploads/{first.pk}/again/", {"same": "1"})
    second = Job.objects.latest("id")
    assert response.headers["Location"] == map_url(second)
    page = supervisor_client.get(map_url(second))
    assert page.context["step"].inspection.header == ("Account", "First name", "Phone", "Due")
    assert page.context["step"].mapping.columns[0].form["name"].value() == "Account"
    supervisor_client.post(map_url(second), said(page, c3__name=""))
    second.refresh_from_db()
    assert (second.parent, second.state, second.rows_total) == (first, JobState.READY, 3)
    done = supervisor_client.post(f"/t/acme/uploads/{second.pk}/again/", {"same": "1"})
    assert "There are no rejected rows" in done.content.decode()


def test_a_correction_of_a_replacing_job_adds(supervisor_client: Client, known_list: str, sandbox: Any) -> None:
    first, _ = to_check(supervisor_client, known_list, MIXED, send__mode="replace")
    supervisor_client.post(check_url(first), shown(first, confirm__typed="Spring"))
    assert ended(first).state == JobState.PARTIAL
    supervisor_client.post(
        f"/t/acme/uploads/{first.pk}/again/", {"file": csv_file(GOOD.replace("A1", "A8").replace("A2", "A9"))}
    )
    second = Job.objects.latest("id")
    assert second.options["mode"] == "add"
    supervisor_client.post(check_url(second), shown(second))
    assert ended(second).state == JobState.SUCCEEDED
    assert sorted(record["Account"] for record in sandbox.dump(known_list)) == ["A1", "A2", "A8", "A9"]


def test_replacing_needs_the_name_of_the_list(supervisor_client: Client, known_list: str, sandbox: Any) -> None:
    to_check(supervisor_client, known_list)
    supervisor_client.post(check_url(Job.objects.latest("id")), shown(Job.objects.latest("id")))
    job, response = to_check(supervisor_client, known_list, GOOD.replace("A1", "B1"), send__mode="replace")
    page = response.content.decode()
    assert "All 2 records of Spring are deleted before the first row is added" in page
    assert "Live calls are cut off" in page

    response = supervisor_client.post(check_url(job), shown(job, confirm__typed="spring time"))
    job.refresh_from_db()
    assert job.state == JobState.READY
    assert "Type the name of the list" in response.content.decode()

    supervisor_client.post(check_url(job), shown(job, confirm__typed=" Spring "))
    assert ended(job).state == JobState.SUCCEEDED
    assert sorted(record["Account"] for record in sandbox.dump(known_list)) == ["A2", "B1"]


def test_a_list_of_unknown_fields_is_described_once_in_the_wizard(
    supervisor_client: Client, tenant: Any, list_id: str, sandbox: Any
) -> None:
    post_file(supervisor_client, list_id)
    job = Job.objects.latest("id")
    page = supervisor_client.get(map_url(job))
    assert "Name them exactly as in the list" in page.content.decode()
    assert page.context["step"].mapping.columns[2].form["type"].value() == "PHONE"
    data = said(page, c0__is_key="on", c0__type="ACCOUNT", c2__phone_type="US_CANADA", c3__type="DATETIME")
    supervisor_client.post(map_url(job), {**data, "c3-date_format": "yyyy-MM-dd"})
    supervisor_client.post(check_url(job), shown(job))

    known = ListFormat.objects.get(tenant=tenant, list_id=list_id)
    assert known.source == ListFormat.Source.SAID
    assert len(sandbox.dump(list_id)) == 2
    post_file(supervisor_client, list_id)
    assert supervisor_client.get(map_url(Job.objects.latest("id"))).context["step"].mapping.is_sure


def test_no_column_of_a_list_that_nobody_knows_goes_anywhere_before_somebody_says_so(
    supervisor_client: Client, list_id: str
) -> None:
    post_file(supervisor_client, list_id, "Account,Phone,Fax,\nA1,6505550100,6505550199,x\n")
    job = Job.objects.latest("id")
    page = supervisor_client.get(map_url(job))
    columns = page.context["step"].mapping.columns
    assert [column.form["name"].value() or "" for column in columns] == ["", "", "", ""]
    data = {name: value for name, value in said(page).items() if not name.endswith("-name")}
    assert "Map at least one column to a field." in supervisor_client.post(map_url(job), data).content.decode()
    taken = supervisor_client.post(map_url(job), {**data, "names_take": "1", "c2-name": "Work phone"})
    columns = taken.context["step"].mapping.columns
    assert [column.form["name"].value() or "" for column in columns] == ["Account", "Phone", "Work phone", ""]


def test_a_check_that_runs_shows_how_far_it_is_without_scripts(supervisor_client: Client, known_list: str) -> None:
    job, response = to_check(supervisor_client, known_list)
    refresh = '<noscript><meta http-equiv="refresh" content="5"></noscript>'
    assert refresh not in response.content.decode()
    Job.objects.filter(pk=job.pk).update(state=JobState.PREPARING)
    assert refresh in supervisor_client.get(check_url(job)).content.decode()


def test_another_encoding_is_shown_at_once_and_what_was_mapped_stays(
    supervisor_client: Client, known_list: str
) -> None:
    post_file(supervisor_client, known_list, GOOD.encode("cp1252"))
    job = Job.objects.latest("id")
    page = supervisor_client.get(map_url(job))
    for encoding, name in (("cp1251", "Zoл"), ("cp1252", "Zoë")):
        data = said(page, read__encoding=encoding, c1__name="")
        response = supervisor_client.post(
            map_url(job), {**data, "reread": "1"}, headers={"HX-Request": "true", "HX-Target": "reading"}
        )
        assert "<html" not in response.content.decode()
        assert name in response.content.decode()
        page = response
    assert response.context["step"].mapping.columns[1].form["name"].value() is None
    assert job.state == JobState.DRAFT


def test_another_delimiter_gives_other_columns(supervisor_client: Client, known_list: str) -> None:
    post_file(supervisor_client, known_list)
    job = Job.objects.latest("id")
    data = said(supervisor_client.get(map_url(job)), read__delimiter="other", read__delimiter_other="/")
    response = supervisor_client.post(map_url(job), {**data, "reread": "1"})
    assert len(response.context["step"].inspection.header) == 1


def test_the_mapping_can_be_corrected_after_the_check(supervisor_client: Client, known_list: str) -> None:
    job, _ = to_check(supervisor_client, known_list, MIXED)
    response = supervisor_client.get(map_url(job))
    assert response.status_code == 200
    supervisor_client.post(map_url(job), said(response, c3__name=""))
    job.refresh_from_db()
    assert (job.state, job.n_not_sent) == (JobState.READY, 4)


def test_the_script_gets_json_and_sends_the_file_as_the_body(supervisor_client: Client, known_list: str) -> None:
    response = supervisor_client.generic(
        "POST",
        f"/t/acme/lists/{known_list}/upload/",
        GOOD.encode(),
        content_type="application/octet-stream",
        headers={"X-File-Name": "Fr%C3%BChling%20%2F2.csv", "Accept": "application/json"},
    )
    job = Job.objects.latest("id")
    assert response.json() == {"next": map_url(job)}
    assert (job.file_name, job.file_size) == ("2.csv", len(GOOD.encode()))


def test_a_packed_file_is_read(supervisor_client: Client, known_list: str) -> None:
    post_file(supervisor_client, known_list, gzip.compress(GOOD.encode()), "spring.csv.gz")
    page = supervisor_client.get(map_url(Job.objects.latest("id")))
    assert page.context["step"].inspection.header[0] == "Account"


def test_a_workbook_is_read_by_its_sheet(supervisor_client: Client, known_list: str) -> None:
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet("Notes").write_row(0, 0, ["nothing here", "at all"])
        sheet = book.add_worksheet("People")
        for number, line in enumerate(GOOD.splitlines()):
            sheet.write_row(number, 0, line.split(","))
    post_file(supervisor_client, known_list, file.getvalue(), "people.xlsx")
    job = Job.objects.latest("id")
    page = supervisor_client.get(map_url(job))
    assert page.context["step"].inspection.header == ("Account", "First name", "Phone", "Due")
    assert "The workbook has 2 sheets; only this one is read." in page.content.decode()
    supervisor_client.post(map_url(job), said(page))
    told = " ".join(supervisor_client.get(f"/t/acme/jobs/{job.pk}/").content.decode().split())
    assert "<dt>Sheet</dt><dd>People</dd>" in told
    data = said(supervisor_client.get(map_url(job)), read__sheet="Notes")
    page = supervisor_client.post(map_url(job), {**data, "reread": "1"})
    assert page.context["step"].inspection.header == ("nothing here", "at all")
