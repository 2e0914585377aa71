"""Files of requests into a voice campaign of Conpeek: one a call, and nobody called twice on a guess."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bpadmin.jobs.engine import driver, lanes, quiet_time
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState
from bpadmin.platforms.conpeek.record_rules import FIELDS
from bpadmin.tenants.connections.capabilities import capabilities_learn
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from tests.fixtures_tenants import browser_of, connect
from tests.jobs.uploading import accounted, counts, driven, queued_upload
from tests.lists.walking import ended, post_file, said, shown
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

MESSY = (
    "Name;Phone;Contact identifier;Note\n"
    "Ann;+48 22 123 45 67;C1;first\n"
    ";+48221234568;C2;\n"
    "Cy;;C3;\n"
    "Di;+48221234570;C4;\n"
    "Ed;call me;C5;\n"
)


def learnt(tenant: Tenant) -> Tenant:
    with tenant_client(tenant) as client:
        capabilities_learn(tenant, client)
    return tenant


@pytest.fixture
def tenant(db: None, sandbox: Any) -> Tenant:
    return learnt(connect(sandbox, "conpeek", slug="acme"))


@pytest.fixture
def campaign(sandbox: Any) -> str:
    return sandbox.create_voice_campaign("Jesień")


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less than in life for answers that do not come."""
    monkeypatch.setattr(driver, "PATIENT_READ", 0.5)
    monkeypatch.setattr(driver, "HURRIED_READ", 0.5)
    monkeypatch.setattr(lanes, "COOL_SECONDS", 0.05)
    monkeypatch.setattr(quiet_time, "SCALE", 0.0)


def people(count: int) -> list[dict[str, str]]:
    return [
        {
            "name": f"Person {number}",
            "contact_number": f"+4822{number:07d}",
            "contact_identifier": f"C{number}",
            "note": "",
        }
        for number in range(1, count + 1)
    ]


def names(sandbox: Any) -> list[str]:
    return sorted(request["name"] for request in sandbox.dump_requests())


def test_a_file_goes_into_a_voice_campaign_by_the_wizard(sandbox: Any, tenant: Tenant, campaign: str) -> None:
    client = browser_of(tenant)
    client.post("/t/acme/sources/new/", {"voice_campaign_id": campaign, "name": "Autumn calls"})
    page = client.get(f"/t/acme/records/{campaign}/").content.decode()
    assert f"/t/acme/lists/{campaign}/upload/" in page
    choose = client.get(f"/t/acme/lists/{campaign}/upload/").content.decode()
    assert "one request a call" in choose
    assert "Autumn calls" in choose
    assert f"/t/acme/records/{campaign}/" in choose
    post_file(client, campaign, MESSY)
    job = Job.objects.latest("id")
    mapping = client.get(f"/t/acme/uploads/{job.pk}/columns/")
    assert [choice["value"] for choice in mapping.context["step"].mapping.mode.choices] == ["add"]
    client.post(f"/t/acme/uploads/{job.pk}/columns/", said(mapping), follow=True)
    client.post(f"/t/acme/uploads/{job.pk}/check/", shown(job))
    job = accounted(ended(job))
    assert counts(job) == {"added": 2, "rejected": 3}
    kept = sandbox.dump_requests(campaign)
    assert sorted((one["name"], one["contact_number"], one["contact_identifier"], one["note"]) for one in kept) == [
        ("Ann", "+48221234567", "C1", "first"),
        ("Di", "+48221234570", "C4", None),
    ]
    told = client.get(f"/t/acme/jobs/{job.pk}/").content.decode()
    assert "2 of 5 rows are in the campaign" in told


def test_numbers_that_wait_already_are_found_first_and_are_a_choice(
    sandbox: Any, tenant: Tenant, campaign: str, tmp_path: Path
) -> None:
    sandbox.create_requests(campaign, [{"name": "Ann", "contact_number": "48221234567"}])
    path = tmp_path / "messy.csv"
    path.write_text(MESSY, encoding="utf-8")
    code, told = run("list_upload", "acme", campaign, str(path))
    assert code == 1
    assert "1 row is waiting to be called already" in str(told)
    assert len(sandbox.dump_requests()) == 1
    code, told = run("list_upload", "acme", campaign, str(path), "--leave-out-blocked")
    assert (code, told["accepted"], told["rejected"]) == (3, 1, 4)
    code, told = run("list_upload", "acme", campaign, str(path), "--send-blocked", "--again")
    assert (code, told["accepted"]) == (3, 2)
    assert names(sandbox) == ["Ann", "Ann", "Di", "Di"]


def test_open_requests_that_cannot_be_read_keep_the_file_back(
    sandbox: Any, tenant: Tenant, campaign: str, tmp_path: Path
) -> None:
    path = tmp_path / "messy.csv"
    path.write_text(MESSY, encoding="utf-8")
    sandbox.faults([{"kind": "html", "status": 200, "methods": ["conpeek.read_requests"], "after": 1}])
    code, told = run("list_upload", "acme", campaign, str(path))
    assert code == 1, told
    assert names(sandbox) == []


@pytest.mark.parametrize(
    ("kind", "apart"),
    [
        ("cut_after", 0),
        ("cut_before", 0),
        ("cut_after", 86_400),
        *(pytest.param(*case, marks=pytest.mark.slow) for case in [
            ("cut_body", 0), ("cut_before", 86_400), ("cut_body", 86_400),
        ]),
    ],
)  # fmt: skip
def test_a_lost_answer_is_settled_by_reading_what_was_created_since(
    sandbox: Any, tenant: Tenant, campaign: str, kind: str, apart: int
) -> None:
    # What was there before is no proof, nor is a clock of theirs that differs from ours.
    sandbox.create_requests(campaign, [{**people(9)[8], "created_date": "2020-01-01 00:00:00", "state": "CLOSED"}])
    sandbox.advance(apart)
    sandbox.faults([{"kind": kind, "methods": ["conpeek.add_request"], "after": 5, "times": 1}])
    job = driven(queued_upload(tenant, campaign, people(12), fields=FIELDS))
    assert job.state == JobState.SUCCEEDED, job.message
    assert counts(job) == {"added": 12}
    assert names(sandbox) == sorted([*(row["name"] for row in people(12)), "Person 9"])


def test_two_alike_are_a_question(sandbox: Any, tenant: Tenant, campaign: str) -> None:
    sandbox.faults([{"kind": "cut_after", "methods": ["conpeek.add_request"], "after": 2, "times": 1}])
    job = driven(queued_upload(tenant, campaign, people(2) + people(1), fields=FIELDS, lanes=1))
    assert counts(job) == {"added": 2, "uncertain": 1}
    assert Chunk.objects.get(job=job, state=ChunkState.ASK).first_row == 4


def test_a_server_that_cannot_add_offers_no_upload(sandbox: Any, campaign: str) -> None:
    sandbox.options(conpeek_newer=False)
    older = learnt(connect(sandbox, "conpeek", slug="older"))
    browser = browser_of(older)
    assert browser.get(f"/t/older/lists/{campaign}/upload/").status_code == 404
    assert "upload" not in browser.get(f"/t/older/records/{campaign}/").content.decode().lower()
