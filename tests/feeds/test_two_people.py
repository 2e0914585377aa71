"""Where a tenant has the rule of two people, a held file is released by two, and told of once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from bpadmin.approvals.models import Approval, ApprovalState
from bpadmin.approvals.services import approval_give, facts_digest, facts_now
from bpadmin.dialler.types import Actor
from bpadmin.feeds.models import FeedRun, FeedRunState
from bpadmin.feeds.needs import feed_needs
from bpadmin.feeds.runs.decisions import run_release
from bpadmin.feeds.services import FeedAsked
from bpadmin.tenants.models import Tenant
from tests.conftest import signed_in
from tests.dnc.files.filing import held as blocked
from tests.dnc.files.filing import known_list
from tests.feeds.feeding import NOW, came, fed, rows, turn

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(days=1)


@pytest.fixture
def held(tenant: Any, folder: Path, spring: str) -> FeedRun:
    """A file that shrank, in a tenant under the rule."""
    Tenant.objects.filter(pk=tenant.pk).update(two_people=True)
    tenant.refresh_from_db()
    feed = fed(tenant)
    came(feed, folder, "leads-1.csv", rows(100), at=NOW)
    run = came(feed, folder, "leads-2.csv", rows(40, first=200), at=LATER)
    assert run.state == FeedRunState.HELD
    return run


def give(approval: Approval, user: User) -> Any:
    return approval_give(approval=approval, user=user, seen=facts_digest(facts_now(approval)))


def test_one_asks_on_the_page_and_another_sends_it(
    held: FeedRun, tenant: Any, supervisor: User, administrator: User
) -> None:
    page = reverse("feeds:run", args=[tenant.slug, held.pk])
    sam = signed_in(supervisor)
    assert "once another person has approved it" in sam.get(page).content.decode()
    answer = sam.post(reverse("feeds:run_release", args=[tenant.slug, held.pk]), follow=True).content.decode()
    assert "another person must approve it" in answer
    held.refresh_from_db()
    assert (held.state, held.job.started_at) == (FeedRunState.HELD, None)
    # One need, not two: the page leads to the approval, and the home page tells of it there alone.
    approval = Approval.objects.get()
    assert reverse("approvals:detail", args=[tenant.slug, approval.pk]) in answer
    assert reverse("feeds:run_release", args=[tenant.slug, held.pk]) not in answer
    assert list(feed_needs(tenant)) == []
    act = give(approval, administrator)
    assert act.sentence.startswith("Sent by job")
    held.refresh_from_db()
    assert held.state == FeedRunState.SENT
    assert held.decided_by == "sam, approved by ada"
    turn(LATER)
    held.job.refresh_from_db()
    assert held.job.n_added == 40


def test_a_change_list_of_numbers_that_are_taken_out_needs_two_as_well(
    tenant: Any, folder: Path, sandbox: Any, supervisor: User, administrator: User
) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(two_people=True)
    tenant.refresh_from_db()
    dnc_list = known_list(tenant, sandbox, ["16505550101"])
    feed = fed(tenant, target="dnc", target_name=dnc_list.name, pattern="changes*.csv")
    run = came(feed, folder, "changes-1.csv", "Phone,Action\n6505550100,A\n6505550101,D\n", at=NOW)
    assert run.state == FeedRunState.HELD
    # Nothing is taken out without a reason, and whoever releases it is asked for that first.
    page = reverse("feeds:run", args=[tenant.slug, run.pk])
    sam = signed_in(supervisor)
    assert 'name="comment"' in sam.get(page).content.decode()
    release = reverse("feeds:run_release", args=[tenant.slug, run.pk])
    assert "Say first what the check asks" in sam.post(release, follow=True).content.decode()
    answer = sam.post(release, {"comment": "Registry of June"}, follow=True).content.decode()
    assert "another person must approve it" in answer
    turn(NOW)
    assert blocked(sandbox, dnc_list) == {"16505550101"}
    give(Approval.objects.get(), administrator)
    turn(NOW)
    run.refresh_from_db()
    assert (run.state, run.decided_by) == (FeedRunState.SENT, "sam, approved by ada")
    assert blocked(sandbox, dnc_list) == {"16505550100"}


def test_a_refused_one_stays_held_and_is_told_again(held: FeedRun, tenant: Any, supervisor: User) -> None:
    with pytest.raises(FeedAsked):
        run_release(run=held, actor=Actor(supervisor), now=LATER)
    Approval.objects.update(state=ApprovalState.REFUSED)
    assert [need.kind for need in feed_needs(tenant)] == ["feed_held"]
    held.refresh_from_db()
    assert held.state == FeedRunState.HELD


def test_a_replacement_that_was_held_needs_one_approval_and_not_two(
    held: FeedRun, tenant: Any, folder: Path, supervisor: User, administrator: User
) -> None:
    """What replaces a list needs two people anyway: they are asked once for both."""
    feed = fed(tenant, name="All of it", pattern="all*.csv", options={"mode": "replace"})
    run = came(feed, folder, "all-1.csv", rows(30, first=900), at=LATER)
    # Held by the rule alone: what is asked is the approval of its job.
    assert run.state == FeedRunState.HELD
    asked = Approval.objects.get()
    assert asked.kind == "list.replace"
    assert [need.url for need in feed_needs(tenant) if str(run.pk) in need.url] == []
    Approval.objects.update(state=ApprovalState.WITHDRAWN)
    with pytest.raises(FeedAsked):
        run_release(run=run, actor=Actor(supervisor), now=LATER)
    act = give(Approval.objects.get(kind="list.feed"), administrator)
    assert act.sentence.startswith("Sent by job"), act
    assert Approval.objects.filter(state=ApprovalState.ASKED).count() == 0


def test_without_the_rule_one_person_is_enough(held: FeedRun, tenant: Any, supervisor: User) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(two_people=False)
    assert run_release(run=held, actor=Actor(supervisor), now=LATER).state == FeedRunState.SENT
