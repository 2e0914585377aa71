"""What the upload wizard refuses, to whom, and in which words."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import openpyxl
import pytest
from django.test import Client

from bpadmin.audit.models import AuditEntry
from bpadmin.jobs.models import Job, JobState
from bpadmin.tabular.parts import ALL_MEMBERS
from tests.lists.walking import GOOD, check_url, ended, map_url, post_file, said, shown, to_check

pytestmark = pytest.mark.django_db(transaction=True)


def test_columns_of_the_same_field_are_refused_in_words(supervisor_client: Client, known_list: str) -> None:
    post_file(supervisor_client, known_list)
    job = Job.objects.latest("id")
    data = said(supervisor_client.get(map_url(job)), c1__name="Account")
    page = supervisor_client.post(map_url(job), data).content.decode()
    assert "“Account” and “First name” go into the same field" in page


def test_updating_without_the_key_is_refused_in_words(supervisor_client: Client, known_list: str) -> None:
    post_file(supervisor_client, known_list)
    job = Job.objects.latest("id")
    data = said(supervisor_client.get(map_url(job)), c0__name="", send__mode="update")
    page = supervisor_client.post(map_url(job), data).content.decode()
    job.refresh_from_db()
    assert job.state == JobState.DRAFT
    assert "This keeps the file from being checked" in page
    assert "Account" in page


def test_a_body_that_breaks_off_leaves_nothing(supervisor_client: Client, known_list: str) -> None:
    response = supervisor_client.generic(
        "POST",
        f"/t/acme/lists/{known_list}/upload/",
        b"-",
        content_type="application/octet-stream",
        headers={"X-File-Name": "a.csv", "Accept": "application/json"},
        **{"wsgi.input": io.BytesIO(GOOD.encode()), "CONTENT_LENGTH": str(len(GOOD) * 2)},
    )
    assert response.status_code == 422
    assert "Only a part of the file arrived" in response.json()["problem"]
    assert not Job.objects.exists()


@pytest.mark.parametrize("is_script", [True, False])
def test_a_file_over_the_limit_is_refused_with_the_limit(
    supervisor_client: Client, known_list: str, settings: Any, is_script: bool
) -> None:
    settings.MAX_UPLOAD_BYTES = 1024 * 1024
    large = GOOD.encode() + b"A,B,C,D\n" * 200_000
    if is_script:
        response = supervisor_client.generic(
            "POST",
            f"/t/acme/lists/{known_list}/upload/",
            large,
            content_type="application/octet-stream",
            headers={"X-File-Name": "a.csv", "Accept": "application/json"},
        )
    else:
        response = post_file(supervisor_client, known_list, large)
    assert response.status_code == 422
    assert "1.0" in response.content.decode().replace("\\u00a0", " ")
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "empty.csv"), (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "report.pdf")]
)
def test_what_is_no_table_is_refused_and_not_kept(
    supervisor_client: Client, known_list: str, content: bytes, name: str
) -> None:
    response = post_file(supervisor_client, known_list, content, name)
    assert response.status_code == 422
    assert not Job.objects.exists()


def test_a_header_with_bytes_that_cannot_be_read_can_still_be_mapped(
    supervisor_client: Client, known_list: str
) -> None:
    rows = "Account;Größe;Telefon\nA1;ä;6505550100\n".encode().replace("ö".encode(), b"\xf6")
    post_file(supervisor_client, known_list, rows)
    page = supervisor_client.get(map_url(Job.objects.latest("id")))
    assert page.status_code == 200
    assert "Gr\ufffdße" in page.content.decode()


def test_a_form_without_a_file_says_so(supervisor_client: Client, known_list: str) -> None:
    response = supervisor_client.post(f"/t/acme/lists/{known_list}/upload/", {})
    assert "Choose a file first" in response.content.decode()


def test_a_file_without_the_form_token_is_refused(supervisor: Any, known_list: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(supervisor)
    assert post_file(client, known_list).status_code == 403
    assert not Job.objects.exists()


def test_an_anonymous_person_is_sent_to_sign_in(client: Client, tenant: Any, known_list: str) -> None:
    response = post_file(client, known_list)
    assert response.status_code == 302
    assert "sign-in" in response.headers["Location"]
    assert not Job.objects.exists()


def test_a_stranger_finds_nothing(stranger_client: Client, supervisor_client: Client, known_list: str) -> None:
    job, _ = to_check(supervisor_client, known_list)
    for url in (
        f"/t/acme/lists/{known_list}/upload/",
        map_url(job),
        check_url(job),
        f"/t/acme/uploads/{job.pk}/again/",
    ):
        assert stranger_client.get(url).status_code == 404


def test_a_viewer_may_not_upload(viewer_client: Client, supervisor_client: Client, known_list: str) -> None:
    job, _ = to_check(supervisor_client, known_list)
    for url in (
        f"/t/acme/lists/{known_list}/upload/",
        map_url(job),
        check_url(job),
        f"/t/acme/uploads/{job.pk}/again/",
    ):
        assert viewer_client.get(url).status_code == 403
    assert viewer_client.post(check_url(job), shown(job)).status_code == 403
    job.refresh_from_db()
    assert job.state == JobState.READY


def test_an_unknown_list_is_not_found(supervisor_client: Client, tenant: Any) -> None:
    assert supervisor_client.get("/t/acme/lists/no-such-list/upload/").status_code == 404


def test_a_file_can_be_mapped_and_checked_while_the_dialler_is_away(
    supervisor_client: Client, tenant: Any, known_list: str, sandbox: Any
) -> None:
    sandbox.faults([{"kind": "http_503", "probability": 1.0}])
    page = supervisor_client.get(f"/t/acme/lists/{known_list}/upload/")
    assert page.status_code == 200
    job, _ = to_check(supervisor_client, known_list)
    assert job.state == JobState.READY
    assert job.target_name == "Spring"
    sandbox.faults([])


def test_a_file_that_was_confirmed_twice_is_sent_once(supervisor_client: Client, known_list: str, sandbox: Any) -> None:
    job, _ = to_check(supervisor_client, known_list)
    supervisor_client.post(check_url(job), shown(job))
    response = supervisor_client.post(check_url(job), shown(job), follow=True)
    assert response.redirect_chain[-1][0] == f"/t/acme/jobs/{job.pk}/"
    assert len(sandbox.dump(known_list)) == 2
    assert AuditEntry.objects.filter(verb="list.upload.confirm").count() == 1


def packed(**members: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in members.items():
            archive.writestr(f"{name}.csv", text)
    return file.getvalue()


@pytest.mark.parametrize(("named", "sent"), [("west.csv", ["B1", "B2"]), (ALL_MEMBERS, ["A1", "A2", "B1", "B2"])])
def test_of_several_files_in_an_archive_one_has_to_be_named_on_the_page_as_in_a_shell(
    tenant: Any, sandbox: Any, supervisor_client: Any, known_list: str, named: str, sent: list[str]
) -> None:
    west = GOOD.replace("A1", "B1").replace("A2", "B2").replace("0100", "0200").replace("0101", "0201")
    post_file(supervisor_client, known_list, packed(east=GOOD, west=west), "both.zip")
    job = Job.objects.latest("id")
    page = supervisor_client.get(map_url(job))
    assert "The archive holds 2 files: “east.csv”, “west.csv”." in page.content.decode()
    # Nothing is chosen, so that nothing is checked.
    answer = supervisor_client.post(map_url(job), said(page), follow=True)
    job.refresh_from_db()
    assert job.state == JobState.DRAFT
    assert "which is meant" in answer.content.decode()
    supervisor_client.post(map_url(job), said(page, read__member=named) | {"reread": "1"})
    page = supervisor_client.get(map_url(job))
    assert "which is meant" not in page.content.decode()
    supervisor_client.post(map_url(job), said(page), follow=True)
    job.refresh_from_db()
    assert job.state == JobState.READY, job.message
    supervisor_client.post(check_url(job), shown(job))
    ended(job)
    assert [record["Account"] for record in sandbox.dump(known_list)] == sent


def test_the_first_file_of_an_archive_can_be_the_one_that_is_meant(
    tenant: Any, sandbox: Any, supervisor_client: Any, known_list: str
) -> None:
    post_file(supervisor_client, known_list, packed(east=GOOD, west="id\n1\n"), "both.zip")
    job = Job.objects.latest("id")
    page = supervisor_client.get(map_url(job))
    supervisor_client.post(map_url(job), said(page, read__member="east.csv") | {"reread": "1"})
    supervisor_client.post(map_url(job), said(supervisor_client.get(map_url(job))), follow=True)
    job.refresh_from_db()
    assert job.state == JobState.READY


def test_of_several_sheets_alike_one_has_to_be_named_on_the_page_as_in_a_shell(
    tenant: Any, supervisor_client: Any, known_list: str
) -> None:
    book = openpyxl.Workbook()
    for at, name in enumerate(("East", "West")):
        sheet = book.active if not at else book.create_sheet()
        sheet.title = name
        for row in csv.reader(io.StringIO(GOOD)):
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    post_file(supervisor_client, known_list, file.getvalue(), "both.xlsx")
    job = Job.objects.latest("id")
    page = supervisor_client.get(map_url(job))
    answer = supervisor_client.post(map_url(job), said(page), follow=True)
    job.refresh_from_db()
    assert job.state == JobState.DRAFT
    assert "2 sheets of the workbook may be meant: “East”, “West”." in answer.content.decode()
    supervisor_client.post(map_url(job), said(page, read__sheet="East") | {"reread": "1"})
    supervisor_client.post(map_url(job), said(supervisor_client.get(map_url(job))), follow=True)
    job.refresh_from_db()
    assert job.state == JobState.READY
