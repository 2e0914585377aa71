"""Plans by page and command, against the sandbox: what they expect, whose role counts, what is held and told."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.dialler.types import Actor
from bpadmin.installation.hold import hold_begin, hold_end
from bpadmin.plans.extensions import plan_told
from bpadmin.plans.kinds import plan_kinds
from bpadmin.plans.models import HolidayCalendar, LateRule, Plan, PlanRun, PlanState, RunState
from bpadmin.plans.running import plans_sweep, run_go, runs_tidy
from bpadmin.plans.services import PlanRefused, plan_find, plan_hold, plan_release
from bpadmin.tenants.models import Membership, Role
from bpadmin.tenants.services import tenant_client
from tests.fixtures_tenants import browser_of
from tests.plans.planning import FIELDS, SHELL, passing, planned, turn
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
LATE = timedelta(minutes=40)


@pytest.fixture
def campaign(sandbox: Any) -> str:
    """A stopped campaign that dials nobody, with two lists."""
    made = sandbox.create_campaign("Renewals", rate=0)
    sandbox.create_list("Spring", FIELDS, bind=[made])
    sandbox.create_list("Autumn", FIELDS, bind=[made])
    return str(made)


def lists_of(tenant: Any, campaign: str) -> dict[str, Any]:
    with tenant_client(tenant) as client:
        return {each.list_name: each for each in client.get_campaign(campaign).lists or ()}


def url(name: str, tenant: Any, *arguments: Any) -> str:
    return reverse(f"plans:{name}", args=[tenant.slug, *arguments])


def test_a_plan_is_made_on_its_page_and_acts_in_the_name_of_who_made_it(tenant, campaign, supervisor_client):
    page = supervisor_client.get(url("new", tenant)).content.decode()
    assert all(kind.label in page for kind in plan_kinds())
    address = url("new", tenant) + "?kind=campaign.start&campaign=Renewals"
    assert 'value="Renewals"' in supervisor_client.get(address).content.decode()
    said = {"campaign": "Renewals", "times": "09:00, 13:30", "time_zone": "Europe/Berlin", "repeats": "weekly"}
    said |= {"weekdays": ["MO", "TU"], "first_day": "2026-06-01", "late_rule": "skip", "exceptions": "2026-06-08"}
    answer = supervisor_client.post(address, said, follow=True)
    plan = Plan.objects.get()
    assert "Mon, Tue at 09:00, 13:30 (Europe/Berlin)" in answer.content.decode()
    (run_made,) = passing(plan)
    assert run_made.state == RunState.DONE
    acts = AuditEntry.objects.filter(verb="campaign.start")
    assert acts.first().actor_name == f"{plan.owner_name}, by plan “{plan.name}”"
    assert acts.first().actor == plan.owner
    plan.refresh_from_db()
    page = supervisor_client.get(url("detail", tenant, plan.pk)).content.decode()
    assert run_made.sentence in page
    # On its own clock, not on that of the machine.
    assert re.search(r"(Mon|Tue) [^<]*, 09:00 CES?T", page)
    assert plan.name in supervisor_client.get(url("month", tenant)).content.decode()


def test_a_plan_that_finds_another_state_does_nothing_and_tells(tenant, campaign, supervisor_client):
    told: list[tuple[str, bool]] = []

    def tell(plan: Plan, sentence: str, *, needs_a_look: bool) -> None:
        told.append((sentence, needs_a_look))

    plan_told.add(tell)
    try:
        plan = planned(tenant, "campaign.stop", "Renewals", now=NOW)
        (found,) = passing(plan)
    finally:
        plan_told._extensions.remove(tell)
    assert found.state == RunState.NOTHING
    assert told == [("“Renewals” is stopped already, so nothing was asked of it.", True)]
    page = supervisor_client.get(url("index", tenant)).content.decode()
    assert "What was planned was not done, 1 time" in page
    supervisor_client.post(url("seen", tenant))
    assert "was not done" not in supervisor_client.get(url("index", tenant)).content.decode()


def test_lists_are_enabled_disabled_ordered_bound_and_unbound(tenant, campaign):
    assert passing(planned(tenant, "list.disable", "Renewals", "Spring", now=NOW))[0].state == RunState.DONE
    assert not lists_of(tenant, campaign)["Spring"].enabled
    assert passing(planned(tenant, "list.enable", "Renewals", "Spring", now=NOW))[0].state == RunState.DONE
    order = planned(tenant, "list.order", "Renewals", "Spring", now=NOW, options={"order": "7"})
    assert passing(order)[0].state == RunState.DONE
    assert lists_of(tenant, campaign)["Spring"].order == 7
    assert passing(order)[0].sentence == "“Spring” in “Renewals” has the order 7 already, so nothing was asked of it."
    unbind = planned(tenant, "list.unbind", "Renewals", "Spring", now=NOW)
    assert "live calls would be dropped" in passing(unbind)[0].sentence
    turn(planned(tenant, "list.disable", "Renewals", "Spring", now=NOW, name="again").next_at)
    assert passing(unbind)[0].state == RunState.DONE
    bind = planned(tenant, "list.bind", "Renewals", "Spring", now=NOW)
    assert passing(bind)[0].state == RunState.DONE
    assert passing(bind)[0].state == RunState.NOTHING
    # It has another instance now, which is still the list that is meant.
    assert run("plan_run", tenant.slug, unbind.name)[1]["state"] == "done"
    assert "Spring" not in lists_of(tenant, campaign)


def test_what_is_late_is_made_up_by_its_rule_and_what_drops_calls_never(tenant, campaign, sandbox):
    make_up = {"late_rule": LateRule.MAKE_UP, "late_minutes": 60}
    start = planned(tenant, "campaign.start", "Renewals", now=NOW, **make_up)
    (done,) = passing(start, later=LATE)
    assert (done.state, done.cause) == (RunState.DONE, "late")
    too_late = passing(start, later=2 * LATE)[0]
    assert too_late.state == RunState.MISSED
    assert "within 60 minutes only" in too_late.sentence
    stop = planned(tenant, "campaign.stop", "Renewals", now=NOW, **make_up)
    assert stop.late_rule == LateRule.SKIP
    missed = passing(stop, later=LATE)[0]
    assert missed.state == RunState.MISSED
    assert "never made up" in missed.sentence
    skip = planned(tenant, "list.disable", "Renewals", "Spring", now=NOW)
    assert passing(skip, later=LATE)[0].state == RunState.MISSED


def test_an_older_wish_never_undoes_a_newer_one(tenant, campaign):
    start = planned(
        tenant, "campaign.start", "Renewals", now=NOW, late_rule=LateRule.MAKE_UP, late_minutes=600, times="09:00"
    )
    planned(tenant, "campaign.stop", "Renewals", now=NOW, times="09:30")
    found = passing(start, later=LATE)
    assert found[0].state == RunState.REPLACED
    assert "not made up" in found[0].sentence


def test_a_run_is_claimed_once_however_often_it_is_asked_for(tenant, campaign, sandbox):
    plan = planned(tenant, "campaign.start", "Renewals", now=NOW)
    (pk,) = plans_sweep(now=plan.next_at)
    assert run_go(run_id=pk, now=plan.next_at) is not None
    assert run_go(run_id=pk, now=plan.next_at) is None
    assert sandbox.stats()["requests"]["start"] == 1
    assert plans_sweep(now=plan.next_at) == []


def test_while_nothing_may_be_sent_plans_wait_and_are_late_then(tenant, campaign, supervisor_client):
    plan = planned(tenant, "campaign.start", "Renewals", now=NOW)
    hold_begin(reason="A restore is tried out.")
    moment = plan.next_at
    assert turn(moment) == []
    assert "A restore is tried out" in run("plan_run", tenant.slug, plan.name)[1]["error"]
    hold_end()
    assert turn(moment + LATE)[:1] == []
    assert plan.runs.get().state == RunState.MISSED


def test_a_dialler_that_is_away_is_asked_again_until_the_time_is_over(tenant, campaign, sandbox):
    plan = planned(tenant, "campaign.start", "Renewals", now=NOW)
    at = plan.next_at
    sandbox.faults([{"kind": "http_503", "probability": 1.0}])
    turn(at)
    assert plan.runs.get().state == RunState.WAITING
    sandbox.faults([])
    turn(at + timedelta(minutes=2))
    assert plan.runs.get().state == RunState.DONE


def test_a_process_that_dies_while_it_acts_leaves_a_question_and_acts_no_second_time(tenant, campaign, sandbox):
    plan = planned(tenant, "campaign.start", "Renewals", now=NOW)
    at = plan.next_at
    (pk,) = plans_sweep(now=at)
    PlanRun.objects.filter(pk=pk).update(state=RunState.RUNNING, claimed_at=at)
    turn(at + timedelta(minutes=20))
    found = PlanRun.objects.get(pk=pk)
    assert found.state == RunState.UNKNOWN
    assert found.needs_a_look
    assert "start" not in sandbox.stats()["requests"]


def test_the_role_counts_when_it_acts_and_a_plan_without_owner_goes_to_an_administrator(
    tenant, campaign, sandbox, admin_client
):
    pat = User.objects.create(username="pat")
    member = Membership.objects.create(tenant=tenant, user=pat, role=Role.SUPERVISOR)
    plan = planned(tenant, "campaign.start", "Renewals", now=NOW, actor=Actor(pat))
    member.role = Role.VIEWER
    member.save()
    (refused,) = passing(plan)
    assert refused.state == RunState.REFUSED
    assert "is Viewer here now" in refused.sentence
    plan.refresh_from_db()
    assert plan.state == PlanState.HELD
    member.role = Role.SUPERVISOR
    member.save()
    plan_release(plan=plan, actor=Actor(pat), now=NOW)
    member.delete()
    turn(NOW)
    plan.refresh_from_db()
    assert (plan.state, plan.is_orphan) == (PlanState.HELD, True)
    supervisor = browser_of(tenant, Role.SUPERVISOR, name="sue")
    supervisor.post(url("release", tenant, plan.pk))
    assert Plan.objects.get().state == PlanState.HELD
    admin_client.post(url("release", tenant, plan.pk))
    plan.refresh_from_db()
    assert (plan.state, plan.is_orphan) == (PlanState.ACTIVE, False)
    assert plan.owner_name != "pat"
    assert "start" not in sandbox.stats()["requests"]


def test_who_is_limited_since_has_no_plan_act_beyond_their_limit(tenant, campaign, sandbox):
    pat = User.objects.create(username="pat")
    member = Membership.objects.create(tenant=tenant, user=pat, role=Role.SUPERVISOR)
    plan = planned(tenant, "campaign.start", "Renewals", now=NOW, actor=Actor(pat))
    member.limits = {"campaigns": ["elsewhere"], "lists": [], "dnc": []}
    member.save()
    (refused,) = passing(plan)
    assert refused.state == RunState.REFUSED
    assert "is limited to some campaigns" in refused.sentence
    plan.refresh_from_db()
    assert (plan.state, plan.is_orphan) == (PlanState.HELD, False)
    assert "start" not in sandbox.stats()["requests"]
    other = User.objects.create(username="olga")
    Membership.objects.create(tenant=tenant, user=other, role=Role.SUPERVISOR)
    plan_release(plan=plan, actor=Actor(other), now=plan.created_at)
    assert plan.owner == other
    plan_hold(plan=plan, reason="", actor=Actor(other))
    member.limits = {"campaigns": [plan.campaign_id], "lists": [], "dnc": []}
    member.save()
    Plan.objects.filter(pk=plan.pk).update(owner=pat)
    plan.refresh_from_db()
    plan_release(plan=plan, actor=Actor(other), now=plan.created_at)
    assert plan.owner == pat


def test_viewers_look_and_cannot_plan(tenant, campaign):
    plan = planned(tenant, "campaign.start", "Renewals", now=NOW)
    viewer = browser_of(tenant, Role.VIEWER, name="vic")
    for name in ("index", "month", "holidays"):
        assert viewer.get(url(name, tenant)).status_code == 200
    assert viewer.get(url("detail", tenant, plan.pk)).status_code == 200
    for name in ("run", "hold", "release", "remove"):
        assert viewer.post(url(name, tenant, plan.pk)).status_code == 403
    assert viewer.get(url("new", tenant)).status_code == 403


def test_holidays_come_from_dates_and_files_and_are_shown_in_the_month(tenant, campaign, supervisor_client):
    ics = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Big day\r\n"
    ics += b"DTSTART;VALUE=DATE:20200101\r\nRRULE:FREQ=WEEKLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    said = {"name": "Ours", "days": "2026-07-04 Fourth\nnonsense", "file": SimpleUploadedFile("us.ics", ics)}
    page = supervisor_client.post(url("holidays_new", tenant), said).content.decode()
    assert "“nonsense” is no date" in page
    said |= {"days": "2026-07-04 Fourth", "file": SimpleUploadedFile("us.ics", ics)}
    supervisor_client.post(url("holidays_new", tenant), said)
    calendar = HolidayCalendar.objects.get()
    plan = planned(tenant, "campaign.start", "Renewals", now=NOW, calendar=calendar)
    page = supervisor_client.get(url("month", tenant)).content.decode()
    assert page.count("rests: Big day") >= 4
    assert "Big day" in supervisor_client.get(url("holidays", tenant)).content.decode()
    supervisor_client.post(url("holidays_remove", tenant, calendar.pk))
    assert HolidayCalendar.objects.exists()
    code, said = run("plan_calendar", tenant.slug, "Ours", "--remove")
    assert code == 1
    assert plan.name in str(said["error"])


def test_a_file_that_would_count_for_ever_is_refused(tenant, supervisor_client):
    ics = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:x\r\n"
    ics += b"DTSTART:20200101T000000Z\r\nRRULE:FREQ=SECONDLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    said = {"name": "Ours", "days": "", "file": SimpleUploadedFile("us.ics", ics)}
    assert "more often than daily" in supervisor_client.post(url("holidays_new", tenant), said).content.decode()
    assert not HolidayCalendar.objects.exists()


def test_the_shell_does_what_the_pages_do(tenant, campaign, sandbox):
    code, made = run(
        "plan_add", tenant.slug, "campaign.start", "Renewals", "--at", "09:00", "--on", "mo", "--name", "Monday"
    )
    assert (code, made["state"], made["when"]) == (0, "active", "Mon at 09:00 (UTC)")
    code, listed = run("plan_list", tenant.slug)
    assert [each["name"] for each in listed["plans"]] == ["Monday"]
    assert run("plan_run", tenant.slug, "Monday")[1]["state"] == "done"
    code, again = run("plan_run", tenant.slug, "Monday")
    assert (code, again["state"]) == (1, "nothing")
    assert run("plan_hold", tenant.slug, "Monday", "--reason", "Audit")[1]["state"] == "held"
    code, shown = run("plan_show", tenant.slug, "Monday")
    assert (shown["held_reason"], shown["ahead"], len(shown["runs"])) == ("Audit", [], 2)
    assert run("plan_release", tenant.slug, "Monday")[1]["state"] == "active"
    assert len(run("plan_show", tenant.slug, "Monday")[1]["ahead"]) == 5
    assert run("plan_add", tenant.slug, "campaign.start", "Renewals", "--at", "26:00")[0] == 1
    assert run("plan_add", tenant.slug, "campaign.start", "Nowhere", "--at", "09:00")[0] == 1
    assert run("plan_add", tenant.slug, "list.order", "Renewals", "Spring", "--at", "9:00", "--set", "no=1")[0] == 1
    assert run("plan_remove", tenant.slug, "Monday")[0] == 0
    with pytest.raises(PlanRefused):
        plan_find(tenant=tenant, name_or_number="Monday")


def test_where_a_dialler_does_not_start_campaigns_only_what_it_offers_is_planned(jtel_tenant):
    browser = browser_of(jtel_tenant)
    assert browser.get(url("index", jtel_tenant)).status_code == 200
    offered = browser.get(url("new", jtel_tenant)).content.decode()
    assert "Make a report" in offered
    assert "Start a campaign" not in offered
    assert run("plan_add", jtel_tenant.slug, "campaign.start", "x", "--at", "9:00")[0] == 1


def test_a_reserve_is_enabled_when_the_list_runs_low_after_a_day_of_trial(tenant, sandbox):
    campaign = sandbox.create_campaign("Renewals", rate=0, running=True)
    records = [{"id": str(n), "phone": f"650555{n:04}"} for n in range(20)]
    sandbox.create_list("Spring", FIELDS, bind=[campaign], records=records)
    sandbox.create_list("Reserve", FIELDS, bind=[campaign], records=records)
    turn(planned(tenant, "list.disable", "Renewals", "Reserve", now=NOW, name="off").next_at)
    said = {"reserve": "Reserve", "below": "20", "every": "10"}
    plan = planned(tenant, "list.low", "Renewals", "Spring", now=NOW, times="09:00 17:00", options=said)
    assert plan.state == PlanState.SHADOW
    passing(plan)
    plan.refresh_from_db()
    assert plan.note == "“Spring” has 20 records that were never attempted: enough."
    assert not plan.runs.exists()
    Plan.objects.filter(pk=plan.pk).update(options={**plan.options, "below": 21})
    for _ in range(3):
        passing(plan)
    (would,) = plan.runs.all()
    assert would.state == RunState.WOULD
    assert "enable “Reserve”" in would.sentence
    assert not lists_of(tenant, campaign)["Reserve"].enabled
    plan.refresh_from_db()
    with pytest.raises(PlanRefused, match="lasts a day"):
        plan_release(plan=plan, actor=SHELL, now=NOW + timedelta(hours=3))
    plan_release(plan=plan, actor=SHELL, now=NOW + timedelta(hours=25))
    passing(plan)
    assert lists_of(tenant, campaign)["Reserve"].enabled
    assert plan.runs.first().state == RunState.DONE
    passing(plan)
    plan.refresh_from_db()
    assert plan.runs.count() == 2
    assert "enabled already" in plan.note


def test_the_page_of_a_plan_on_trial_says_when_the_trial_can_be_ended(tenant, sandbox, supervisor_client):
    campaign, now = sandbox.create_campaign("Renewals", rate=0, running=True), timezone.now()
    for name in ("Spring", "Reserve"):
        sandbox.create_list(name, FIELDS, bind=[campaign], records=[{"id": "1", "phone": "6505550101"}])
    turn(planned(tenant, "list.disable", "Renewals", "Reserve", now=now, name="off").next_at)
    said = {"reserve": "Reserve", "below": "1", "every": "10"}
    plan = planned(tenant, "list.low", "Renewals", "Spring", now=now, times="09:00 17:00", options=said, name="")
    assert plan.name == "Enable a reserve when a list runs low: Spring"
    page, button = url("detail", tenant, plan.pk), "End the trial</button>"
    early = supervisor_client.get(page).content.decode()
    assert button not in early
    assert "on you can end the trial" in early
    assert "Known after its first look" in early
    passing(plan)
    Plan.objects.filter(pk=plan.pk).update(shadow_since=now - timedelta(hours=25))
    late = supervisor_client.get(page).content.decode()
    assert button in late
    assert "end the trial when it is right" in late
    assert "Known after its first look" not in late


def test_what_changes_a_thing_one_time_only_begins_with_one_day(tenant, campaign, supervisor_client):
    once = set()
    for kind in plan_kinds():
        form = supervisor_client.get(f"{url('new', tenant)}?kind={kind.key}").context.get("form")
        if form is not None and form["repeats"].value() == "once":
            once.add(kind.key)
    assert once == {"list.bind", "list.unbind", "list.drain"}


def test_a_list_that_is_not_bound_is_answered_with_those_that_are(tenant, campaign, supervisor_client):
    said = {"campaign": "Renewals", "list": "spring.csv", "times": "09:00", "time_zone": "UTC", "repeats": "once"}
    page = supervisor_client.post(f"{url('new', tenant)}?kind=list.disable", {**said, "first_day": "2030-01-01"})
    assert "is bound to “Renewals”. Bound are “Spring”, “Autumn”." in page.content.decode()


def test_a_list_is_drained_before_it_is_unbound(tenant, sandbox, viewer_client):
    campaign = sandbox.create_campaign("Renewals", rate=0)
    sandbox.create_list("Spring", FIELDS, bind=[campaign])
    once = {"rule": "", "first_day": date(2026, 6, 2), "options": {"quiet": "15", "longest": "4"}}
    plan = planned(tenant, "list.drain", "Renewals", "Spring", now=NOW, **once)
    at, page, words = plan.next_at, url("detail", tenant, plan.pk), "its last run is still under way"
    turn(at)
    plan.refresh_from_db()
    assert plan.state == PlanState.ENDED
    assert words in viewer_client.get(page).content.decode()
    found = plan.runs.get()
    assert found.state == RunState.WAITING
    assert not lists_of(tenant, campaign)["Spring"].enabled
    turn(at + timedelta(minutes=10))
    assert plan.runs.get().state == RunState.WAITING
    turn(at + timedelta(minutes=16))
    assert plan.runs.get().state == RunState.DONE
    assert lists_of(tenant, campaign) == {}
    assert words not in viewer_client.get(page).content.decode()


def test_a_drained_list_that_somebody_enables_again_stays_bound(tenant, sandbox):
    campaign = sandbox.create_campaign("Renewals", rate=0)
    sandbox.create_list("Spring", FIELDS, bind=[campaign])
    plan = planned(tenant, "list.drain", "Renewals", "Spring", now=NOW)
    at = plan.next_at
    turn(at)
    assert run("list_rebind", tenant.slug, "Renewals", "Spring", "--enabled", "yes")[0] == 0
    turn(at + timedelta(minutes=16))
    assert plan.runs.get().state == RunState.NOTHING
    assert "Spring" in lists_of(tenant, campaign)


def test_a_drain_waits_as_long_as_results_come_and_gives_up_in_the_end(tenant, sandbox):
    campaign = sandbox.create_campaign("Renewals", rate=1.0, running=True)
    records = [{"id": str(n), "phone": f"650555{n:04}"} for n in range(50)]
    sandbox.create_list("Spring", FIELDS, bind=[campaign], records=records)
    sandbox.advance(20)
    at = timezone.now().replace(second=0, microsecond=0)
    said = {"times": f"{at:%H:%M}", "options": {"quiet": "60", "longest": "1"}}
    planned(tenant, "list.drain", "Renewals", "Spring", now=at - timedelta(minutes=1), **said)
    turn(at)
    plan = Plan.objects.get()
    for minutes in (10, 50):
        turn(at + timedelta(minutes=minutes))
        waiting = plan.runs.get(state=RunState.WAITING)
        assert "results of calls still come" in waiting.sentence
    turn(at + timedelta(minutes=60, seconds=30))
    assert plan.runs.order_by("planned_at").first().state == RunState.REFUSED
    assert not lists_of(tenant, campaign)["Spring"].enabled


def test_runs_are_kept_as_long_as_jobs_and_plans_say_what_they_cost(tenant, campaign, supervisor_client, settings):
    plan = planned(tenant, "campaign.start", "Renewals", now=NOW, times="09:00 12:00")
    passing(plan)
    settings.JOB_KEEP_DAYS = 400
    assert runs_tidy(now=NOW + timedelta(days=300)) == 0
    assert runs_tidy(now=NOW + timedelta(days=500)) == 1
    assert run("plan_show", tenant.slug, plan.name)[1]["requests_a_day"] == 4
    assert "About 4 requests a day" in supervisor_client.get(url("detail", tenant, plan.pk)).content.decode()
    assert "about 4 requests a day" in supervisor_client.get(url("month", tenant)).content.decode()


def test_a_plan_of_one_day_ends(tenant, campaign):
    plan = planned(tenant, "campaign.start", "Renewals", now=NOW, rule="", first_day=date(2026, 6, 2))
    (done,) = passing(plan)
    assert done.state == RunState.DONE
    plan.refresh_from_db()
    assert (plan.state, plan.next_at) == (PlanState.ENDED, None)
    with pytest.raises(PlanRefused, match="No moment"):
        planned(tenant, "campaign.start", "Renewals", now=NOW, rule="", first_day=date(2026, 5, 2), name="past")
