"""Do Not Call lists of the older API: added, deleted, emptied and replaced, though duplicates are told as a number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from bpadmin.jobs.engine import driver, lanes
from bpadmin.jobs.models import JobState
from bpadmin.platforms.names import id_of
from dnc.entries import manual
from dnc.entries.clear import dnc_clear
from dnc.entries.ledger import Dates
from dnc.entries.manual import dnc_add, dnc_delete
from dnc.files.replace import dnc_replace_confirm
from dnc.kinds import DNC_ADD, DNC_DELETE, DNC_REPLACE
from dnc.lists.sync import dnc_list_type_in, dnc_lists_refresh
from dnc.models import DncEntry, DncKind, DncList, EntryState
from tests.dnc.files.filing import TESTER, checked_file, finished, numbers, sent_file
from tests.fixtures_tenants import connect

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "Nicht/anrufen 50%"


@pytest.fixture
def tenant(db: None, sandbox: Any) -> Any:
    return connect(sandbox, "brightpattern_legacy", slug="acme")


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less than in life for answers that do not come."""
    monkeypatch.setattr(driver, "PATIENT_READ", 0.5)
    monkeypatch.setattr(lanes, "COOL_SECONDS", 0.05)


class Known:
    """A list on the sandbox, and what is known of it here."""

    def __init__(self, tenant: Any, sandbox: Any, keys: list[str]) -> None:
        self.sandbox = sandbox
        self.id = sandbox.create_dnc_list(NAME, "INTERNAL", keys)
        self.list = dnc_list_type_in(tenant=tenant, name=NAME, type=DncKind.INTERNAL, actor=TESTER)

    @property
    def held(self) -> set[str]:
        return {entry["key"] for entry in self.sandbox.dump_dnc(self.id)}

    def ledger(self, state: EntryState = EntryState.PRESENT) -> set[str]:
        return set(DncEntry.objects.filter(dnc_list=self.list, state=state).values_list("key", flat=True))


@pytest.fixture
def known(tenant: Any, sandbox: Any) -> Known:
    return Known(tenant, sandbox, numbers(3))


def test_a_list_is_taken_by_its_name(tenant: Any, sandbox: Any, known: Known, supervisor_client: Any) -> None:
    assert known.list.remote_id == id_of(NAME)
    assert dnc_lists_refresh(tenant=tenant) == [known.list]
    sandbox.create_dnc_list("Second", "INTERNAL")
    url = reverse("dnc:type_in", args=[tenant.slug])
    page = supervisor_client.get(url).content.decode()
    assert "remote_id" not in page
    assert "Add a list by its name" in page
    supervisor_client.post(url, {"name": "Second", "type": "INTERNAL"})
    assert DncList.objects.get(name="Second").remote_id == "Second"
    assert "name is known already" in supervisor_client.post(url, {"name": NAME, "type": "INTERNAL"}).content.decode()


def test_a_number_is_blocked_by_hand_and_a_second_time_it_was_there(tenant: Any, known: Known) -> None:
    (first,) = dnc_add(tenant=tenant, text="650-555-9999", actor=TESTER)
    (again,) = dnc_add(tenant=tenant, text="650-555-9999", actor=TESTER)
    assert (first.n_done, first.n_already, first.is_done) == (1, 0, True)
    assert (again.n_done, again.n_already, again.is_done) == (0, 1, True)
    assert known.held == {*numbers(3), "16505559999"}
    assert known.ledger() == {"16505559999"}


def test_what_was_there_is_told_apart_by_the_ledger(tenant: Any, known: Known) -> None:
    dnc_add(tenant=tenant, text="6505559991", actor=TESTER, comment="first")
    until = timezone.now().date() + timedelta(days=9)
    text = "6505559991\n6505559992"
    (found,) = dnc_add(tenant=tenant, text=text, actor=TESTER, comment="second", dates=Dates(expires_on=until))
    assert (found.n_done, found.n_already) == (1, 1)
    entries = {entry.key: entry for entry in DncEntry.objects.filter(dnc_list=known.list)}
    assert (entries["16505559991"].comment, entries["16505559991"].expires_on) == ("first", None)
    assert (entries["16505559992"].comment, entries["16505559992"].expires_on) == ("second", until)


def test_what_the_ledger_does_not_know_is_counted_as_the_platform_says(tenant: Any, known: Known) -> None:
    job = sent_file(known.list, DNC_ADD, numbers(25))
    assert (job.state, job.n_added, job.n_already_there) == (JobState.SUCCEEDED, 22, 3)
    assert known.held == known.ledger() == set(numbers(25))


def test_numbers_are_taken_out_by_hand_and_by_file(tenant: Any, known: Known) -> None:
    (found,) = dnc_delete(tenant=tenant, text="\n".join(numbers(2, 2)), actor=TESTER, comment="asked", is_sure=True)
    assert (found.n_done, found.n_already) == (1, 1)
    job = sent_file(known.list, DNC_DELETE, numbers(5))
    assert (job.n_updated, job.n_already_there) == (2, 3)
    assert known.held == set()


@pytest.mark.parametrize("kind", ["http_503", "cut_after", "cut_before"])
def test_a_replacement_leaves_no_gap_and_faults_leave_ledger_and_list_alike(
    tenant: Any, sandbox: Any, kind: str
) -> None:
    known = Known(tenant, sandbox, [])
    known.list.max_shrink = 50
    known.list.save()
    sent_file(known.list, DNC_ADD, numbers(40), size=40)
    sandbox.faults([{"kind": kind, "probability": 0.3, "times": 5}])
    job = checked_file(known.list, DNC_REPLACE, numbers(40, 10))
    dnc_replace_confirm(job=job, actor=TESTER, typed_name=NAME, ring=False)
    job = finished(job)
    assert job.state == JobState.SUCCEEDED, job.message
    assert known.held == known.ledger() == set(numbers(40, 10))
    requests = sandbox.stats()["requests"]
    assert "v2.delete_all_dnc_records" not in requests


def test_a_lost_answer_is_asked_for_again_by_hand(
    tenant: Any, sandbox: Any, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manual, "TRY_SECONDS", 0.01)
    sandbox.faults([{"kind": "cut_after", "times": 1, "methods": ["v2.add_dnc_records"]}])
    (found,) = dnc_add(tenant=tenant, text="650-555-9999", actor=TESTER)
    assert (found.n_already, found.is_done) == (1, True)
    assert "16505559999" in known.held


def test_a_list_is_emptied(tenant: Any, known: Known) -> None:
    act = dnc_clear(dnc_list=known.list, typed_name=NAME, reason="season over", actor=TESTER)
    assert act.is_done
    assert "removed 3 entries" in act.sentence
    assert known.held == set()


def test_a_wrong_name_is_told_by_the_first_act(tenant: Any) -> None:
    dnc_list_type_in(tenant=tenant, name="No such", type=DncKind.INTERNAL, actor=TESTER)
    (found,) = dnc_add(tenant=tenant, text="650-555-9999", actor=TESTER)
    assert not found.is_done
    assert "no Do Not Call list of this name" in found.sentence
