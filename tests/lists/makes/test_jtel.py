"""Files into a campaign of jtel: one contact a call, every row accounted for, nobody twice where there is UserData."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bpadmin.jobs.engine import driver, lanes, quiet_time
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState
from bpadmin.platforms import REGISTRY
from bpadmin.tenants.models import Tenant
from tests.fixtures_tenants import browser_of, connect
from tests.jobs.uploading import accounted, counts, driven, outcomes, queued_upload
from tests.lists.walking import ended, post_file, said, shown
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

INFO = REGISTRY["jtel"]
FIELDS = [spec for spec in INFO.record_fields({}) if spec.name in ("Name", "PhoneNumber1", "UserData")]
MESSY = (
    "Nachname;Vorname;Telefon 1;UserData;Ort\n"
    "Müller;Ann;+49 30 123-456;U1;Berlin\n"
    ";Bob;+4930123457;U2;Bonn\n"
    "Schmidt;Cy;;U3;Köln\n"
    "Krause;Di;0171/2345678;U4;Ulm\n"
    "Krause;Di;0171/2345678;U4;Ulm\n"
    "Vogt;Ed;+4930123458;;Hof\n"
    f"{'X' * 65};Flo;+4930123459;U6;Hof\n"
)


@pytest.fixture
def tenant(db: None, sandbox: Any) -> Tenant:
    return connect(sandbox, "jtel", slug="acme")


@pytest.fixture
def campaign(sandbox: Any) -> str:
    return str(sandbox.create_jtel_campaign("Herbst"))


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less than in life for answers that do not come."""
    monkeypatch.setattr(driver, "PATIENT_READ", 0.5)
    monkeypatch.setattr(driver, "HURRIED_READ", 0.5)
    monkeypatch.setattr(lanes, "COOL_SECONDS", 0.05)
    monkeypatch.setattr(quiet_time, "SCALE", 0.0)


def people(count: int, *, user_data: bool = True) -> list[dict[str, str]]:
    return [
        {
            "Name": f"Person {number}",
            "PhoneNumber1": f"+4930{number:07d}",
            "UserData": f"U{number}" if user_data else "",
        }
        for number in range(1, count + 1)
    ]


def names(sandbox: Any) -> list[str]:
    return sorted(contact["Name"] for contact in sandbox.dump_jtel_contacts())


def test_a_file_goes_into_a_campaign_by_the_wizard(sandbox: Any, tenant: Tenant, campaign: str) -> None:
    client = browser_of(tenant)
    page = client.get(f"/t/acme/campaigns/{campaign}/")
    assert f"/t/acme/lists/{campaign}/upload/" in page.content.decode()
    assert "one contact a call" in client.get(f"/t/acme/lists/{campaign}/upload/").content.decode()
    post_file(client, campaign, MESSY)
    job = Job.objects.latest("id")
    mapping = client.get(f"/t/acme/uploads/{job.pk}/columns/")
    assert [choice["value"] for choice in mapping.context["step"].mapping.mode.choices] == ["add", "upsert"]
    html = mapping.content.decode()
    assert f"/t/acme/campaigns/{campaign}/" in html
    assert "Field in the campaign" in html
    check = client.post(f"/t/acme/uploads/{job.pk}/columns/", said(mapping, **{"send-mode": "upsert"}), follow=True)
    job.refresh_from_db()
    codes = {problem["code"]: problem["count"] for problem in job.report["problems"]}
    assert codes == {"missing_required": 1, "no_phone": 1, "missing_key": 1, "too_long": 1}
    assert "Numbers without + and country code" in check.content.decode()
    client.post(f"/t/acme/uploads/{job.pk}/check/", shown(job))
    job = accounted(ended(job))
    assert counts(job) == {"added": 2, "rejected": 5}
    kept = {contact["UserData"]: contact for contact in sandbox.dump_jtel_contacts(int(campaign))}
    assert kept.keys() == {"U1", "U4"}
    assert (kept["U1"]["PhoneNumber1"], kept["U1"]["City"]) == ("+4930123456", "Berlin")
    assert kept["U4"]["PhoneNumber1"] == "01712345678"
    told = client.get(f"/t/acme/jobs/{job.pk}/").content.decode()
    assert "2 of 7 rows are in the campaign" in told


def test_the_shell_does_the_same(sandbox: Any, tenant: Tenant, campaign: str, tmp_path: Path) -> None:
    path = tmp_path / "messy.csv"
    path.write_text(MESSY, encoding="utf-8")
    code, told = run("list_upload", "acme", "Herbst", str(path), "--mode", "upsert")
    assert (code, told["accepted"], told["rejected"]) == (3, 2, 5)
    assert len(sandbox.dump_jtel_contacts(int(campaign))) == 2
    code, told = run("list_upload", "acme", "Herbst", str(path), "--mode", "update", "--again")
    assert code == 1
    assert "Add or update" in str(told)


def test_adding_makes_another_contact_and_updating_does_not(sandbox: Any, tenant: Tenant, campaign: str) -> None:
    rows = people(3)
    driven(queued_upload(tenant, campaign, rows, fields=FIELDS))
    driven(queued_upload(tenant, campaign, rows, fields=FIELDS))
    assert len(sandbox.dump_jtel_contacts()) == 6
    rows = [{**row, "Name": "Renamed"} for row in people(4)[3:]] + people(4)[3:]
    driven(queued_upload(tenant, campaign, people(4)[3:], fields=FIELDS, mode="upsert"))
    job = driven(queued_upload(tenant, campaign, rows[:1], fields=FIELDS, mode="upsert"))
    assert counts(job) == {"added": 1}
    assert names(sandbox).count("Renamed") == 1
    assert len(sandbox.dump_jtel_contacts()) == 7


@pytest.mark.parametrize(
    ("kind", "applied"),
    [
        ("cut_after", True),
        ("http_503", True),
        ("http_503", False),
        *(pytest.param(*case, marks=pytest.mark.slow) for case in [
            ("cut_before", True), ("cut_after", False), ("cut_before", False), ("cut_body", True), ("cut_body", False),
        ]),
    ],
)  # fmt: skip
def test_nobody_is_there_twice_by_user_data_whatever_is_lost(
    sandbox: Any, tenant: Tenant, campaign: str, kind: str, applied: bool
) -> None:
    fault = {"kind": kind, "methods": ["jtel.import_contact"], "probability": 0.4, "times": 6, "applied": applied}
    sandbox.faults([fault])
    job = driven(queued_upload(tenant, campaign, people(30), fields=FIELDS, mode="upsert"))
    assert job.state == JobState.SUCCEEDED, job.message
    assert counts(job) == {"added": 30}
    assert names(sandbox) == sorted(row["Name"] for row in people(30))


@pytest.mark.parametrize("user_data", [True, False])
@pytest.mark.parametrize("kind", ["cut_after", "cut_before"])
def test_a_lost_answer_is_looked_up_where_nothing_keeps_rows_apart(
    sandbox: Any, tenant: Tenant, campaign: str, kind: str, user_data: bool
) -> None:
    sandbox.faults([{"kind": kind, "methods": ["jtel.import_contact"], "after": 5, "times": 1}])
    rows = people(12, user_data=user_data)
    job = driven(queued_upload(tenant, campaign, rows, fields=FIELDS))
    assert job.state == JobState.SUCCEEDED, job.message
    assert counts(job) == ({"added": 11, "already_there": 1} if kind == "cut_after" else {"added": 12})
    assert names(sandbox) == sorted(row["Name"] for row in rows)
    if kind == "cut_after":
        assert "1 found there after a lost answer" in job.message


def test_rows_that_are_alike_are_a_question_and_not_sent_again(sandbox: Any, tenant: Tenant, campaign: str) -> None:
    sandbox.faults([{"kind": "cut_after", "methods": ["jtel.import_contact"], "after": 2, "times": 1}])
    rows = people(2) + people(1)
    job = driven(queued_upload(tenant, campaign, rows, fields=FIELDS, lanes=1))
    assert job.state == JobState.PARTIAL
    assert counts(job) == {"added": 2, "uncertain": 1}
    (asked,) = Chunk.objects.filter(job=job, state=ChunkState.ASK)
    assert asked.first_row == 4
    assert "row 4 was lost" in asked.message
    assert "in the campaign" in job.message
    page = browser_of(tenant).get(f"/t/acme/jobs/{job.pk}/").content.decode()
    assert "in the campaign?" in page


def test_not_to_be_found_tells_nothing_before_a_row_was_surely_taken(
    sandbox: Any, tenant: Tenant, campaign: str
) -> None:
    sandbox.faults([{"kind": "cut_before", "methods": ["jtel.import_contact"], "times": 1}])
    job = driven(queued_upload(tenant, campaign, people(1), fields=FIELDS))
    assert counts(job) == {"uncertain": 1}
    assert sandbox.dump_jtel_contacts() == []


def test_rows_that_the_dialler_refuses_have_its_words_and_the_rest_goes_on(
    sandbox: Any, tenant: Tenant, campaign: str
) -> None:
    sandbox.options(jtel_is_older=True)
    rows = people(4)
    rows[1]["UserData"] = "U" * 40
    job = driven(queued_upload(tenant, campaign, rows, fields=FIELDS, mode="upsert"))
    assert counts(job) == {"added": 3, "rejected": 1}
    assert outcomes(job) == {"badRequest": [3]}
    assert "longer than 32 characters" in str(list(Chunk.objects.filter(job=job).values_list("outcome", flat=True)))


def test_an_older_release_has_shorter_fields_and_no_new_beginning(sandbox: Any, campaign: str) -> None:
    older = connect(sandbox, "jtel", slug="older", release="older")
    fields = {spec.name: spec.max_length for spec in INFO.record_fields(older.credentials)}
    assert (fields["UserData"], fields["Title"]) == (32, 16)
    code, told = run("list_upload", "older", campaign, __file__, "--mode", "upsert", "--reset-dialling")
    assert code == 1
    assert "nothing of the kind" in str(told)


def test_dialling_begins_anew_where_that_was_said(sandbox: Any, tenant: Tenant, campaign: str, tmp_path: Path) -> None:
    dialled = {"Name": "Ann", "PhoneNumber1": "+491", "UserData": "U1", "nTries": 4, "bDone": True}
    sandbox.create_jtel_contacts(int(campaign), [dialled, {**dialled, "UserData": "U2"}])
    path = tmp_path / "again.csv"
    for user_data, more in (("U1", ()), ("U2", ("--reset-dialling",))):
        path.write_text(f"Name;PhoneNumber1;UserData\nAnna;+4930123456;{user_data}\n", encoding="utf-8")
        code, told = run("list_upload", "acme", "Herbst", str(path), "--mode", "upsert", *more)
        assert code == 0, told
    kept = {one["UserData"]: (one["Name"], one["nTries"], one["bDone"]) for one in sandbox.dump_jtel_contacts()}
    assert kept == {"U1": ("Anna", 4, True), "U2": ("Anna", 0, False)}


def test_a_campaign_that_is_gone_ends_the_job_in_words(sandbox: Any, tenant: Tenant, campaign: str) -> None:
    job = queued_upload(tenant, "987", people(3), fields=FIELDS, mode="upsert")
    job = driven(job)
    assert job.state == JobState.FAILED
    assert "does not know this campaign" in job.message
    assert counts(job) == {"not_sent": 3}


def test_the_campaign_page_shows_hours_flags_weights_and_what_results_do(sandbox: Any, tenant: Tenant) -> None:
    campaign = sandbox.create_jtel_campaign("Winter", tToFriday="16:30:00", Weight=40, bMailboxDetection=True)
    page = browser_of(tenant).get(f"/t/acme/campaigns/{campaign}/").content.decode()
    assert "Hours of the week" in page
    assert "16:30" in page
    assert "Mailbox detection: on" in page
    assert "The contact is called again at the date and time that was agreed." in page
    code, told = run("campaign_show", "acme", str(campaign))
    assert code == 0
    assert told["hours"][4] == {"day": "Friday", "from": "09:00", "to": "16:30"}  # type: ignore[index]
    assert told["weights"] == {"Weight": "40"}


def test_lists_of_campaigns_have_no_state_where_the_dialler_tells_none(tenant: Tenant, campaign: str) -> None:
    code, told = run("campaign_list", "acme")
    assert (code, told["campaigns"]) == (0, [{"id": campaign, "name": "Herbst"}])
    assert "disabled" not in str(run("list_upload", "acme", "Frühling", __file__))


def test_jtels_own_csv_is_exported_and_maps_itself_when_it_is_uploaded(
    sandbox: Any, tenant: Tenant, campaign: str, tmp_path: Path
) -> None:
    held = [{**each, "City": 'Hof "am Rand"', "Comment": "=1+1; so"} for each in people(3)]
    sandbox.create_jtel_contacts(int(campaign), held)
    path = tmp_path / "contacts.csv"
    columns = "Name,PhoneNumber1,UserData,City,Comment"
    code, told = run("records_export", "acme", "Herbst", "--format", "own.csv", "--columns", columns, "-o", str(path))
    assert code == 0, told
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == '"Name";"PhoneNumber1";"UserData";"City";"Comment"'
    assert lines[1] == '"Person 1";"+49300000001";"U1";"Hof ""am Rand""";"=1+1; so"'
    other = str(sandbox.create_jtel_campaign("Frühling"))
    client = browser_of(tenant)
    post_file(client, other, path.read_bytes(), name="contacts.csv")
    job = Job.objects.latest("id")
    shown_columns = client.get(f"/t/acme/uploads/{job.pk}/columns/").context["step"].mapping.columns
    assert [column.form["name"].value() for column in shown_columns] == columns.split(",")
    code, told = run("list_upload", "acme", "Frühling", str(path), "--mode", "add", "--accept", "formulas")
    assert code == 0, told
    new = sorted(sandbox.dump_jtel_contacts(int(other)), key=lambda each: str(each["Name"]))
    assert [(each["Name"], each["City"], each["Comment"]) for each in new] == [
        (each["Name"], each["City"], each["Comment"]) for each in held
    ]
