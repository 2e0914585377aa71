"""Scripts take an upload back, and stop what dials a list: the same guards as on the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from bpadmin.approvals.models import Approval
from bpadmin.approvals.services import MANY
from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.jobs.models import Job
from bpadmin.jobs.services import job_drive
from bpadmin.tenants.models import Membership, Tenant
from bpadmin.tenants.people.tokens import Scope
from tests.api.asking import Script
from tests.lists.taking_back.test_taking_back import FIELDS, ids, lead, quick, uploaded  # noqa: F401 - no waiting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def spring(sandbox: Any) -> str:
    """A list of a campaign that stands."""
    return str(sandbox.create_list("Spring", FIELDS, bind=[sandbox.create_campaign("Renewals", rate=0)]))


def driven(job_id: int) -> None:
    job_drive(job_id=job_id, seconds=None, worker="test")


def test_it_is_counted_first_and_goes_after_a_yes(
    tenant: Tenant, supervisor: User, sandbox: Any, spring: str, tmp_path: Path
) -> None:
    script = Script(tenant, supervisor)
    upload = uploaded(tenant, tmp_path, [lead(n) for n in range(5)])
    told = script.send(f"jobs/{upload.pk}/take-back/", status=201)
    assert (told["upload"], told["is_asking"]) == (upload.pk, False)
    assert "nothing to say yes to" in script.send(f"jobs/{told['job']}/take-back/go/", status=409)["problem"]
    assert "already" in script.send(f"jobs/{upload.pk}/take-back/", status=409)["problem"]
    driven(told["job"])
    told = script.ask("GET", f"jobs/{told['job']}/take-back/counts/")
    assert (told["is_asking"], told["counts"]["removable"], sum(told["counts"].values())) == (True, 5, 5)
    assert "5 can be removed" in told["message"]
    assert len(ids(sandbox, spring)) == 5
    gone = script.send(f"jobs/{told['job']}/take-back/go/", {"disables": True}, status=202)
    assert [each["outcome"] for each in gone["acts"]] == ["done"]
    driven(told["job"])
    told = script.ask("GET", f"jobs/{told['job']}/take-back/counts/")
    assert (told["state"], told["counts"]["removed"]) == ("succeeded", 5)
    assert ids(sandbox, spring) == set()
    entry = AuditEntry.objects.get(verb=Verb.LIST_UPLOAD_TAKE_BACK)
    assert entry.actor_name == f"{supervisor.username} (token nightly)"
    script.send(f"jobs/{told['job']}/take-back/", status=404)  # itself no upload
    script.send(f"jobs/{upload.pk}/take-back/go/", status=404)  # no taking back


def test_many_wait_for_another_person(
    tenant: Tenant, supervisor: User, sandbox: Any, spring: str, tmp_path: Path
) -> None:
    Tenant.objects.update(two_people=True)
    upload = uploaded(tenant, tmp_path, [lead(n) for n in range(MANY + 1)])
    script = Script(tenant, supervisor)
    number = script.send(f"jobs/{upload.pk}/take-back/", status=201)["job"]
    driven(number)
    told = script.send(f"jobs/{number}/take-back/go/", status=409)
    assert "another person must approve it" in told["problem"]
    assert Approval.objects.get().asked_by == supervisor
    assert len(ids(sandbox, spring)) == MANY + 1


def test_a_token_for_uploads_deletes_nothing(
    tenant: Tenant, supervisor: User, sandbox: Any, spring: str, tmp_path: Path
) -> None:
    upload = uploaded(tenant, tmp_path, [lead(1)])
    script = Script(tenant, supervisor, Scope.LISTS_UPLOAD, Scope.JOBS_READ)
    assert "lists:take_back" in script.send(f"jobs/{upload.pk}/take-back/", status=403)["problem"]
    assert Job.objects.count() == 1
    limits = {"campaigns": [], "lists": [spring], "dnc": []}
    Membership.objects.filter(user=supervisor).update(limits=limits)
    limited = Script(tenant, supervisor)
    assert "about more than those" in limited.send(f"jobs/{upload.pk}/take-back/", status=403)["problem"]
    assert "about more than those" in limited.send(f"lists/{spring}/campaigns/stop/", status=403)["problem"]


def test_what_dials_a_list_is_named_first_and_stopped_after_a_yes(
    tenant: Tenant, supervisor: User, sandbox: Any
) -> None:
    runs = [sandbox.create_campaign(name, running=True) for name in ("North", "South")]
    stands, other = sandbox.create_campaign("Stands"), sandbox.create_campaign("Other", running=True)
    sandbox.create_list("Spring", FIELDS, bind=[*runs, stands])
    sandbox.create_list("Idle", FIELDS, bind=[stands])
    script = Script(tenant, supervisor)

    def running() -> set[str]:
        return {each["id"] for each in script.ask("GET", "campaigns/")["campaigns"] if each["state"] == "RUNNING"}

    asked = script.send("lists/Spring/campaigns/stop/", status=409)
    assert {each["id"] for each in asked["campaigns"]} == set(runs)
    assert "“North”, “South”" in asked["problem"]
    for meant in ([runs[0]], [*runs, stands]):
        told = script.send("lists/Spring/campaigns/stop/", {"sure": True, "campaigns": meant}, status=409)
        assert "Other campaigns run" in told["problem"]
    assert "No running campaign" in script.send("lists/Idle/campaigns/stop/", {"sure": True}, status=409)["problem"]
    script.send("lists/Nothing/campaigns/stop/", {"sure": True}, status=404)
    assert running() == {*runs, other}
    told = script.send("lists/Spring/campaigns/stop/", {"sure": True, "campaigns": runs})
    assert {each["id"]: each["outcome"] for each in told["campaigns"]} == dict.fromkeys(runs, "done")
    assert running() == {other}
    entries = AuditEntry.objects.filter(verb=Verb.CAMPAIGN_STOP)
    assert {each.actor_name for each in entries} == {f"{supervisor.username} (token nightly)"}


def test_one_that_cannot_be_stopped_is_told_beside_the_others(tenant: Tenant, supervisor: User, sandbox: Any) -> None:
    runs = [sandbox.create_campaign(name, running=True) for name in ("North", "South")]
    sandbox.create_list("Spring", FIELDS, bind=runs)
    sandbox.faults([{"kind": "http_500", "methods": ["stop"], "paths": [runs[1]]}])
    told = Script(tenant, supervisor).send("lists/Spring/campaigns/stop/", {"sure": True}, status=502)
    outcomes = {each["id"]: each["outcome"] for each in told["campaigns"]}
    assert outcomes[runs[0]] == "done"
    assert outcomes[runs[1]] != "done"
