"""What a file leaves open about its characters is asked once, on the page and in the shell, and then known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from bpadmin.jobs.models import Job, JobState
from bpadmin.uploads.files import UploadRefused, reading_keep, upload_inspect
from lists.uploads.services import upload_configure
from tests.lists.filing import FIELDS, arrived
from tests.lists.walking import map_url, post_file, said

pytestmark = pytest.mark.django_db(transaction=True)

# What is "ù" in Windows is another letter elsewhere, and one word tells too little.
OPEN = "id,phone,name\n1,6505550100,Bold\xf9\n2,6505550101,Ann\n".encode("latin-1")
SAID = ["--key", "id", "--field", "id:OTHER", "--field", "phone:PHONE:US_CANADA", "--field", "name:FIRST_NAME"]


@pytest.fixture
def upload(tmp_path: Path, capsys: pytest.CaptureFixture[str], tenant: Any, sandbox: Any) -> Any:
    sandbox.create_list("Autumn", [{"name": "id", "type": "OTHER", "key": True}, {"name": "phone", "type": "PHONE"},
                                   {"name": "name", "type": "FIRST_NAME"}])  # fmt: skip

    def run(data: bytes, *arguments: str) -> tuple[int, dict[str, Any], str]:
        path = tmp_path / "autumn.csv"
        path.write_bytes(data)
        code = 0
        try:
            call_command("list_upload", "acme", "Autumn", str(path), *SAID, *arguments, "--json")
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, json.loads(out.splitlines()[-1]), err

    return run


def test_the_shell_refuses_with_the_words_and_the_flags_and_asks_the_list_only_once(upload: Any, sandbox: Any) -> None:
    code, data, _ = upload(OPEN)
    assert code == 1
    assert "“Boldù” in Windows-1252" in data["error"]
    assert "--encoding cp1252 or --encoding" in data["error"]
    assert Job.objects.get().state == JobState.CANCELLED

    code, _, said = upload(OPEN, "--encoding", "latin-1")
    assert (code, "read as cp1252" in said) == (0, True)
    code, _, said = upload(OPEN.replace(b"1,6505550100", b"3,6505550102"))
    assert (code, "found by its words such as “Boldù”" in said) == (0, True)


def test_an_encoding_that_nobody_knows_is_refused_with_those_there_are(upload: Any) -> None:
    code, data, _ = upload(OPEN, "--encoding", "klingon")
    assert code == 1
    assert "cp1250, cp1251" in data["error"]


def test_quotes_can_be_said(upload: Any, sandbox: Any) -> None:
    text = b'id,phone,name\n1,6505550100,"Al\n2,6505550101,Bo\n'
    code, data, _ = upload(text, "--quotes", "none")
    assert (code, data["accepted"]) == (0, 2)


def test_lost_letters_are_said(upload: Any) -> None:
    _, _, said = upload(b"id,phone,name\n1,6505550100,?ngel Mu?oz\n")
    assert "Question marks stand where letters were" in said


def test_a_check_is_refused_until_somebody_has_said_it() -> None:
    job = arrived(OPEN)
    mapping, fields = {"0": "id", "1": "phone", "2": "name"}, (FIELDS[0], FIELDS[1], FIELDS[4])
    with pytest.raises(UploadRefused, match="Nothing in the file tells"):
        upload_configure(job=job, dialect={}, mapping=mapping, fields=fields, mode="add")
    look = upload_inspect(job=job, choices={**job.options["dialect"], "encoding_said": True})
    assert look.question is None
    reading_keep(job=job, inspection=look)
    upload_configure(job=job, dialect={}, mapping=mapping, fields=fields, mode="add")
    again = upload_inspect(job=arrived(OPEN))
    assert (again.question, again.dialect["encoding"]) == (None, "cp1252")


def test_the_page_shows_the_words_both_ways_and_asks_once(
    supervisor_client: Client, known_list: str, sandbox: Any
) -> None:
    text = OPEN.replace(b"id,phone,name", b"Account,Phone,First name")
    post_file(supervisor_client, known_list, text)
    job = Job.objects.get()
    shown_first = supervisor_client.get(map_url(job))
    page = shown_first.content.decode()
    assert page.count("How are these words meant?") == 1
    assert "<code>Boldù</code>" in page

    form = said(shown_first)
    response = supervisor_client.post(map_url(job), form)
    assert "Nothing in the file tells how its special characters are meant" in response.content.decode()
    supervisor_client.post(map_url(job), {**form, "read-encoding_answer": "cp1252", "reread": "1"})
    page = supervisor_client.get(map_url(job)).content.decode()
    assert "How are these words meant?" not in page
