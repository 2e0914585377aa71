"""Who is told that a plan was not done, failed or is held: its owner, and administrators; on pages and by e-mail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from bpadmin.dialler.types import Actor
from bpadmin.notifications import plans
from bpadmin.notifications.delivery.sending import messages_send
from bpadmin.notifications.models import Channel, Event, Message
from bpadmin.notifications.rules import rules_set, team_rules
from bpadmin.notifications.topics import Topic
from bpadmin.plans.models import Plan, PlanState, RunState
from bpadmin.tenants.models import Membership, Role, Tenant
from tests.notifications.receiving import Mailbox
from tests.plans.planning import FIELDS, passing, planned, turn

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def campaign(sandbox: Any) -> str:
    """A stopped campaign with a list."""
    made = str(sandbox.create_campaign("Renewals", rate=0))
    sandbox.create_list("Spring", FIELDS, bind=[made])
    return made


def told(user: User) -> list[str]:
    return list(Message.objects.filter(user=user, channel=Channel.PAGE).order_by("id").values_list("title", flat=True))


def test_a_plan_that_tells_instead_of_acting_reaches_its_owner_and_the_administrators(
    tenant: Tenant, campaign: str, supervisor: User, administrator: User, viewer: User, administrator_client: Client
) -> None:
    plan = planned(tenant, "campaign.stop", "Renewals", now=NOW, actor=Actor(supervisor))
    assert passing(plan)[0].state == RunState.NOTHING
    title = f"The plan “{plan.name}” did not do what was planned."
    assert (told(supervisor), told(administrator), told(viewer)) == ([title], [title], [])
    event = Event.objects.get()
    assert (event.kind, event.path) == ("plan.told", reverse("plans:detail", args=[tenant.slug, plan.pk]))
    inbox = administrator_client.get(reverse("notifications:inbox", args=[tenant.slug])).content.decode()
    assert "is stopped already, so nothing was asked of it." in inbox
    assert administrator_client.get(event.path).status_code == 200


def test_what_was_done_is_nobodys_message(tenant: Tenant, campaign: str, administrator: User) -> None:
    plan = planned(tenant, "campaign.start", "Renewals", now=NOW, actor=Actor(administrator))
    assert passing(plan)[0].state == RunState.DONE
    assert not Event.objects.exists()


def test_a_plan_whose_owner_left_is_held_and_told_once_by_mail(
    tenant: Tenant, campaign: str, administrator: User, mailbox: Mailbox
) -> None:
    User.objects.filter(pk=administrator.pk).update(email="ada@example.com")
    pat = User.objects.create(username="pat", email="pat@example.com")
    member = Membership.objects.create(tenant=tenant, user=pat, role=Role.SUPERVISOR)
    plan = planned(tenant, "campaign.start", "Renewals", now=NOW, actor=Actor(pat))
    member.delete()
    turn(NOW)
    plan.refresh_from_db()
    assert plan.state == PlanState.HELD
    messages_send()
    (mail,) = mailbox.mails
    assert mail["To"] == "ada@example.com"
    assert " ".join(mail["Subject"].split()) == f"[{tenant.name}] The plan “{plan.name}” is held."
    text = mail.get_body(("plain",)).get_content()
    assert "is not one of the people here any more" in " ".join(text.split())
    assert "by the rule" in text


def test_a_run_that_holds_its_plan_is_told_once_for_each(tenant: Tenant, campaign: str, administrator: User) -> None:
    pat = User.objects.create(username="pat")
    member = Membership.objects.create(tenant=tenant, user=pat, role=Role.SUPERVISOR)
    plan = planned(tenant, "campaign.start", "Renewals", now=NOW, actor=Actor(pat))
    member.role = Role.VIEWER
    member.save()
    assert passing(plan)[0].state == RunState.REFUSED
    assert Event.objects.filter(kind="plan.held").count() == 1
    assert len(told(administrator)) == len(set(told(administrator)))


def test_the_rules_can_be_chosen_and_have_a_default(tenant: Tenant, campaign: str, supervisor: User) -> None:
    ours = team_rules(tenant)
    assert (ours[Topic.PLANS].page, ours[Topic.PLANS].email) == (True, True)
    assert not team_rules(tenant, Role.SUPERVISOR)[Topic.PLANS].page
    actor = Actor(user=supervisor)
    rules_set(tenant=tenant, user=supervisor, wanted={Topic.MY_PLANS: (False, False)}, actor=actor)
    passing(planned(tenant, "campaign.stop", "Renewals", now=NOW, actor=actor))
    assert told(supervisor) == []


def test_a_trouble_of_ours_does_not_keep_the_plan_from_going_on(
    tenant: Tenant, campaign: str, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("no")

    monkeypatch.setattr(plans, "_note", broken)
    plan = planned(tenant, "campaign.stop", "Renewals", now=NOW, actor=Actor(supervisor))
    assert passing(plan)[0].state == RunState.NOTHING
    assert Plan.objects.get().state == PlanState.ACTIVE
