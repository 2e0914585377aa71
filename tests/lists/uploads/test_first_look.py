"""The first look at an arriving file: in another process, and by a worker where it takes long."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.tasks import file_look
from bpadmin.tabular import readers, sources, tables
from bpadmin.tabular.dialects import delimiters
from bpadmin.tabular.encoding import guess
from bpadmin.tabular.workbooks import xlsx
from bpadmin.uploads import first_look, inspection
from tests.dnc.files.filing import known_list as known_dnc
from tests.lists.walking import GOOD, csv_file, map_url, post_file

pytestmark = pytest.mark.django_db(transaction=True)
POLL = {"HX-Request": "true", "HX-Target": "looking"}


@pytest.fixture
def no_parser_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every parser of a table fail in this process, which serves pages."""

    def here(*said: Any, **more: Any) -> None:
        raise AssertionError("a process that serves pages parses a stranger's bytes")

    for module, name in (
        *((tables, "look_at"), (tables, "packing_of"), (tables, "open_text"), (tables, "detect_encoding")),
        *((tables, "guess_delimiter"), (readers, "look_at"), (sources, "packing_of"), (xlsx, "Workbook")),
        *((guess, "detect_encoding"), (delimiters, "guess_delimiter")),
    ):
        monkeypatch.setattr(module, name, here)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let every look of a page take too long; give the seconds that were waited."""
    waited: list[float] = []

    def looked(*said: Any, seconds: float = 0.0, **more: Any) -> Any:
        waited.append(seconds)
        if seconds:
            raise readers.TooLong("It takes long.")
        return readers.looked_at(*said, **more)

    monkeypatch.setattr(inspection, "looked_at", looked)
    return waited


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The jobs that workers were asked to look into."""
    found: list[int] = []
    monkeypatch.setattr(first_look, "ring", lambda task, job_id, queue: found.append(job_id))
    return found


def test_no_page_of_the_wizard_parses_a_file(supervisor_client: Client, known_list: str, no_parser_here: None) -> None:
    response = post_file(supervisor_client, known_list, GOOD)
    job = Job.objects.get()
    assert response.headers["Location"] == map_url(job)
    page = supervisor_client.get(map_url(job)).content.decode()
    assert "Account" in page


def test_a_file_that_takes_long_is_looked_at_by_a_worker(
    supervisor_client: Client, known_list: str, slow: list[float], asked: list[int]
) -> None:
    response = post_file(supervisor_client, known_list, GOOD)
    job = Job.objects.get()
    assert (response.headers["Location"], asked, slow) == (map_url(job), [job.pk], [first_look.LOOK_SECONDS])
    page = supervisor_client.get(map_url(job))
    assert "The file is being looked at" in page.content.decode()
    assert "<h1" in page.content.decode()
    poll = supervisor_client.get(map_url(job), headers=POLL)
    assert poll.content.decode().lstrip().startswith('<div class="stack" id="looking"')
    assert (asked, len(slow)) == ([job.pk], 1)
    file_look(job.pk)
    job.refresh_from_db()
    assert job.options["header"] == ["Account", "First name", "Phone", "Due"]
    assert supervisor_client.get(map_url(job), headers=POLL).headers["HX-Refresh"] == "true"


def test_what_the_worker_refuses_is_told(
    supervisor_client: Client, known_list: str, slow: list[float], asked: list[int]
) -> None:
    post_file(supervisor_client, known_list, "\n\n\n")
    job = Job.objects.get()
    file_look(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    page = supervisor_client.get(map_url(job))
    assert page.status_code == 422
    assert "holds no text" in page.content.decode()
    file_look(job.pk)
    file_look(job.pk + 1)


def test_a_lost_message_does_not_leave_a_file_unread(
    supervisor_client: Client, known_list: str, slow: list[float], asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    post_file(supervisor_client, known_list, GOOD)
    job = Job.objects.get()
    first_look.cache.clear()
    supervisor_client.get(map_url(job), headers=POLL)
    assert asked == [job.pk, job.pk]


def test_a_worker_that_says_nothing_is_asked_again_and_two_of_them_read_once(
    supervisor_client: Client, known_list: str, slow: list[float], asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    post_file(supervisor_client, known_list, GOOD)
    job = Job.objects.get()
    monkeypatch.setattr(first_look, "AGAIN_SECONDS", -1)
    supervisor_client.get(map_url(job), headers=POLL)
    assert (asked, len(slow)) == ([job.pk, job.pk], 2)
    first_look.cache.set(f"{first_look._key(job)}:work", 1, 60)
    file_look(job.pk)
    assert first_look.is_unread(Job.objects.get())
    first_look.cache.delete(f"{first_look._key(job)}:work")
    file_look(job.pk)
    assert not first_look.is_unread(Job.objects.get())


def test_a_file_of_numbers_that_takes_long_is_looked_at_by_a_worker(
    supervisor_client: Client, tenant: Any, sandbox: Any, slow: list[float], asked: list[int]
) -> None:
    dnc_list = known_dnc(tenant, sandbox)
    supervisor_client.post(f"/t/acme/dnc/{dnc_list.pk}/upload/", {"file": csv_file("phone\n16505550100\n")})
    job = Job.objects.get()
    assert asked == [job.pk]
    url = f"/t/acme/dnc/files/{job.pk}/columns/"
    assert "The file is being looked at" in supervisor_client.get(url).content.decode()
    file_look(job.pk)
    assert supervisor_client.get(url, headers=POLL).headers["HX-Refresh"] == "true"
    assert "phone" in supervisor_client.get(url).content.decode()
