"""What empties, replaces or deletes needs a second person where the tenant says so: by page, API, shell and job."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.approvals.models import Approval, ApprovalState
from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.models import Action
from bpadmin.dialler.types import Actor
from bpadmin.jobs.choices import IllegalMove
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_confirm
from bpadmin.tenants.models import Membership, Role, Tenant
from bpadmin.tenants.services import tenant_client
from dnc.entries.clear import dnc_clear
from dnc.kinds import DNC_REPLACE
from dnc.models import DncChange
from lists.kinds import LIST_DELETE
from lists.manage.delete import list_delete
from tests.conftest import signed_in
from tests.dnc.files.filing import checked_file, known_list, numbers
from tests.jobs.uploading import KEYED, people, ready_upload
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two(tenant: Tenant) -> Tenant:
    """A tenant under the rule."""
    Tenant.objects.filter(pk=tenant.pk).update(two_people=True)
    tenant.refresh_from_db()
    return tenant


def names(sandbox: Any) -> set[str]:
    return {each["name"] for each in sandbox.state()["lists"]}


def page_of(approval: Approval, name: str = "approvals:detail") -> str:
    return reverse(name, args=[approval.tenant.slug, approval.pk])


def approve(client: Client, approval: Approval) -> Any:
    """Look at what was asked, and press the button."""
    seen = client.get(page_of(approval)).context["seen"]
    return client.post(page_of(approval, "approvals:give"), {"seen": seen}, follow=True)


def asked_for_list(tenant: Tenant, sandbox: Any, asker: User) -> Approval:
    list_id = sandbox.create_list("Spring", KEYED_FIELDS, records=[])
    act = list_delete(tenant=tenant, list_id=list_id, list_name="Spring", actor=Actor(asker))
    assert act.outcome == Outcome.ASKED
    return Approval.objects.get()


KEYED_FIELDS = [{"name": spec.name, "type": spec.type.value} for spec in KEYED]


def test_one_asks_on_the_page_and_another_approves_it_there(
    two: Tenant, sandbox: Any, supervisor: User, administrator: User, viewer: User
) -> None:
    list_id = sandbox.create_list("Spring", KEYED_FIELDS, records=[])
    sam, ada = signed_in(supervisor), signed_in(administrator)
    before = sam.get(reverse("lists:delete", args=["acme", list_id])).content.decode()
    assert "Another person has to approve this" in before
    assert f'class="nav__link" href="{reverse("approvals:index", args=["acme"])}"' in before
    done = sam.post(reverse("lists:delete", args=["acme", list_id]), {"typed_name": "Spring"}, follow=True)
    assert "another person must approve it" in done.content.decode()
    approval = Approval.objects.get()
    assert not Action.objects.exists()
    assert "asks for a second person" in ada.get(reverse("results:home", args=["acme"])).content.decode()
    assert "somebody else has to approve it" in sam.get(page_of(approval)).content.decode()
    seen = sam.get(page_of(approval)).context["seen"]
    sam.post(page_of(approval, "approvals:give"), {"seen": seen})
    assert "Spring" in names(sandbox)
    assert signed_in(viewer).get(page_of(approval)).status_code == 403
    assert "is deleted" in approve(ada, approval).content.decode()
    assert "Spring" not in names(sandbox)
    entries = AuditEntry.every.filter(target_name="Spring").order_by("id").values_list("verb", "actor_name")
    assert list(entries) == [
        (Verb.APPROVAL_ASK, "sam"),
        (Verb.APPROVAL_GIVE, "ada"),
        (Verb.LIST_DELETE, "sam, approved by ada"),
        (Verb.LIST_DELETE, "sam, approved by ada"),
    ]
    approval.refresh_from_db()
    assert (approval.state, bool(approval.used_at)) == (ApprovalState.GIVEN, True)


def test_an_approval_is_for_one_time_and_for_what_was_asked(two: Tenant, sandbox: Any, supervisor: User) -> None:
    approval = asked_for_list(two, sandbox, supervisor)
    Approval.objects.filter(pk=approval.pk).update(state=ApprovalState.GIVEN)
    other = sandbox.create_list("Winter", KEYED_FIELDS, records=[])
    said = {"tenant": two, "actor": Actor(supervisor), "approval": approval}
    assert list_delete(list_id=other, list_name="Winter", **said).outcome == Outcome.ASKED
    assert list_delete(list_id=approval.target_id, list_name="Spring", **said).is_done
    assert list_delete(list_id=approval.target_id, list_name="Spring", **said).outcome == Outcome.ASKED


def test_a_change_in_between_is_shown_and_what_was_not_seen_is_not_approved(
    two: Tenant, sandbox: Any, supervisor: User, administrator: User
) -> None:
    approval, ada = asked_for_list(two, sandbox, supervisor), signed_in(administrator)
    seen = ada.get(page_of(approval)).context["seen"]
    campaign = sandbox.create_campaign("Renewals")
    with tenant_client(two) as client:
        client.bind_list(campaign, list_id=approval.target_id)
    late = ada.post(page_of(approval, "approvals:give"), {"seen": seen}, follow=True).content.decode()
    assert "has changed since your page was made" in late
    page = ada.get(page_of(approval)).content.decode()
    assert "has changed since it was asked" in page
    assert "<strong>Renewals</strong>" in page
    assert "Spring" in names(sandbox)


def test_it_ends_after_a_day_and_can_be_refused_and_taken_back(
    two: Tenant, sandbox: Any, supervisor: User, administrator: User
) -> None:
    approval, ada = asked_for_list(two, sandbox, supervisor), signed_in(administrator)
    seen = ada.get(page_of(approval)).context["seen"]
    Approval.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    ada.post(page_of(approval, "approvals:give"), {"seen": seen})
    assert "nobody approved it in time" in ada.get(page_of(approval)).content.decode()
    Approval.objects.update(ends_at=timezone.now() + timedelta(hours=1))
    ada.post(page_of(approval, "approvals:refuse"))
    assert Approval.objects.get().state == ApprovalState.REFUSED
    Approval.objects.update(state=ApprovalState.ASKED)
    signed_in(supervisor).post(page_of(approval, "approvals:refuse"))
    assert Approval.objects.get().state == ApprovalState.WITHDRAWN
    assert "Spring" in names(sandbox)


def test_who_asked_and_is_limited_to_others_since_may_not(
    two: Tenant, sandbox: Any, supervisor: User, administrator: User
) -> None:
    approval = asked_for_list(two, sandbox, supervisor)
    for id_, is_theirs in (("elsewhere", False), (approval.target_id, True)):
        Membership.objects.filter(user=supervisor).update(limits={"campaigns": [], "lists": [id_], "dnc": []})
        page = signed_in(administrator).get(page_of(approval)).content.decode()
        assert ("may not do it any more" in page) is not is_theirs


def test_who_asked_must_still_be_one_who_may(two: Tenant, sandbox: Any, supervisor: User, administrator: User) -> None:
    approval = asked_for_list(two, sandbox, supervisor)
    Membership.objects.filter(user=supervisor).update(role=Role.VIEWER)
    page = signed_in(administrator).get(page_of(approval)).content.decode()
    assert "may not do it any more" in page
    assert "Approve, and do it now" not in page


def test_emptying_a_list_and_a_do_not_call_list_wait_too(
    two: Tenant, sandbox: Any, supervisor: User, administrator: User
) -> None:
    dnc_list = known_list(two, sandbox, numbers(3))
    said = {"dnc_list": dnc_list, "typed_name": "Company DNC", "reason": "moved", "actor": Actor(supervisor)}
    assert dnc_clear(**said).outcome == Outcome.ASKED
    assert len(sandbox.dump_dnc(dnc_list.remote_id)) == 3
    assert "is empty" in approve(signed_in(administrator), Approval.objects.get()).content.decode()
    assert sandbox.dump_dnc(dnc_list.remote_id) == []
    assert DncChange.objects.filter(kind="clear").last().by_name == "sam, approved by ada"
    list_id = sandbox.create_list("Spring", KEYED_FIELDS, records=[])
    code, told = run("records_delete", "acme", "Spring", "--all", "--yes")
    assert code == 1
    assert "another person must approve it" in str(told["error"])
    assert not Job.objects.filter(kind=LIST_DELETE).exists()
    approval = Approval.objects.get(kind="list.clear", target_id=list_id)
    assert approval.asked_by_name.endswith("(shell)")
    assert run("approval_give", "acme", str(approval.pk), "--as", "ada")[0] == 1
    assert "deletes" in approve(signed_in(administrator), approval).content.decode()
    assert Job.objects.filter(kind=LIST_DELETE).exists()


@pytest.mark.parametrize("what", ["list", "dnc"])
def test_a_file_that_replaces_waits_and_what_is_approved_is_what_was_checked(
    two: Tenant, sandbox: Any, supervisor: User, administrator: User, what: str
) -> None:
    if what == "list":
        job = ready_upload(two, sandbox.create_list("Autumn", KEYED_FIELDS, records=[]), people(10), mode="replace")
    else:
        job = checked_file(known_list(two, sandbox, numbers(3)), DNC_REPLACE, numbers(3, start=1))
    with pytest.raises(IllegalMove, match="another person must approve it"):
        job_confirm(job=job, actor=supervisor)
    assert Job.objects.get().state == JobState.READY
    approval = Approval.objects.get()
    code, told = run("approval_give", "acme", str(approval.pk), "--as", "sam")
    assert code == 1
    assert "asked for it yourself" in str(told["error"])
    assert run("approval_list", "acme")[1]["approvals"][0]["number"] == approval.pk  # type: ignore[index]
    code, told = run("approval_give", "acme", str(approval.pk), "--as", "ada")
    assert code == 0, told
    assert Job.objects.get().state == JobState.QUEUED
    given = AuditEntry.every.get(verb=Verb.APPROVAL_GIVE)
    assert given.actor == administrator
    assert "shell" in given.actor_name


def test_choices_that_changed_since_are_not_approved(
    two: Tenant, sandbox: Any, supervisor: User, administrator: User
) -> None:
    job = ready_upload(two, sandbox.create_list("Autumn", KEYED_FIELDS, records=[]), people(10), mode="replace")
    with pytest.raises(IllegalMove):
        job_confirm(job=job, actor=supervisor)
    approval = Approval.objects.get()
    Job.objects.filter(pk=job.pk).update(revision=job.revision + 1)
    approve(signed_in(administrator), approval)
    assert Job.objects.get().state == JobState.READY


def test_without_the_rule_nothing_waits(tenant: Tenant, sandbox: Any, supervisor: User) -> None:
    list_id = sandbox.create_list("Spring", KEYED_FIELDS, records=[])
    assert list_delete(tenant=tenant, list_id=list_id, list_name="Spring", actor=Actor(supervisor)).is_done
    assert not Approval.objects.exists()


def test_the_rule_is_set_by_command_and_page_and_logged(tenant: Tenant, administrator: User) -> None:
    assert run("tenant_change", "acme", "--two-people", "--no-test")[0] == 0
    tenant.refresh_from_db()
    assert tenant.two_people
    page = signed_in(administrator).get(reverse("tenants:settings", args=["acme"])).content.decode()
    assert "Two people for what cannot be taken back" in page
    assert AuditEntry.every.filter(verb=Verb.TENANT_CHANGE).latest("id").details["two_people"] == {
        "before": False,
        "after": True,
    }
