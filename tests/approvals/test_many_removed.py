"""Whatever removes many records, or a whole campaign or tenant, needs a second person where the tenant says so."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from bpadmin.approvals.models import Approval, ApprovalState
from bpadmin.approvals.services import MANY
from bpadmin.audit.models import Outcome
from bpadmin.dialler.catalogue import campaign_find
from bpadmin.dialler.types import Actor
from bpadmin.jobs.choices import IllegalMove
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_confirm, job_drive, job_resume
from bpadmin.platforms.sources import Source
from bpadmin.privacy.removal import RemovalRefused, tenant_export, tenant_remove
from bpadmin.privacy.services import person_erase, person_find
from bpadmin.records.kinds import CONTACTS_DELETE
from bpadmin.records.management.commands import contacts_delete
from bpadmin.records.many.rows import USER_DATA
from bpadmin.records.many.services import many_begin, many_go
from bpadmin.tenants.models import Membership, Role, Tenant
from campaigns.copying.services import campaign_delete
from dnc.entries.manual import dnc_add, dnc_delete
from dnc.entries.undo import dnc_undo
from dnc.kinds import DNC_DELETE
from dnc.lists.sync import DncRefused
from lists.kinds import LIST_DELETE
from tests.approvals.test_two_people import KEYED_FIELDS, approve, two  # noqa: F401 - the tenant under the rule
from tests.conftest import signed_in
from tests.dnc.files.filing import checked_file, known_list, numbers
from tests.fixtures_tenants import browser_of
from tests.lists.taking_back.test_taking_back import SAID, ids, lead, quick, uploaded  # noqa: F401 - no waiting
from tests.records.test_many import contacts, driven, id_of, left
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

LOT = MANY + 5


@pytest.fixture
def jtel_two(jtel_tenant: Tenant) -> Tenant:
    Tenant.objects.filter(pk=jtel_tenant.pk).update(two_people=True)
    jtel_tenant.refresh_from_db()
    return jtel_tenant


def test_contacts_of_a_long_file_wait(sandbox: Any, jtel_two: Tenant) -> None:
    names = contacts(sandbox, LOT)
    sam, ada = browser_of(jtel_two), browser_of(jtel_two, Role.ADMINISTRATOR, name="ada")
    sam.post(
        f"/t/jtel/records/{id_of('campaign', '501')}/contacts/drop/",
        {"sure": "on", "user_data": "\n".join(names)},
    )
    job = driven(Job.objects.get(kind=CONTACTS_DELETE))
    assert (job.state, len(left(sandbox))) == (JobState.PAUSED, LOT)
    page = sam.get(reverse("jobs:detail", args=["jtel", job.pk])).content.decode()
    assert "Another person has to approve this" in page
    told = sam.post(reverse("records:many_go", args=["jtel", job.pk]), follow=True).content.decode()
    assert "another person must approve it" in told
    job_resume(job=job)
    assert driven(Job.objects.get(pk=job.pk)).state == JobState.PAUSED
    assert len(left(sandbox)) == LOT
    assert f"Job {job.pk} deletes them" in approve(ada, Approval.objects.get()).content.decode()
    assert driven(Job.objects.get(pk=job.pk)).state == JobState.SUCCEEDED
    assert left(sandbox) == []


def test_the_shell_asks_for_another_person_once_and_the_page_approves_it(
    sandbox: Any, jtel_two: Tenant, tmp_path: Any
) -> None:
    names = contacts(sandbox, LOT)
    (tmp_path / "them").write_text("\n".join(names))
    for words in ("another person must approve it", "has asked the same already"):
        code, told = run("contacts_delete", "jtel", "--file", str(tmp_path / "them"), "--yes")
        assert (code, words in str(told["error"])) == (1, True), told
    job = Job.objects.get(kind=CONTACTS_DELETE)
    assert (job.state, len(left(sandbox))) == (JobState.PAUSED, LOT)
    ada = browser_of(jtel_two, Role.ADMINISTRATOR, name="ada")
    page = ada.get(reverse("jobs:detail", args=["jtel", job.pk])).content.decode()
    assert page.count("Another person has to approve this") == 1
    assert ada.get(reverse("jobs:index", args=["jtel"])).status_code == 200
    (tmp_path / "others").write_text("\n".join(names[1:]))
    code, told = run("contacts_delete", "jtel", "--file", str(tmp_path / "others"), "--yes")
    # Other contacts wait beside them, each lot for its own yes.
    assert (code, "another person must approve it" in str(told["error"])) == (1, True), told
    assert (Job.objects.count(), Approval.objects.count()) == (2, 2)
    others = Job.objects.exclude(pk=job.pk).get()
    approve(ada, Approval.objects.get(wanted__job=others.pk))
    assert driven(Job.objects.get(pk=others.pk)).state == JobState.SUCCEEDED
    assert left(sandbox) == names[:1]
    approve(ada, Approval.objects.get(wanted__job=job.pk))
    assert driven(Job.objects.get(pk=job.pk)).is_final
    assert left(sandbox) == []


def test_the_shell_deletes_where_the_rule_has_gone_while_the_job_waited(
    sandbox: Any, jtel_two: Tenant, tmp_path: Any
) -> None:
    names = contacts(sandbox, LOT)
    (tmp_path / "them").write_text("\n".join([*names, "nobody"]))
    asked = many_begin

    def switched_off(**said: Any) -> Job:
        job = asked(**said)
        Tenant.objects.update(two_people=False)
        return job

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contacts_delete, "many_begin", switched_off)
        code, told = run("contacts_delete", "jtel", "--file", str(tmp_path / "them"), "--yes")
    assert (code, told["asked"], told["deleted"]) == (3, LOT + 1, LOT)
    assert left(sandbox) == []


def test_few_contacts_do_not_wait(sandbox: Any, jtel_two: Tenant) -> None:
    names = contacts(sandbox, LOT)
    job = many_begin(
        kind=CONTACTS_DELETE,
        tenant=jtel_two,
        source=Source(id_of("campaign", "501"), "Herbst"),
        actor=Actor(name="sam"),
        keys=names[:MANY],
        by=USER_DATA,
        ring=False,
    )
    assert driven(job).state == JobState.SUCCEEDED
    assert not Approval.objects.exists()
    with pytest.raises(IllegalMove):
        many_go(job=job, actor=Actor(name="sam"))


@pytest.mark.parametrize("face", ["page", "shell"])
def test_an_import_is_taken_back_by_two(
    two: Tenant,  # noqa: F811
    sandbox: Any,
    supervisor: User,
    administrator: User,
    tmp_path: Any,
    face: str,
) -> None:
    list_id = sandbox.create_list("Spring", KEYED_FIELDS_OF_LEADS, bind=[sandbox.create_campaign("Renewals", rate=0)])
    upload = uploaded(two, tmp_path, [lead(n) for n in range(LOT)])
    if face == "shell":
        code, told = run("upload_take_back", "acme", str(upload.pk), "--yes")
        assert (code, "another person must approve it" in str(told["error"])) == (1, True)
    else:
        sam = signed_in(supervisor)
        sam.post(reverse("lists:take_back", args=["acme", upload.pk]))
        job = Job.objects.latest("pk")
        job_drive(job_id=job.pk, seconds=None, worker="test")
        assert "Another person has to" in sam.get(reverse("jobs:detail", args=["acme", job.pk])).content.decode()
        told = sam.post(reverse("lists:take_back_go", args=["acme", job.pk]), {"disables": "1"}, follow=True)
        assert "another person must approve it" in told.content.decode()
    job = Job.objects.latest("pk")
    assert job.state == JobState.PAUSED
    assert len(ids(sandbox, list_id)) == LOT
    approve(signed_in(administrator), Approval.objects.get())
    job_drive(job_id=job.pk, seconds=None, worker="test")
    assert ids(sandbox, list_id) == set()


KEYED_FIELDS_OF_LEADS = [{"name": "id", "type": "OTHER", "key": True}, {"name": "phone", "type": "PHONE"}]


def test_a_filter_that_takes_many_waits_and_one_that_takes_few_does_not(
    two: Tenant,  # noqa: F811
    sandbox: Any,
) -> None:
    sandbox.create_list(
        "Spring",
        [*KEYED_FIELDS_OF_LEADS, {"name": "part", "type": "OTHER", "searchable": True}],
        records=[
            {"id": f"r{n}", "phone": f"650{5550000 + n}", "part": "a" if n < LOT else "b"} for n in range(LOT + 9)
        ],
        bind=[sandbox.create_campaign("Renewals", rate=0)],
    )
    run("records_delete", "acme", "Spring", "--field", "part=b", "--yes")
    assert Job.objects.filter(kind=LIST_DELETE).count() == 1
    code, told = run("records_delete", "acme", "Spring", "--field", "part=a", "--yes")
    assert (code, "another person must approve it" in str(told["error"])) == (1, True)
    assert Job.objects.filter(kind=LIST_DELETE).count() == 1


@pytest.mark.parametrize("face", ["service", "page", "shell", "undo"])
def test_many_entries_taken_out_by_hand_wait(
    two: Tenant,  # noqa: F811
    sandbox: Any,
    supervisor: User,
    administrator: User,
    face: str,
) -> None:
    keys = numbers(LOT)
    dnc_list = known_list(two, sandbox, [] if face == "undo" else keys)
    text, actor = "\n".join(keys), Actor(supervisor)
    if face == "undo":
        (added,) = dnc_add(tenant=two, text=text, actor=actor, lists=[dnc_list])
        with pytest.raises(DncRefused, match="another person must approve it"):
            dnc_undo(tenant=two, number=added.change or 0, reason="wrong", typed_name=dnc_list.name, actor=actor)
    elif face == "page":
        said = {"text": text, "reason": "moved", "typed_name": dnc_list.name}
        page = signed_in(supervisor).post(reverse("dnc:remove", args=["acme", dnc_list.pk]), said).content.decode()
        assert "another person must approve it" in page
    elif face == "shell":
        code, told = run("dnc_delete", "acme", dnc_list.name, *keys, "--reason", "moved", "--yes")
        assert (code, "another person must approve it" in str(told["error"])) == (1, True)
    else:
        said = {"tenant": two, "lists": [dnc_list], "comment": "moved", "actor": actor, "is_sure": True}
        dnc_delete(text="\n".join(keys[:MANY]), **said)
        assert not Approval.objects.exists()
        dnc_add(tenant=two, text=text, actor=actor, lists=[dnc_list])
        with pytest.raises(DncRefused, match="another person must approve it"):
            dnc_delete(text=text, **said)
    assert len(sandbox.dump_dnc(dnc_list.remote_id)) == LOT
    approve(signed_in(administrator), Approval.objects.get())
    assert sandbox.dump_dnc(dnc_list.remote_id) == []


def test_many_entries_taken_out_by_a_file_wait(
    two: Tenant,  # noqa: F811
    sandbox: Any,
    supervisor: User,
    administrator: User,
) -> None:
    dnc_list = known_list(two, sandbox, numbers(LOT))
    job = checked_file(dnc_list, DNC_DELETE, numbers(LOT))
    with pytest.raises(IllegalMove, match="another person must approve it"):
        job_confirm(job=job, actor=supervisor)
    few = checked_file(dnc_list, DNC_DELETE, numbers(MANY))
    assert job_confirm(job=few, actor=supervisor, ring=False).state == JobState.QUEUED
    approve(signed_in(administrator), Approval.objects.get())
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_a_campaign_is_deleted_by_two(sandbox: Any, jtel_two: Tenant) -> None:
    sandbox.create_jtel_campaign("Herbst")
    ada, sam = browser_of(jtel_two, Role.ADMINISTRATOR, name="ada"), browser_of(jtel_two)
    campaign = campaign_find(tenant=jtel_two, name_or_id="Herbst")
    page = reverse("campaigns:delete", args=["jtel", campaign.id])
    assert "Another person has to approve this" in sam.get(page).content.decode()
    told = sam.post(page, {"typed_name": "Herbst"}, follow=True).content.decode()
    assert "another person must approve it" in told
    code, answer = run("campaign_delete", "jtel", "Herbst", "--yes")
    assert (code, "has asked the same already" in str(answer)) == (1, True)
    approval = Approval.objects.get()
    for named, may in ((["elsewhere"], False), ([campaign.id], True)):
        Membership.objects.filter(user__username="sam").update(limits={"campaigns": named, "lists": [], "dnc": []})
        shown = ada.get(reverse("approvals:detail", args=["jtel", approval.pk])).content.decode()
        assert ("may not do it any more" in shown) is not may
    assert "is deleted" in approve(ada, Approval.objects.get()).content.decode()
    act = campaign_delete(tenant=jtel_two, campaign=campaign, actor=Actor(name="shell"))
    assert act.outcome == Outcome.ASKED


def test_a_tenant_is_removed_by_two_administrators(
    two: Tenant,  # noqa: F811
    supervisor: User,
    administrator: User,
) -> None:
    tenant_export(tenant=two, actor=Actor(administrator)).close()
    with pytest.raises(RemovalRefused, match="another person must approve it"):
        tenant_remove(tenant=two, typed=two.name, actor=Actor(administrator))
    approval = Approval.objects.get()
    page = reverse("approvals:detail", args=["acme", approval.pk])
    assert "needs the role Administrator" in signed_in(supervisor).get(page).content.decode()
    Membership.objects.filter(user=supervisor).update(role=Role.ADMINISTRATOR)
    told = approve(signed_in(supervisor), approval).content.decode()
    assert "was removed with everything" in told
    assert not Tenant.objects.filter(pk=two.pk).exists()


def test_what_waits_is_found_of_a_person_and_goes_once_it_is_decided(
    two: Tenant,  # noqa: F811
    sandbox: Any,
    supervisor: User,
) -> None:
    dnc_list = known_list(two, sandbox, [])
    said = {"tenant": two, "lists": [dnc_list], "comment": "moved", "actor": Actor(supervisor), "is_sure": True}
    with pytest.raises(DncRefused):
        dnc_delete(text="\n".join(numbers(LOT)), **said)
    number = numbers(LOT)[7]
    assert "waits for a second person" in str(person_find(tenant=two, known_by=[number], actor=Actor()).as_json())
    Approval.objects.update(state=ApprovalState.REFUSED)
    person_erase(tenant=two, known_by=[number], actor=Actor())
    assert number not in str(Approval.objects.get().wanted)
