"""Uploads by a script: taken in with a recipe, checked, sent, and what was refused fetched."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bpadmin.jobs.models import Job
from bpadmin.tenants.models import Tenant
from lists.models import Recipe
from tests.api.asking import Script
from tests.lists.walking import GOOD, MIXED

pytestmark = pytest.mark.django_db(transaction=True)


def records(sandbox: Any, list_id: str) -> int:
    return len(sandbox.records(list_id))


def test_a_file_is_checked_sent_and_its_refused_rows_fetched(script: Script, spring: str, sandbox: Any) -> None:
    job = script.upload(f"lists/{spring}/uploads/", MIXED)
    assert (job["state"], job["rows"]) == ("ready", 5)
    accepted = [each["name"] for each in job["questions"]]
    sent = script.send(f"jobs/{job['job']}/send/", {"accept": accepted}, status=202)
    assert (sent["is_final"], sent["accepted"] + sent["rejected"]) == (True, 5)
    assert script.ask("GET", f"jobs/{job['job']}/") == sent
    rejects = b"".join(script.ask("GET", f"jobs/{job['job']}/rejects/")).decode()
    assert "yesterday" in rejects
    assert Job.objects.get().owner_name == "sam"


def test_a_recipe_names_columns_by_its_own_words(script: Script, spring: str, tenant: Tenant, sandbox: Any) -> None:
    columns = [{"column": "Kunde", "field": "Account"}, {"column": "Tel", "field": "Phone"}]
    content = {"recipe": 1, "name": "CRM", "columns": columns, "made": [], "rows": []}
    Recipe.objects.create(tenant=tenant, list_id=spring, name="CRM", content=content)
    text = "Kunde,Tel\nA1,6505550100\nA2,6505550101\n"
    job = script.upload("lists/Spring/uploads/?recipe=CRM&again=1", text)
    sent = script.send(f"jobs/{job['job']}/send/", status=202)
    assert (sent["state"], sent["accepted"]) == ("succeeded", 2)
    assert "no recipe “Other”" in script.upload("lists/Spring/uploads/?recipe=Other", text, status=422)["problem"]


def test_a_form_with_a_file_is_taken_too(script: Script, spring: str) -> None:
    answer = script.client.post(
        f"/api/v1/t/acme/lists/{spring}/uploads/",
        {"file": SimpleUploadedFile("spring.csv", GOOD.encode())},
        headers={"Authorization": f"Bearer {script.text}"},
    )
    assert (answer.status_code, answer.json()["state"]) == (201, "ready")


def test_of_several_files_in_an_archive_one_has_to_be_named(script: Script, spring: str, sandbox: Any) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("east.csv", GOOD)
        archive.writestr("west.csv", GOOD.replace("A1", "B1").replace("A2", "B2"))

    def upload(query: str, status: int) -> Any:
        headers = {"X-File-Name": "both.zip"}
        said = {"data": file.getvalue(), "content_type": "application/octet-stream", "headers": headers}
        return script.ask("POST", f"lists/{spring}/uploads/{query}", status=status, **said)

    assert "The archive holds 2 files: “east.csv”, “west.csv”. Say which with part" in upload("", 422)["problem"]
    assert "there is no “north.csv”" in upload("?part=north.csv", 422)["problem"]
    assert not Job.objects.exclude(state="cancelled").exists()
    job = upload("?part=east.csv", 201)
    assert script.send(f"jobs/{job['job']}/send/", status=202)["accepted"] == 2
    assert upload("?part=all&again=1", 201)["rows"] == 4


def test_what_stands_out_must_be_accepted_and_a_replacement_named(script: Script, spring: str) -> None:
    job = script.upload(f"lists/{spring}/uploads/?mode=replace", GOOD)
    for said in ({}, {"typed_name": "Summer"}):
        script.send(f"jobs/{job['job']}/send/", said, status=409)
    assert Job.objects.get().state == "ready"
    accepted = [each["name"] for each in job["questions"]]
    said = {"typed_name": "Spring", "accept": accepted}
    assert script.send(f"jobs/{job['job']}/send/", said, status=202)["state"] != "ready"


def test_what_cannot_be_is_refused_and_leaves_no_open_job(script: Script, spring: str) -> None:
    assert "no mode" in script.upload(f"lists/{spring}/uploads/?mode=erase", GOOD, status=422)["problem"]
    assert script.upload(f"lists/{spring}/uploads/", "a,b\n", status=422)["problem"]
    script.upload("lists/Nothing/uploads/", GOOD, status=404)
    assert not Job.objects.exclude(state="cancelled").exists()


def test_a_job_is_cancelled_once_and_not_sent_then(script: Script, spring: str) -> None:
    job = script.upload(f"lists/{spring}/uploads/", GOOD)
    assert script.send(f"jobs/{job['job']}/cancel/")["state"] == "cancelled"
    script.send(f"jobs/{job['job']}/send/", status=409)
    script.ask("GET", "jobs/999/", status=404)
