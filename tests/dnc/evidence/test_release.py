"""When a replacement may remove what is gone: only once the platform holds everything that the file holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bpadmin.jobs.choices import IllegalMove
from bpadmin.jobs.models import ChunkState, Job, JobState
from bpadmin.platforms.brightpattern.client import BrightPatternClient
from dnc.files.handler import KeysHandler
from dnc.files.options import keys_options
from dnc.files.replace import dnc_replace_confirm, dnc_replace_go_on
from dnc.kinds import DNC_ADD, DNC_REPLACE
from tests.dnc.files.filing import TESTER, checked_file, finished, held, known_list, numbers, sent_file

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def replacement(tenant, sandbox):
    """A checked replacement of 30 numbers by 20 others of which one stands in the file twice."""
    dnc_list = known_list(tenant, sandbox, max_shrink=100)
    sent_file(dnc_list, DNC_ADD, numbers(30), size=30)
    return dnc_list, checked_file(dnc_list, DNC_REPLACE, [*numbers(20, 100), numbers(1, 100)[0]])


def test_a_number_that_the_platform_refuses_holds_the_removal_back(replacement, sandbox, monkeypatch):
    dnc_list, job = replacement
    unwanted, plain = numbers(1, 105)[0], BrightPatternClient.add_many_dnc_records

    def add(client, list_id, body):
        kept = body.replace(f'{{"key":"{unwanted}"}},'.encode(), b"")
        answer = plain(client, list_id, kept)
        return answer if kept == body else replace(answer, errors={"formatError": [{"key": unwanted}]})

    monkeypatch.setattr(BrightPatternClient, "add_many_dnc_records", add)
    dnc_replace_confirm(job=job, actor=TESTER, ring=False)
    job = finished(job)
    assert (job.state, job.n_added, job.n_rejected, job.n_rejected_check) == (JobState.PARTIAL, 19, 2, 1)
    assert job.chunks.filter(state=ChunkState.HELD).exists()
    assert set(numbers(30)) <= held(sandbox, dnc_list)
    assert finished(dnc_replace_go_on(job=job, actor=TESTER)).n_not_sent == 0
    assert not set(numbers(30)) & held(sandbox, dnc_list)


@pytest.mark.parametrize("counter", ["n_uncertain", "n_unaccounted", "n_rejected"])
def test_one_row_that_is_not_in_the_list_for_sure_holds_the_removal_back(replacement, counter):
    _, job = replacement
    assert job.n_rejected_check == 1
    assert KeysHandler().may_release(job), "a row that our own check refused is no reason"
    moved = {counter: getattr(job, counter) + 1, "n_not_sent": job.n_not_sent - 1}
    Job.objects.filter(pk=job.pk).update(**moved)
    assert not KeysHandler().may_release(job)


def test_nobody_releases_what_is_held_while_a_row_of_the_file_cannot_be_read(replacement, sandbox, monkeypatch):
    dnc_list, job = replacement
    monkeypatch.setattr(KeysHandler, "may_release", lambda handler, job: False)
    dnc_replace_confirm(job=job, actor=TESTER, ring=False)
    job = finished(job)
    assert job.chunks.filter(state=ChunkState.HELD).exists()
    job.report["difference"]["refused"] = 1
    job.save(update_fields=["report"])
    with pytest.raises(IllegalMove, match="1 row of the file could not be read, so nothing is removed"):
        dnc_replace_go_on(job=job, actor=TESTER)
    job.refresh_from_db()
    assert not keys_options(job).go_on
    assert set(numbers(30)) <= held(sandbox, dnc_list)
