"""What is said before a campaign is started, and several campaigns at once, against the sandbox."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from bpadmin.audit.models import AuditEntry
from bpadmin.jobs.models import Job, JobState
from bpadmin.results.figures.periods import today_until
from bpadmin.results.services import campaign_figures
from lists.kinds import LIST_DELETE, LIST_UPLOAD
from tests.conftest import signed_in
from tests.results.dialling import Days

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [{"name": "id", "type": "OTHER", "key": True}, {"name": "phone", "type": "PHONE"}]


def records(count: int) -> list[dict[str, str]]:
    """Return records with ids r0…"""
    return [{"id": f"r{n}", "phone": str(7000000 + n)} for n in range(count)]


def page(client, tenant, campaign: str) -> str:
    """Return the page that asks before a start."""
    return client.get(reverse("campaigns:start", args=[tenant.slug, campaign])).content.decode()


def test_a_campaign_with_nothing_to_dial_says_so(tenant, sandbox, supervisor_client):
    campaign = sandbox.create_campaign("Renewals")
    assert "0 lists is enabled" in page(supervisor_client, tenant, campaign)


def test_enabled_lists_are_told_with_the_records_left(tenant, sandbox, supervisor_client):
    campaign = sandbox.create_campaign("Renewals")
    sandbox.create_list("Spring", FIELDS, bind=[campaign], records=records(40))
    said = page(supervisor_client, tenant, campaign)
    assert "1 of 1 list enabled, with 40 records, 40 of them not completed yet" in said
    assert "No Do Not Call list is attached" in said
    assert "No deletion of records is running" in said


def test_what_results_know_to_be_left_is_said_and_not_counted_again(tenant, sandbox, administrator, monkeypatch):
    campaign = sandbox.create_campaign("Renewals", running=True, rate=0.01)
    sandbox.create_list("Spring", FIELDS, bind=[campaign], records=records(400))
    sandbox.create_list("Autumn", FIELDS, bind=[campaign], records=records(30))
    days = Days(sandbox, monkeypatch, tenant)
    days.on(timedelta(hours=5))
    days.read()
    left = campaign_figures(tenant=tenant, period=today_until(tenant, days.now()))[campaign].stock.left
    assert 0 < left < 430
    # Too many to be counted at every look.
    monkeypatch.setattr("campaigns.remaining.MOST_RECORDS", 10)
    said = signed_in(administrator).get(reverse("campaigns:detail", args=[tenant.slug, campaign])).content.decode()
    assert f"2 of 2 lists enabled, with 430 records, {left} of them not completed yet" in said
    assert "to count at every look" not in said


def test_the_last_upload_and_a_running_deletion_are_told(tenant, sandbox, supervisor_client):
    from django.utils import timezone

    campaign = sandbox.create_campaign("Renewals")
    spring = sandbox.create_list("Spring", FIELDS, bind=[campaign], records=records(3))
    common = {"tenant": tenant, "target_id": spring, "target_name": "Spring"}
    Job.objects.create(
        kind=LIST_UPLOAD,
        state=JobState.PARTIAL,
        file_name="march.csv",
        rows_total=10,
        n_added=7,
        n_rejected=3,
        started_at=timezone.now(),
        **common,
    )
    Job.objects.create(kind=LIST_DELETE, state=JobState.QUEUED, **common)
    said = page(supervisor_client, tenant, campaign)
    assert "march.csv into Spring: 7 of 10 rows are in" in said
    assert "Records are being deleted from Spring" in said


def test_several_campaigns_are_started_with_one_line_each_and_a_retry_for_those_refused(
    tenant, sandbox, supervisor_client
):
    ids = [sandbox.create_campaign(name) for name in ("a", "b", "c")]
    url = reverse("campaigns:bulk", args=[tenant.slug])
    asked = supervisor_client.post(url, {"campaign": ids, "wanted": "start"}, follow=True).content.decode()
    assert "Start 3 campaigns?" in asked
    assert not AuditEntry.objects.filter(verb="campaign.start").exists()
    sandbox.faults([{"kind": "http_500", "probability": 1, "paths": [ids[1]]}])
    said = supervisor_client.post(url, {"campaign": ids, "wanted": "start", "sure": "1"}, follow=True).content.decode()
    assert "1 of 3 did not start" in said
    assert "Try it again" in said
    sandbox.faults([])
    said = supervisor_client.post(
        url, {"campaign": [ids[1]], "wanted": "start", "sure": "1"}, follow=True
    ).content.decode()
    assert "It is running" in said
    assert {each["state"] for each in sandbox.state()["campaigns"]} == {"RUNNING"}


def test_the_question_before_stopping_several_says_what_happens_to_calls(tenant, sandbox, supervisor_client):
    ids = [sandbox.create_campaign(name, running=True) for name in ("a", "b")]
    url = reverse("campaigns:bulk", args=[tenant.slug])
    asked = supervisor_client.post(url, {"campaign": ids, "wanted": "stop"}, follow=True).content.decode()
    assert "What happens to calls in progress is not documented" in asked
    assert "The gentle way is to disable the lists" in asked


def test_who_comes_to_the_question_without_a_choice_is_led_to_the_campaigns(tenant, sandbox, supervisor_client):
    answer = supervisor_client.get(reverse("campaigns:bulk", args=[tenant.slug]))
    assert answer.headers["Location"] == reverse("campaigns:index", args=[tenant.slug])


def test_an_act_on_nothing_says_so_and_one_done_is_not_done_again_by_loading(tenant, sandbox, supervisor_client):
    campaign = sandbox.create_campaign("a")
    url = reverse("campaigns:bulk", args=[tenant.slug])
    said = supervisor_client.post(url, {"wanted": "stop"}, follow=True).content.decode()
    assert "No campaign was chosen." in said
    done = supervisor_client.post(url, {"campaign": [campaign], "wanted": "start", "sure": "1"})
    for _ in range(2):
        assert "It is running" in supervisor_client.get(done.headers["Location"]).content.decode()
    assert AuditEntry.objects.filter(verb="campaign.start").count() == 1


def test_a_viewer_starts_nothing(tenant, sandbox, viewer_client):
    campaign = sandbox.create_campaign("a")
    url = reverse("campaigns:bulk", args=[tenant.slug])
    assert viewer_client.post(url, {"campaign": [campaign], "wanted": "start", "sure": "1"}).status_code == 403
