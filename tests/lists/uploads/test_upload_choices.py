"""Two tabs on one upload: a form that is refused changes nothing, and nothing that a person typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import IllegalMove, StaleForm, job_confirm
from bpadmin.uploads.files import reading_keep, upload_inspect
from lists.uploads.options import upload_options
from lists.uploads.pages import steps
from lists.uploads.services import upload_configure
from lists.uploads.wizard import blocked_leave_out, check_begin
from tests.conftest import signed_in
from tests.lists.walking import FIELDS, check_url, ended, map_url, post_file, said, shown, to_check

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def anna(make_member: Any) -> Client:
    """A second tab: another supervisor."""
    from bpadmin.tenants.models import Role

    person: User = make_member("anna", Role.SUPERVISOR)
    return signed_in(person)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Have something done once, while the mapping page has read the job and has not stored anything yet."""

    def arrange(act: Callable[[], Any]) -> None:
        read, waiting = steps.list_read, [act]

        def slow(*args: Any, **named: Any) -> Any:
            if waiting:
                waiting.pop()()
            return read(*args, **named)

        monkeypatch.setattr(steps, "list_read", slow)

    return arrange


def stored(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_a_refused_replace_leaves_the_list_and_the_confirmed_job_as_they_are(
    supervisor_client: Client, known_list: str, sandbox: Any, meanwhile: Any
) -> None:
    first, _ = to_check(supervisor_client, known_list, "Account,First name,Phone,Due\nB1,Old,6505550199,2026-03-01\n")
    supervisor_client.post(check_url(first), shown(first))
    ended(first)
    job, _ = to_check(supervisor_client, known_list, send__mode="add")
    data = said(supervisor_client.get(map_url(job)), send__mode="replace")
    before = stored(job)
    meanwhile(lambda: job_confirm(job=stored(job), actor_name="anna", ring=False))

    page = supervisor_client.post(map_url(job), data, follow=True).content.decode()

    now = stored(job)
    assert "now, so it cannot be checked" in page
    assert (now.state, now.options, now.revision) == (JobState.QUEUED, before.options, before.revision)
    assert ended(now).state == JobState.SUCCEEDED
    assert sorted(record["Account"] for record in sandbox.dump(known_list)) == ["A1", "A2", "B1"]
    page = supervisor_client.post(map_url(job), data, follow=True).content.decode()
    assert "so it cannot be checked" in page


def test_a_stale_form_is_told_who_chose_what_and_comes_back_as_it_was_filled_in(
    supervisor_client: Client, anna: Client, known_list: str
) -> None:
    job, _ = to_check(supervisor_client, known_list)
    old = said(supervisor_client.get(map_url(job)), send__mode="add", c1__name="")
    anna.post(map_url(job), said(anna.get(map_url(job)), send__mode="replace"))
    replaced = stored(job)
    assert replaced.options["mode"] == "replace"

    response = supervisor_client.post(map_url(job), old)

    problem = response.context["step"].problems[0]
    assert problem.startswith("anna chose “Replace everything” at ")
    assert "; the form you sent said “Add”." in problem
    assert "The columns: anna chose “" in problem
    assert stored(job).options == replaced.options
    step = response.context["step"]
    assert (step.mapping.mode["mode"].value(), step.mapping.columns[1].form["name"].value()) == ("add", None)
    assert f'name="revision" value="{replaced.revision}"' in response.content.decode()
    supervisor_client.post(map_url(job), said(response))
    assert (stored(job).options["mode"], stored(job).state) == ("add", JobState.READY)


def test_what_is_confirmed_is_what_was_shown(supervisor_client: Client, anna: Client, known_list: str) -> None:
    job, _ = to_check(supervisor_client, known_list)
    seen = shown(job)
    anna.post(map_url(job), said(anna.get(map_url(job)), send__mode="replace"))
    page = supervisor_client.post(check_url(job), seen, follow=True).content.decode()
    assert "anna chose “Replace everything” at " in page
    assert "after your page was made. Nothing was sent." in page
    assert (stored(job).state, stored(job).confirmed) == (JobState.READY, {})
    assert "Delete all records and send 2 rows" in page
    assert "Nothing was sent" in supervisor_client.post(check_url(job), {}, follow=True).content.decode()
    assert stored(job).state == JobState.READY


def test_looking_at_the_mapping_page_stores_nothing(supervisor_client: Client, known_list: str, meanwhile: Any) -> None:
    post_file(supervisor_client, known_list)
    job = Job.objects.latest("id")
    assert job.options["header"], "the first look is stored when the file is taken"

    def update() -> None:
        choices: dict[str, Any] = {"dialect": {}, "mapping": {"0": "Account", "1": "First name"}, "mode": "update"}
        check_begin(job=stored(job), fields=FIELDS, **choices)

    meanwhile(update)
    supervisor_client.get(map_url(job))
    assert (stored(job).options["mode"], stored(job).state) == ("update", JobState.READY)
    with CaptureQueriesContext(connection) as queries:
        supervisor_client.get(map_url(job))
    reads = ("SELECT", "DECLARE")  # the latter is how PostgreSQL reads in parts
    assert not [each["sql"] for each in queries if "jobs_job" in each["sql"] and not each["sql"].startswith(reads)]


@pytest.mark.parametrize("what", ["check", "leave_out", "configure", "read"])
def test_no_act_of_the_wizard_takes_effect_where_it_is_refused(
    supervisor_client: Client, known_list: str, what: str
) -> None:
    job, _ = to_check(supervisor_client, known_list)
    stale, options = stored(job), upload_options(job)
    job_confirm(job=stored(job), ring=False)
    before = stored(job)
    choices: dict[str, Any] = {"mapping": options.mapping, "fields": options.fields, "mode": "replace"}
    acts: dict[str, Callable[[], Any]] = {
        "check": lambda: check_begin(job=stale, dialect={}, **choices),
        "leave_out": lambda: blocked_leave_out(job=stale, leaves_out=True),
        "configure": lambda: upload_configure(job=stale, dialect={}, **choices),
        "read": lambda: reading_keep(job=stale, inspection=upload_inspect(job=stale, choices={"delimiter": ";"})),
    }
    with pytest.raises(IllegalMove, match="cannot be"):
        acts[what]()
    now = stored(job)
    assert (now.options, now.kind, now.state, now.revision) == (
        before.options,
        before.kind,
        before.state,
        before.revision,
    )
    assert stale.options == before.options, "the instance shows what stands"


def test_a_form_of_another_revision_is_refused_also_where_the_job_may_still_change(
    supervisor_client: Client, known_list: str
) -> None:
    job, _ = to_check(supervisor_client, known_list)
    stale = stored(job)
    blocked_leave_out(job=stored(job), leaves_out=True, actor_name="anna")
    with pytest.raises(StaleForm, match="anna chose “left out”"):
        blocked_leave_out(job=stale, leaves_out=False)
    assert stored(job).options["leave_out_blocked"] is True
    supervisor_client.post(f"/t/acme/uploads/{job.pk}/blocked/", {"revision": "0"})
    assert stored(job).options["leave_out_blocked"] is True


def test_a_new_reading_makes_the_check_void(supervisor_client: Client, known_list: str) -> None:
    job, _ = to_check(supervisor_client, known_list)
    reading_keep(job=job, inspection=upload_inspect(job=job, choices={"delimiter": ";"}))
    assert stored(job).state == JobState.DRAFT
    with pytest.raises(IllegalMove):
        job_confirm(job=stored(job))
