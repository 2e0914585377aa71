"""A tenant that lets its lists be read: all lists are found, and a replacement compares with what is there today."""

from __future__ import annotations

import pytest

from bpadmin.jobs.models import JobState
from bpadmin.platforms.errors import Unsupported
from dnc.entries.lookup import dnc_why
from dnc.entries.read_back import dnc_read_back
from dnc.files.replace import difference_of, dnc_replace_confirm
from dnc.kinds import DNC_REPLACE
from dnc.lists.sync import dnc_lists_refresh
from dnc.models import DncList
from tests.dnc.files.filing import TESTER, checked_file, finished, held, known_list, numbers

pytestmark = pytest.mark.django_db(transaction=True)


def test_lists_that_no_campaign_uses_are_found(newer, sandbox):
    sandbox.create_dnc_list("Unused", "INTERNAL", numbers(2))
    (dnc_list,) = dnc_lists_refresh(tenant=newer)
    assert (dnc_list.name, dnc_list.source, dnc_list.campaigns) == ("Unused", DncList.Source.TENANT, [])


def test_what_is_read_back_is_known(newer, sandbox):
    dnc_list = known_list(newer, sandbox, numbers(2500))
    assert dnc_read_back(dnc_list=dnc_list, actor=TESTER).new == 2500
    why = dnc_why(tenant=newer, number_or_value=numbers(1, 2499)[0])
    assert why.is_blocked
    assert "read from the tenant" in why.matches[0].sentence
    assert why.unread == ()


def test_a_replacement_removes_what_others_had_put_in(newer, sandbox):
    dnc_list = known_list(newer, sandbox, numbers(30), max_shrink=50)
    job = checked_file(dnc_list, DNC_REPLACE, numbers(30, 10))
    difference = difference_of(job)
    assert (difference.known, difference.new, difference.gone, difference.is_complete) == (30, 10, 10, True)
    assert difference.warnings == ()
    dnc_replace_confirm(job=job, actor=TESTER, ring=False)
    assert finished(job).state == JobState.SUCCEEDED
    assert held(sandbox, dnc_list) == set(numbers(30, 10))


def test_a_tenant_that_cannot_be_read_says_so(tenant, sandbox):
    with pytest.raises(Unsupported):
        dnc_read_back(dnc_list=known_list(tenant, sandbox), actor=TESTER)


def test_reading_back_meanwhile_does_not_keep_what_is_to_go(newer, sandbox):
    dnc_list = known_list(newer, sandbox, numbers(30), max_shrink=50)
    job = checked_file(dnc_list, DNC_REPLACE, numbers(30, 10))
    dnc_read_back(dnc_list=dnc_list, actor=TESTER)
    dnc_replace_confirm(job=job, actor=TESTER, ring=False)
    assert finished(job).n_updated == 10
    assert held(sandbox, dnc_list) == set(numbers(30, 10))
