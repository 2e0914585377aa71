"""Files for Do Not Call lists: what is refused changes neither what is done with the rows nor what goes out."""

from __future__ import annotations

import pytest
from django.db.models import F

from bpadmin.jobs.models import ChunkState, Job, JobState
from bpadmin.jobs.services import IllegalMove, StaleForm, job_confirm
from dnc.files.replace import dnc_replace_confirm, dnc_replace_go_on
from dnc.files.services import dnc_upload_configure
from dnc.files.wizard import check_begin
from dnc.kinds import DNC_ADD, DNC_DELETE, DNC_REPLACE
from tests.dnc.files.filing import TESTER, checked_file, finished, held, known_list, numbers, sent_file
from tests.dnc.files.test_pages_upload import step, to_check, to_map
from tests.lists.walking import shown

pytestmark = pytest.mark.django_db(transaction=True)
MAPPING = {"0": "key"}


def test_a_confirmed_add_does_not_become_a_delete(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, numbers(3))
    job = checked_file(dnc_list, DNC_ADD, numbers(5))
    stale = Job.objects.get(pk=job.pk)
    job_confirm(job=job, ring=False)
    before = Job.objects.get(pk=job.pk)
    with pytest.raises(IllegalMove, match="cannot be checked"):
        check_begin(job=stale, what="delete", comment="", expires_on=None, dialect={}, mapping=MAPPING)
    with pytest.raises(IllegalMove):
        dnc_upload_configure(job=before, dialect={"delimiter": ";"}, mapping=MAPPING)
    now = Job.objects.get(pk=job.pk)
    assert (now.kind, now.options, now.revision) == (DNC_ADD, before.options, before.revision)
    assert finished(now).state == JobState.SUCCEEDED
    assert held(sandbox, dnc_list) == set(numbers(5))


def test_a_kind_that_was_not_confirmed_sends_nothing(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, numbers(3))
    job = checked_file(dnc_list, DNC_ADD, numbers(3))
    job_confirm(job=job, ring=False)
    Job.objects.filter(pk=job.pk).update(kind=DNC_DELETE)
    job = finished(job)
    assert job.state == JobState.FAILED
    assert "“Add to a Do Not Call list” was confirmed, “Remove from a Do Not Call list” stands now" in job.message
    assert held(sandbox, dnc_list) == set(numbers(3))


def test_a_stale_form_says_what_was_chosen_instead_and_keeps_what_was_typed(tenant, sandbox, supervisor_client):
    job = to_map(supervisor_client, known_list(tenant, sandbox), numbers(3))
    old = shown(job)
    to_check(supervisor_client, job, "key", what="add")
    data = {**old, "column": ["number"], "send-what": "delete", "c0": "key", "send-comment": "typed with care"}
    page = supervisor_client.post(step(job, "map"), {**data, "read-has_header": "on", "read-header_row": "1"})
    words = page.context["step"].problems[0]
    assert words.startswith("sam chose “Add to a Do Not Call list” at ")
    assert "the form you sent said “Remove from a Do Not Call list”" in words
    assert "typed with care" in page.content.decode()
    job.refresh_from_db()
    assert (job.kind, job.state) == (DNC_ADD, JobState.READY)
    page = supervisor_client.post(step(job, "check"), old, follow=True).content.decode()
    assert "after your page was made. Nothing was sent." in page
    job.refresh_from_db()
    assert job.state == JobState.READY


def replaced_in_part(tenant, sandbox):
    """Return a replacement that ended with what is gone held back, since a row was not taken."""
    dnc_list = known_list(tenant, sandbox, max_shrink=100)
    sent_file(dnc_list, DNC_ADD, numbers(5), size=30)
    job = checked_file(dnc_list, DNC_REPLACE, numbers(3, 20))
    dnc_replace_confirm(job=job, actor=TESTER, ring=False)
    return dnc_list, job


def test_a_refused_word_to_go_on_is_not_kept(tenant, sandbox):
    _, job = replaced_in_part(tenant, sandbox)
    before = Job.objects.get(pk=job.pk)
    with pytest.raises(IllegalMove, match="cannot be sent again"):
        dnc_replace_go_on(job=Job.objects.get(pk=job.pk), actor=TESTER)
    now = Job.objects.get(pk=job.pk)
    assert (now.options, now.revision) == (before.options, before.revision)
    assert now.options["go_on"] is False


def test_a_word_to_go_on_that_is_taken_lets_what_is_gone_go(tenant, sandbox):
    dnc_list, job = replaced_in_part(tenant, sandbox)
    # As if the platform had refused a row: what it refused is not what our check did.
    Job.objects.filter(pk=job.pk).update(rows_total=F("rows_total") + 1, n_rejected=F("n_rejected") + 1)
    job = finished(job)
    assert job.state == JobState.PARTIAL
    assert job.chunks.filter(state=ChunkState.HELD).exists()
    with pytest.raises(StaleForm):
        dnc_replace_go_on(job=Job.objects.get(pk=job.pk), actor=TESTER, revision=job.revision - 1)
    assert Job.objects.get(pk=job.pk).options["go_on"] is False
    finished(dnc_replace_go_on(job=job, actor=TESTER, revision=job.revision))
    assert not set(numbers(5)) & held(sandbox, dnc_list)
