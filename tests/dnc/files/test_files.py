"""Files of keys: added, deleted and replaced through the engine, with the ledger beside the sandbox."""

from __future__ import annotations

import threading

import pytest

from bpadmin.jobs.files.rejects import rejects_lines
from bpadmin.jobs.models import ChunkState, JobState
from dnc.entries.manual import dnc_add
from dnc.files.options import Way
from dnc.files.replace import difference_of, dnc_replace_confirm, dnc_replace_go_on
from dnc.kinds import DNC_ADD, DNC_DELETE, DNC_REPLACE
from dnc.lists.sync import DncRefused
from dnc.models import DncChange, DncEntry, DncKind, EntryState
from tests.dnc.files.filing import TESTER, checked_file, finished, held, known_list, numbers, sent_file

pytestmark = pytest.mark.django_db(transaction=True)


def present(dnc_list) -> set[str]:
    """Return the keys that the ledger takes for present."""
    return set(DncEntry.objects.filter(dnc_list=dnc_list, state=EntryState.PRESENT).values_list("key", flat=True))


def replaced(dnc_list, lines, **more):
    """Replace a list's contents by a file's."""
    job = checked_file(dnc_list, DNC_REPLACE, lines, **more)
    dnc_replace_confirm(job=job, actor=TESTER, typed_name=dnc_list.name, ring=False)
    return finished(job)


def test_a_file_goes_in_as_calling_lists_write_numbers(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, ["16505550001"])
    lines = ['"(650) 555-0001",old', "+1 650 555 0002,new", "16505550002,twice", "555,short", "+49 30 1234567,Berlin"]
    job = sent_file(dnc_list, DNC_ADD, lines, header="Phone,comment")
    assert (job.n_added, job.n_already_there, job.n_rejected) == (2, 1, 2)
    assert held(sandbox, dnc_list) == present(dnc_list) == {"16505550001", "16505550002", "49301234567"}
    assert {e["key"]: e["comment"] for e in sandbox.dump_dnc(dnc_list.remote_id)}["49301234567"] == "Berlin"
    rejects = b"".join(rejects_lines(job)).decode()
    assert "555,short" in rejects
    assert "it has 3 digits" in rejects
    assert "duplicate_in_file" in rejects
    entry = DncEntry.objects.select_related("source").get(key="16505550002")
    assert (entry.added_by_name, entry.comment) == ("tester", "new")
    assert "numbers.csv" in entry.source.text
    change = DncChange.objects.get(kind="add")
    assert (change.n_asked, change.n_done, change.n_already, change.n_refused) == (5, 2, 1, 2)
    assert change.file_sha256 == job.file_sha256


def test_capitals_matter_in_excluded_values_and_spaces_at_the_ends_do_not(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, type=DncKind.EXCLUSION, list_field="account")
    job = sent_file(dnc_list, DNC_ADD, [" ab ", "AB", "ab"], header="account")
    assert (job.n_added, job.n_rejected) == (2, 1)
    assert held(sandbox, dnc_list) == {"ab", "AB"}


def test_a_file_takes_numbers_out(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, numbers(30))
    job = sent_file(dnc_list, DNC_DELETE, numbers(20, 15))
    assert (job.state, job.n_updated, job.n_already_there) == (JobState.SUCCEEDED, 15, 5)
    assert held(sandbox, dnc_list) == set(numbers(15))
    assert "15 removed, 5 not there before" in job.message


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["http_503", "cut_after", "cut_before", "html", "cut_body"])
def test_faults_leave_ledger_and_list_alike(tenant, sandbox, kind):
    dnc_list = known_list(tenant, sandbox, numbers(40))
    sent_file(dnc_list, DNC_ADD, numbers(40), size=40)
    sandbox.faults([{"kind": kind, "probability": 0.3, "times": 5}])
    job = replaced(dnc_list, numbers(60, 20))
    assert job.state == JobState.SUCCEEDED, job.message
    assert held(sandbox, dnc_list) == present(dnc_list) == set(numbers(60, 20))


def test_a_replacement_never_lets_go_of_what_stays(tenant, sandbox):
    old, new = numbers(300), numbers(300, 20)
    dnc_list = known_list(tenant, sandbox, max_shrink=50)
    sent_file(dnc_list, DNC_ADD, old, size=100)
    job = checked_file(dnc_list, DNC_REPLACE, new)
    difference = difference_of(job)
    assert (difference.known, difference.new, difference.gone, difference.kept) == (300, 20, 20, 280)
    assert difference.gone_samples[0] == old[0]
    assert difference.new_samples[0] == numbers(1, 300)[0]
    sandbox.latency(0.01)
    sandbox.faults([{"kind": "cut_after", "probability": 0.2, "times": 4}])
    both, over, gaps, looks = sorted(set(old) & set(new)), threading.Event(), [], []

    def watch() -> None:
        while not over.is_set():
            looks.append(sandbox.unblocked(both))
            if looks[-1]:
                gaps.append(looks[-1])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        dnc_replace_confirm(job=job, actor=TESTER, ring=False)
        job = finished(job)
    finally:
        over.set()
        watcher.join()
    assert job.state == JobState.SUCCEEDED, job.message
    assert len(looks) > 5
    assert gaps == []
    assert held(sandbox, dnc_list) == present(dnc_list) == set(new)
    assert (job.n_added, job.n_already_there, job.n_updated) == (20, 280, 20)
    assert DncChange.objects.filter(kind="replace").count() == 1


def test_a_file_that_would_remove_much_must_be_confirmed_by_typing(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox)
    sent_file(dnc_list, DNC_ADD, numbers(100), size=100)
    job = checked_file(dnc_list, DNC_REPLACE, numbers(80))
    with pytest.raises(DncRefused, match=r"20 of 100 .* \(20\.0 %\)"):
        dnc_replace_confirm(job=job, actor=TESTER, is_sure=True, ring=False)
    with pytest.raises(DncRefused, match="up to 15 %"):
        dnc_replace_confirm(job=job, actor=TESTER, max_shrink=15, ring=False)
    dnc_replace_confirm(job=job, actor=TESTER, max_shrink=20, ring=False)
    assert finished(job).state == JobState.SUCCEEDED
    assert held(sandbox, dnc_list) == set(numbers(80))


def test_rows_that_cannot_be_read_are_a_question_too(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox)
    sent_file(dnc_list, DNC_ADD, numbers(100), size=100)
    job = checked_file(dnc_list, DNC_REPLACE, [*numbers(99), "650555"])
    with pytest.raises(DncRefused, match="1 row of the file cannot be read"):
        dnc_replace_confirm(job=job, actor=TESTER, ring=False)


def test_what_nobody_knows_of_stays_blocked_and_the_page_says_so(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, ["19075550000"])
    job = checked_file(dnc_list, DNC_REPLACE, numbers(5))
    assert "stay blocked" in difference_of(job).warnings[0]
    dnc_replace_confirm(job=job, actor=TESTER, ring=False)
    assert finished(job).state == JobState.SUCCEEDED
    assert held(sandbox, dnc_list) == {"19075550000", *numbers(5)}


def test_the_emptying_way_is_named_as_a_risk_and_makes_the_ledger_complete(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, ["19075550000"])
    job = checked_file(dnc_list, DNC_REPLACE, numbers(25), way=Way.EMPTYING)
    with pytest.raises(DncRefused, match="emptied first"):
        dnc_replace_confirm(job=job, actor=TESTER, ring=False)
    dnc_replace_confirm(job=job, actor=TESTER, typed_name="Company DNC", ring=False)
    assert finished(job).state == JobState.SUCCEEDED
    dnc_list.refresh_from_db()
    assert dnc_list.is_complete
    assert held(sandbox, dnc_list) == present(dnc_list) == set(numbers(25))


def test_what_is_added_by_hand_after_the_check_is_not_removed(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, max_shrink=100)
    sent_file(dnc_list, DNC_ADD, numbers(30), size=30)
    job = checked_file(dnc_list, DNC_REPLACE, numbers(20))
    dnc_add(tenant=tenant, text="16505550025", actor=TESTER)
    dnc_replace_confirm(job=job, actor=TESTER, ring=False)
    job = finished(job)
    assert held(sandbox, dnc_list) == present(dnc_list) == {*numbers(20), "16505550025"}
    assert (job.state, job.n_rejected) == (JobState.PARTIAL, 1)


def test_nothing_is_removed_while_the_list_does_not_hold_the_whole_file(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, max_shrink=100)
    sent_file(dnc_list, DNC_ADD, numbers(30), size=30)
    job = checked_file(dnc_list, DNC_REPLACE, numbers(20, 20))
    sandbox.faults([{"kind": "drop_row", "probability": 1}])
    dnc_replace_confirm(job=job, actor=TESTER, ring=False)
    job = finished(job)
    sandbox.faults([])
    assert (job.state, job.n_unaccounted) == (JobState.PARTIAL, 2)
    assert job.chunks.filter(state=ChunkState.HELD).exists()
    assert set(numbers(30)) <= held(sandbox, dnc_list)
    job = finished(dnc_replace_go_on(job=job, actor=TESTER))
    assert job.n_not_sent == 0
    assert not set(numbers(20)) & held(sandbox, dnc_list)


def test_entries_that_the_job_itself_put_in_or_took_out_are_not_called_older_than_it(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, numbers(5))
    sandbox.faults([{"kind": "cut_after", "times": 1, "methods": ["add_many_dnc_records"]}])
    job = sent_file(dnc_list, DNC_ADD, numbers(20), size=20)
    assert (job.n_added, job.n_already_there) == (0, 20)
    assert job.message == "All 20 rows are in the list now (20 found there after a lost answer)."
    sandbox.faults([{"kind": "cut_after", "times": 1, "methods": ["delete_many_dnc_records"]}])
    job = sent_file(dnc_list, DNC_DELETE, numbers(20), size=20)
    assert "20 gone already when asked again after a lost answer" in job.message
    assert "not there before" not in job.message
    sent_file(dnc_list, DNC_ADD, numbers(3), size=20)
    sandbox.faults([{"kind": "cut_after", "times": 2, "methods": ["add_many_dnc_records", "delete_many_dnc_records"]}])
    job = replaced(dnc_list, numbers(20, 3))
    assert "0 were there before" in job.message
    assert "found there after a lost answer" in job.message


def test_of_a_large_file_a_number_that_comes_again_is_refused_without_its_first_row(tenant, sandbox, monkeypatch):
    monkeypatch.setattr("dnc.files.services.LARGE_FILE", 100)
    dnc_list = known_list(tenant, sandbox)
    job = sent_file(dnc_list, DNC_ADD, [*numbers(30), "(650) 555-0003", "650.555.0029"])
    assert (job.n_added, job.n_rejected) == (30, 2)
    assert held(sandbox, dnc_list) == set(numbers(30))
    rejects = b"".join(rejects_lines(job)).decode()
    assert rejects.count("Leave it out: an earlier row has the same key.") == 2
