"""What the ledger makes of a lost answer."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bpadmin.audit.models import Outcome
from dnc.entries.ledger import Dates, changed_since, entries_added, entries_removed, entries_unknown, entries_wanted
from dnc.entries.manual import dnc_add, dnc_delete
from dnc.kinds import DNC_ADD
from dnc.models import DncEntry, DncList, DncSource, EntryState
from tests.dnc.files.filing import TESTER, known_list, numbers, sent_file

ENDS = Dates(expires_on=date(2030, 1, 31))


def states(dnc_list: DncList) -> list[EntryState]:
    """Return the states of a list's entries in the order of their keys."""
    entries = DncEntry.objects.filter(dnc_list=dnc_list).order_by("key")
    return [EntryState(state) for state in entries.values_list("state", flat=True)]


@pytest.fixture
def ledger(db, tenant):
    """A list with an entry that is there, one that was removed and one that was asked for, and who says so."""
    dnc_list = DncList.objects.create(tenant=tenant, remote_id="d1", name="Company DNC")
    source = DncSource.objects.create(tenant=tenant, by_name="tester", text="by hand")
    there, gone, wanted, _ = numbers(4)
    entries_added(dnc_list.pk, [(there, "asked"), (gone, "")], source, ENDS)
    entries_removed(dnc_list.pk, [gone], source)
    entries_wanted(dnc_list.pk, [wanted], source, Dates())
    assert states(dnc_list) == [EntryState.PRESENT, EntryState.REMOVED, EntryState.WANTED]
    return dnc_list, source


def test_a_lost_addition_puts_everything_in_doubt_but_what_is_surely_there(ledger):
    dnc_list, source = ledger
    entries_unknown(dnc_list.pk, [(key, "later") for key in numbers(4)], source, is_delete=False)
    unknown = EntryState.UNKNOWN
    assert states(dnc_list) == [EntryState.PRESENT, unknown, unknown, unknown]
    entry = DncEntry.objects.get(key=numbers(1)[0])
    assert (entry.comment, entry.expires_on) == ("asked", ENDS.expires_on)


def test_a_lost_deletion_puts_what_was_there_in_doubt_and_leaves_its_time(ledger):
    dnc_list, source = ledger
    key = numbers(1)[0]
    before = DncEntry.objects.get(key=key).changed_at
    entries_unknown(dnc_list.pk, [(key, "")], source, is_delete=True)
    entry = DncEntry.objects.get(key=key)
    assert (entry.state, entry.changed_at) == (EntryState.UNKNOWN, before)
    assert changed_since(dnc_list.pk, [key], before - timedelta(seconds=1)) == {key}
    entries_unknown(dnc_list.pk, [(key, "")], source, is_delete=False)
    assert DncEntry.objects.get(key=key).changed_at > before


@pytest.mark.django_db(transaction=True)
def test_a_number_that_is_there_stays_sure_when_adding_it_again_stays_without_an_answer(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox)
    sent_file(dnc_list, DNC_ADD, numbers(1))
    sandbox.faults([{"kind": "cut_after", "paths": ["donotcalllist"]}])
    found = dnc_add(tenant=tenant, text=", ".join(numbers(2)), actor=TESTER)[0]
    assert found.outcome == Outcome.UNKNOWN
    assert states(dnc_list) == [EntryState.PRESENT, EntryState.UNKNOWN]
    assert dnc_delete(tenant=tenant, text=numbers(1)[0], actor=TESTER, comment="x")[0].outcome == Outcome.UNKNOWN
    assert states(dnc_list) == [EntryState.UNKNOWN, EntryState.UNKNOWN]
