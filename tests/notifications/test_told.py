"""Who is told what, once when it begins and once when it is over, and how pages come to show it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.dialler.types import Actor
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_confirm, job_drive
from bpadmin.notifications import conditions
from bpadmin.notifications.conditions import Found
from bpadmin.notifications.events import conditions_note, jobs_watch, tenants_watch, watch_of
from bpadmin.notifications.models import Channel, Event, Message
from bpadmin.notifications.rules import rules_set, snooze_set
from bpadmin.notifications.topics import Topic
from bpadmin.tenants.models import Tenant
from tests.jobs.uploading import create_list, people, ready_upload
from tests.shell import run

pytestmark = pytest.mark.django_db


def idle(name: str, subject: str = "") -> Found:
    return Found(Topic.IDLE, "campaign.idle", subject or name, "bad", f"“{name}” dials nobody.", "No list.", "/t/acme/")


def told(user: User) -> list[str]:
    return list(Message.objects.filter(user=user, channel=Channel.PAGE).order_by("id").values_list("title", flat=True))


def ended(tenant: Tenant, owner: User, state: JobState = JobState.SUCCEEDED, name: str = "Autumn") -> Job:
    return Job.objects.create(
        tenant=tenant, kind="list_upload", state=state, owner=owner, target_name=name, finished_at=timezone.now(),
        started_at=timezone.now(), message="All is in.",
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_owner_is_told_once_that_a_job_has_ended(
    sandbox: Any, tenant: Tenant, supervisor: User, viewer: User
) -> None:
    watch_of(tenant)
    job = ready_upload(tenant, create_list(sandbox), people(20))
    Job.objects.filter(pk=job.pk).update(owner=supervisor)
    job.refresh_from_db()
    job_confirm(job=job, actor=supervisor)
    job_drive(job_id=job.pk, seconds=30.0, worker="test")
    for _ in range(3):
        jobs_watch()
    assert told(supervisor) == ["The job on “Autumn” has succeeded."]
    assert told(viewer) == []


def test_a_job_that_ends_again_after_more_was_sent_is_told_again(tenant: Tenant, supervisor: User) -> None:
    watch_of(tenant)
    job = ended(tenant, supervisor, JobState.PARTIAL)
    jobs_watch()
    Job.objects.filter(pk=job.pk).update(state=JobState.SUCCEEDED, finished_at=timezone.now())
    jobs_watch()
    assert told(supervisor) == ["The job on “Autumn” is partly done.", "The job on “Autumn” has succeeded."]


def test_what_ended_before_the_watch_began_is_not_told(tenant: Tenant, supervisor: User) -> None:
    job = ended(tenant, supervisor)
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=2))
    jobs_watch()
    assert told(supervisor) == []


def test_a_failed_job_of_somebody_else_needs_a_person_and_a_good_one_does_not(
    tenant: Tenant, supervisor: User, administrator: User, viewer: User
) -> None:
    watch_of(tenant)
    ended(tenant, supervisor, JobState.FAILED, "Bad")
    ended(tenant, supervisor, JobState.SUCCEEDED, "Good")
    jobs_watch()
    assert told(administrator) == ["The job on “Bad” has failed."]
    assert told(viewer) == []


def test_an_upload_that_waits_for_a_yes_is_told_to_supervisors(
    sandbox: Any, tenant: Tenant, supervisor: User, viewer: User
) -> None:
    watch_of(tenant)
    ready_upload(tenant, create_list(sandbox), people(5))
    tenants_watch()
    assert "The upload into “Autumn” is checked." in told(supervisor)
    assert told(viewer) == []


def test_what_lasts_is_told_once_and_once_more_when_it_is_over(
    tenant: Tenant, supervisor: User, clock: Callable[..., None]
) -> None:
    for _ in range(4):
        conditions_note(tenant, [idle("Renewals")], timezone.now())
        clock(minutes=1)
    assert told(supervisor) == ["“Renewals” dials nobody."]
    # Missed by one look alone it is not over.
    conditions_note(tenant, [], timezone.now())
    conditions_note(tenant, [idle("Renewals")], timezone.now())
    assert len(told(supervisor)) == 1
    conditions_note(tenant, [], timezone.now())
    clock(minutes=1)
    conditions_note(tenant, [], timezone.now())
    conditions_note(tenant, [], timezone.now())
    assert told(supervisor) == ["“Renewals” dials nobody.", "Over: “Renewals” dials nobody."]


def test_what_has_one_cause_comes_as_one_message(tenant: Tenant, supervisor: User) -> None:
    conditions_note(tenant, [idle("One"), idle("Two"), idle("Three")], timezone.now())
    (message,) = Message.objects.filter(user=supervisor)
    assert message.title == "3 campaigns are running, and dial nobody."
    assert "“Two” dials nobody." in message.words


def test_a_real_idle_campaign_is_found(sandbox: Any, tenant: Tenant, supervisor: User) -> None:
    from bpadmin.dialler.refreshing.services import catalogue_read

    sandbox.create_campaign("Renewals", running=True)
    catalogue_read(tenant=tenant)
    watch_of(tenant)
    tenants_watch()
    assert "“Renewals” is running, and dials nobody." in told(supervisor)


def test_rules_say_who_is_told_and_a_message_says_by_which(
    tenant: Tenant, supervisor: User, administrator: User
) -> None:
    rules_set(tenant=tenant, user=None, wanted={Topic.IDLE: (False, False)}, actor=Actor(user=administrator))
    conditions_note(tenant, [idle("One")], timezone.now())
    assert told(supervisor) == told(administrator) == []
    rules_set(tenant=tenant, user=supervisor, wanted={Topic.IDLE: (True, False)}, actor=Actor(user=supervisor))
    conditions_note(tenant, [idle("One"), idle("Two")], timezone.now())
    (message,) = Message.objects.filter(user=supervisor)
    assert "by the rule “A campaign runs and has nothing to dial”: you chose it" in message.why
    assert told(administrator) == []


def test_saving_the_rules_unchanged_chooses_nothing(tenant: Tenant, supervisor_client: Client) -> None:
    page = supervisor_client.get(reverse("notifications:rules", args=[tenant.slug]))
    said = {}
    for row in page.context["rows"]:
        said |= {f"page-{row.topic}": "on"} if row.page else {}
        said |= {f"email-{row.topic}": "on"} if row.email else {}
    supervisor_client.post(reverse("notifications:rules", args=[tenant.slug]), said)
    page = supervisor_client.get(reverse("notifications:rules", args=[tenant.slug]))
    assert not any(row.is_own for row in page.context["rows"])


def test_where_nothing_lasts_no_page_is_named(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """To name one loads all pages, which a worker that has nothing to tell does without."""

    def refuse(name: str, **_: Any) -> str:
        raise AssertionError(f"{name} was named")

    monkeypatch.setattr(conditions, "reverse", refuse)
    monkeypatch.setattr(conditions, "parts_read", list)
    assert conditions.conditions_of(tenant, timezone.now()) == []
    assert conditions.conditions_of_installation() == []


def test_our_own_trouble_goes_to_the_operator_alone(tenant: Tenant, supervisor: User, administrator: User) -> None:
    operator = User.objects.create_superuser("olga", password="x" * 12)
    watch_of(tenant)
    tenants_watch()  # no worker runs in a test
    assert any(title.startswith("bpadmin: worker") or "bpadmin: " in title for title in told(operator))
    assert not any("bpadmin" in title for title in told(supervisor) + told(administrator))


def test_a_page_asks_without_a_query_of_its_own_while_nothing_is_new(
    tenant: Tenant,
    supervisor: User,
    supervisor_client: Client,
    django_assert_num_queries: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    url = reverse("notifications:bell", args=[tenant.slug])
    conditions_note(tenant, [idle("One")], timezone.now())
    first = supervisor_client.get(url)
    assert "“One” dials nobody." in first.content.decode()
    assert 'data-unseen="1"' in first.content.decode()
    again = supervisor_client.get(url)
    assert "data-toast" not in again.content.decode()
    # The session, the person, and the tenant with the role.
    with django_assert_num_queries(3):
        assert supervisor_client.get(f"{url}?v={again.context['version']}").status_code == 204
    with django_capture_on_commit_callbacks(execute=True):
        conditions_note(tenant, [idle("One"), idle("Two")], timezone.now())
    assert "“Two” dials nobody." in supervisor_client.get(f"{url}?v={again.context['version']}").content.decode()


def test_a_snooze_keeps_toasts_away_and_nothing_from_the_inbox(
    tenant: Tenant, supervisor: User, supervisor_client: Client
) -> None:
    snooze_set(tenant=tenant, user=supervisor, until=timezone.now() + timedelta(hours=1))
    conditions_note(tenant, [idle("One")], timezone.now())
    assert "data-toast" not in supervisor_client.get(reverse("notifications:bell", args=[tenant.slug])).content.decode()
    assert (
        "“One” dials nobody."
        in supervisor_client.get(reverse("notifications:inbox", args=[tenant.slug])).content.decode()
    )


def test_a_snooze_is_answered_with_how_long_and_a_digest_with_what_it_lacks(
    tenant: Tenant, supervisor: User, supervisor_client: Client, settings: Any
) -> None:
    def said(name: str, **data: str) -> str:
        url = reverse(f"notifications:{name}", args=[tenant.slug])
        return supervisor_client.post(url, data, follow=True).content.decode()

    assert "Toasts and e-mail wait for 4 hours from now." in said("snooze", hours="4")
    assert "The snooze is over." in said("snooze", hours="0")
    settings.EMAIL_HOST = ""
    page = said("delivery", digest_at="07:30")
    assert "No digest is mailed to you as things are. There is no mail server" in page
    assert "<strong>There is no mail server</strong>" in page
    settings.EMAIL_HOST = "mail.example.com"
    assert "as things are. This person has no e-mail address here." in said("delivery", digest_at="07:30")
    assert "as things are" not in said("delivery", digest_at="")
    supervisor.email = "sam@example.com"
    supervisor.save()
    assert "as things are" not in said("delivery", digest_at="07:30")


def test_a_message_leads_to_what_it_is_about_and_counts_as_seen(
    tenant: Tenant, supervisor: User, supervisor_client: Client, viewer_client: Client
) -> None:
    conditions_note(tenant, [idle("One")], timezone.now())
    (message,) = Message.objects.filter(user=supervisor)
    url = reverse("notifications:open", args=[tenant.slug, message.pk])
    assert viewer_client.get(url).status_code == 404
    assert supervisor_client.get(url)["Location"] == "/t/acme/"
    message.refresh_from_db()
    assert message.seen_at is not None
    assert message.state == "accepted"
    code, data = run("notification_list", tenant.slug, "--person", "sam")
    assert code == 0
    assert [each["state"] for each in data["messages"]] == ["accepted"]


def test_rules_and_snoozes_are_set_by_the_command_as_well(tenant: Tenant, supervisor: User) -> None:
    code, data = run("notification_rules", tenant.slug, "--person", "sam", "--set", "idle=page,email", "--snooze", "2")
    assert code == 0
    (idle_rule,) = [each for each in data["rules"] if each["topic"] == "idle"]
    assert (idle_rule["page"], idle_rule["email"]) == (True, True)
    assert data["snoozed_until"]
    code, data = run("notification_rules", tenant.slug, "--set", "nonsense=page")
    assert code == 1
    assert "There is no topic" in str(data["error"])


def test_events_of_a_tenant_stay_in_it(tenant: Tenant, supervisor: User) -> None:
    other = Tenant.objects.create(slug="other", name="Other", base_url="http://127.0.0.1:1")
    conditions_note(other, [idle("One")], timezone.now())
    assert Event.objects.count() == 1
    assert told(supervisor) == []
