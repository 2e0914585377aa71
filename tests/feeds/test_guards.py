"""Each guard, with a file that trips it: nothing is sent, the old stands beside the new, a person decides."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bpadmin.audit.models import AuditEntry
from bpadmin.dialler.models import CatalogueBinding, CatalogueCampaign
from bpadmin.feeds.models import Feed, FeedRun, FeedRunState
from bpadmin.feeds.runs.decisions import findings_of, run_refuse, run_release
from bpadmin.feeds.services import FeedRefused
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_cancel, job_confirm
from lists.services import list_format_say
from tests.feeds.feeding import FIELDS, NOW, SPECS, came, fed, put, rows, turn
from tests.plans.planning import SHELL

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
LATER = NOW + DAY


@pytest.fixture
def feed(tenant: Any, folder: Path, spring: str) -> Feed:
    """A feed that has sent a file of a hundred rows."""
    made = fed(tenant, name="Leads")
    first = came(made, folder, "leads-1.csv", rows(100), at=NOW)
    assert first.state == FeedRunState.SENT, first.sentence
    assert first.job.n_added == 100
    return made


def tripped(run: FeedRun) -> list[str]:
    """Return the guards that held a run back, after a look that nothing of it was sent."""
    assert run.state == FeedRunState.HELD, run.sentence
    assert run.job is None or run.job.started_at is None
    return [each.guard.value for each in findings_of(run)]


def test_a_file_that_is_like_the_one_before_is_sent_by_itself(feed, folder):
    second = came(feed, folder, "leads-2.csv", rows(110, first=500), at=LATER)
    assert second.state == FeedRunState.SENT
    assert (second.rows, second.columns, second.job.n_added) == (110, 3, 110)
    assert second.job.file_sha256 == second.file_sha256


def test_the_same_content_under_another_name_is_held(feed, folder):
    run = came(feed, folder, "leads-2.csv", rows(100), at=LATER)
    assert tripped(run) == ["same"]
    (found,) = findings_of(run)
    assert found.old.startswith("leads-1.csv")
    assert found.new == "leads-2.csv"


def test_a_file_that_a_person_has_sent_before_is_held(tenant, folder, spring, feed):
    FeedRun.objects.all().delete()
    assert tripped(came(feed, folder, "leads-2.csv", rows(100), at=LATER)) == ["same"]


def test_an_empty_file_and_one_with_a_header_alone_are_held_and_nothing_can_be_released(feed, folder):
    nothing = came(feed, folder, "leads-2.csv", "", at=LATER)
    assert tripped(nothing) == ["empty"]
    with pytest.raises(FeedRefused, match="nothing in it"):
        run_release(run=nothing, actor=SHELL, now=LATER)
    bare = came(feed, folder, "leads-3.csv", "id,phone,due\n", at=LATER + DAY)
    assert tripped(bare) == ["empty"]
    assert findings_of(bare)[0].old == "100 rows"
    assert run_release(run=bare, actor=SHELL, now=LATER).state != FeedRunState.SENT


def test_a_shrunken_and_a_grown_file_are_held(feed, folder):
    small = came(feed, folder, "leads-2.csv", rows(50, first=200), at=LATER)
    assert tripped(small) == ["size"]
    assert [(each.old, each.new) for each in findings_of(small)] == [("100 rows", "50 rows")]
    large = came(feed, folder, "leads-3.csv", rows(200, first=300), at=LATER + DAY)
    assert tripped(large) == ["size"]
    assert came(feed, folder, "leads-4.csv", rows(51, first=600), at=LATER + 2 * DAY).state == FeedRunState.SENT


def test_a_changed_header_is_held_with_both_beside_each_other(feed, folder):
    run = came(feed, folder, "leads-2.csv", rows(100, first=200, header="id,phone,due date"), at=LATER)
    assert "header" in tripped(run)
    (found,) = (each for each in findings_of(run) if each.guard.value == "header")
    assert (found.old, found.new) == ("3: id, phone, due", "3: id, phone, due date")
    assert "“due” is gone; “due date” is new" in found.sentence


def test_a_file_that_ends_within_a_line_is_held(feed, folder):
    assert tripped(came(feed, folder, "leads-2.csv", rows(100, first=200)[:-1], at=LATER)) == ["half"]


def test_a_packed_file_that_was_cut_off_is_held(tenant, folder, spring):
    feed = fed(tenant, pattern="leads*.csv.gz")
    run = came(feed, folder, "leads-1.csv.gz", gzip.compress(rows(500).encode())[:-40], at=NOW)
    assert tripped(run) == ["half"]


def test_more_rejects_than_usual_are_held(feed, folder):
    run = came(feed, folder, "leads-2.csv", rows(100, first=200, bad=6), at=LATER)
    assert tripped(run) == ["rejects"]
    assert [(each.old, each.new) for each in findings_of(run)] == [("0.0 % refused", "6.0 % refused")]
    assert came(feed, folder, "leads-3.csv", rows(100, first=400, bad=4), at=LATER + DAY).state == FeedRunState.SENT


def test_an_unusual_overlap_with_the_file_before_is_held(tenant, folder, spring):
    feed = fed(tenant, options={"mode": "upsert"})
    for day, name in enumerate(("leads-1.csv", "leads-2.csv", "leads-3.csv")):
        run = came(feed, folder, name, rows(100, first=5 * day), at=NOW + day * DAY)
        assert run.state == FeedRunState.SENT, run.sentence
    assert run.facts["overlap"] == 95.0
    other = came(feed, folder, "leads-4.csv", rows(100, first=5000), at=NOW + 4 * DAY)
    assert tripped(other) == ["overlap"]
    assert [(each.old, each.new) for each in findings_of(other)] == [("95 % known", "0 % known")]


def dialled(tenant: Any, list_id: str, name: str, state: str = "RUNNING") -> None:
    """Let the catalogue know a list on a running campaign."""
    keys = {"name_key": name.encode(), "search": name}
    campaign = CatalogueCampaign.objects.create(tenant=tenant, remote_id=f"c{list_id}", name=name, state=state, **keys)
    CatalogueBinding.objects.create(
        tenant=tenant, campaign=campaign, list_id=list_id, instance_id="1", list_name=name, campaign_key=b"", **keys
    )


def test_numbers_that_are_being_dialled_in_other_lists_are_held(tenant, folder, spring, sandbox):
    autumn = str(sandbox.create_list("Autumn", FIELDS))
    list_format_say(tenant=tenant, list_id=autumn, list_name="Autumn", fields=SPECS, actor=None)
    other = came(fed(tenant, "Autumn", name="Old", pattern="old*.csv"), folder, "old-1.csv", rows(100), at=NOW)
    assert other.state == FeedRunState.SENT
    other.job.refresh_from_db()
    assert other.job.n_added == 100
    feed = fed(tenant, limits={"overlap": 0})
    stands_still = came(feed, folder, "leads-1.csv", rows(90, first=40), at=NOW)
    assert stands_still.state == FeedRunState.SENT, stands_still.sentence
    assert stands_still.facts["live"] is None
    dialled(tenant, autumn, "Autumn")
    dialled(tenant, spring, "Spring")
    few = came(feed, folder, "leads-2.csv", rows(100, first=90), at=LATER)
    assert (few.state, few.facts["live"]) == (FeedRunState.SENT, 10.0), few.sentence
    many = came(feed, folder, "leads-3.csv", rows(100, first=40).replace("K", "L"), at=LATER + DAY)
    assert tripped(many) == ["live"]
    (found,) = findings_of(many)
    assert (found.old, found.new) == ("10 % in live lists", "60 % in live lists")
    assert "“Autumn” 60 %" in found.sentence
    assert "“Spring”" not in found.sentence


def test_an_encoding_that_is_not_sure_is_asked_and_the_answer_sends_the_file(tenant, folder, spring):
    feed = fed(tenant)
    # What is "ù" in Windows is another letter elsewhere, and one word tells too little.
    run = came(feed, folder, "leads-1.csv", b"id,phone,name\nA,6505550100,Bold\xf9\nB,6505550101,Ann\n", at=NOW)
    assert tripped(run) == ["encoding"]
    assert "“Boldù” in Windows-1252" in run.sentence
    with pytest.raises(FeedRefused, match="encoding"):
        run_release(run=run, actor=SHELL, now=NOW)
    run = run_release(run=run, actor=SHELL, answers={"encoding": "cp1252"}, now=NOW)
    turn(NOW)
    run.refresh_from_db()
    assert run.state == FeedRunState.SENT, run.sentence


def test_another_encoding_than_that_of_the_file_before_is_held(tenant, folder, spring):
    feed = fed(tenant)
    text = "id,phone,name\n" + "".join(f"A{n},650555{n:04},François Müller\n" for n in range(9))
    assert came(feed, folder, "leads-1.csv", text.encode(), at=NOW).state == FeedRunState.SENT
    run = came(feed, folder, "leads-2.csv", text.replace("A", "B").encode("cp1252"), at=LATER)
    assert tripped(run) == ["encoding"]
    assert findings_of(run)[0].old == "UTF-8"


def test_an_order_of_dates_that_is_not_sure_is_asked(feed, folder):
    text = rows(99, first=200) + "K999,6505550999,25-06-2026\nK998,6505550998,03-04-2026\n"
    run = came(feed, folder, "leads-2.csv", text.replace("06-20-2026", "05-06-2026"), at=LATER)
    assert "question" in tripped(run)
    assert any(each.choice == "date_order" for each in findings_of(run))


def test_a_late_file_is_held_and_one_a_little_late_is_not(tenant, folder, spring):
    feed = fed(tenant, times="06:00", late_minutes=30, rule="FREQ=DAILY", pattern="leads-{DD}.csv")
    turn(NOW + timedelta(minutes=65))
    missing = FeedRun.objects.get()
    assert missing.state == FeedRunState.MISSING
    late = came(feed, folder, "leads-01.csv", rows(20), at=NOW + timedelta(minutes=95))
    assert tripped(late) == ["late"]
    assert late.pk == missing.pk
    assert [(each.old, each.new) for each in findings_of(late)] == [("expected by 06:00", "found at 06:35")]
    little = came(feed, folder, "leads-02.csv", rows(20, first=50), at=NOW + DAY + timedelta(minutes=85))
    assert little.state == FeedRunState.SENT, little.sentence


def test_a_file_is_taken_only_once_its_size_stays_the_same(tenant, folder, spring):
    feed = fed(tenant, complete="stable")
    put(folder, "leads-1.csv", rows(10))
    turn(NOW)
    run = FeedRun.objects.get()
    assert run.state == FeedRunState.FOUND
    put(folder, "leads-1.csv", rows(20), at=NOW + timedelta(seconds=40))
    turn(NOW + timedelta(minutes=2))
    run.refresh_from_db()
    assert run.state == FeedRunState.FOUND
    feed.refresh_from_db()
    assert feed.next_look_at == NOW + timedelta(minutes=3)
    turn(NOW + timedelta(minutes=3))
    run.refresh_from_db()
    assert (run.state, run.rows) == (FeedRunState.SENT, 20)
    assert FeedRun.objects.count() == 1


def test_a_marker_and_a_temporary_name_keep_a_file_from_being_taken(tenant, folder, spring):
    fed(tenant, complete="marker", marker=".done", pattern="leads*")
    for name in ("leads-1.csv", "leads-2.csv.part", ".leads-3.csv"):
        put(folder, name, rows(10))
    turn(NOW)
    assert [run.file_name for run in FeedRun.objects.all()] == ["leads-1.csv"]
    assert not Job.objects.exists()
    put(folder, "leads-1.csv.done", "")
    turn(NOW + timedelta(minutes=6))
    run = FeedRun.objects.get(file_name="leads-1.csv")
    assert run.state == FeedRunState.SENT


def test_a_released_file_is_sent_in_the_name_of_who_released_it_and_the_log_says_why(feed, folder):
    run = came(feed, folder, "leads-2.csv", rows(40, first=200), at=LATER)
    run = run_release(run=run, actor=SHELL, now=LATER)
    assert run.state == FeedRunState.SENT
    turn(LATER)
    run.job.refresh_from_db()
    assert (run.job.state, run.job.n_added) == (JobState.SUCCEEDED, 40)
    entry = AuditEntry.objects.get(verb="feed.file.release")
    assert "60 % fewer rows" in entry.message
    assert entry.actor_name == "shell"
    assert entry.details["guards"] == ["size"]
    with pytest.raises(FeedRefused, match="not held"):
        run_release(run=run, actor=SHELL, now=LATER)


def test_a_refused_file_leaves_the_last_good_state(feed, folder):
    run = came(feed, folder, "leads-2.csv", rows(40, first=200), at=LATER)
    run = run_refuse(run=run, actor=SHELL, reason="The CRM was down.", now=LATER)
    assert run.state == FeedRunState.REFUSED
    assert run.job.state == JobState.CANCELLED
    assert AuditEntry.objects.get(verb="feed.file.refuse").message == "leads-2.csv: The CRM was down."
    turn(LATER)
    assert Job.objects.filter(started_at__isnull=False).count() == 1
    third = came(feed, folder, "leads-3.csv", rows(90, first=300), at=LATER + DAY)
    assert (third.state, third.former.file_name) == (FeedRunState.SENT, "leads-1.csv")


def test_a_held_file_that_is_sent_from_its_jobs_own_page_is_not_held_any_more(feed, folder):
    run = came(feed, folder, "leads-2.csv", rows(40, first=200), at=LATER)
    job_confirm(job=run.job, actor_name="sam", ring=False)
    turn(LATER)
    turn(LATER)
    run.refresh_from_db()
    assert (run.state, run.is_followed) == (FeedRunState.SENT, True)
    other = came(feed, folder, "leads-3.csv", rows(4, first=400), at=LATER + DAY)
    job_cancel(job=other.job, actor_name="sam")
    turn(LATER + DAY)
    other.refresh_from_db()
    assert other.state == FeedRunState.REFUSED


def test_after_a_held_file_a_better_one_is_looked_for(tenant, folder, spring):
    feed = fed(tenant, times="06:00", rule="FREQ=DAILY")
    came(feed, folder, "leads-1.csv", rows(100), at=NOW)
    assert tripped(came(feed, folder, "leads-2.csv", rows(10, first=200), at=LATER)) == ["size"]
    better = came(feed, folder, "leads-3.csv", rows(100, first=200), at=LATER + timedelta(minutes=20))
    assert (better.state, better.expected_at) == (FeedRunState.SENT, LATER + timedelta(hours=1))
    feed.refresh_from_db()
    assert feed.next_look_at == LATER + DAY - timedelta(hours=1)


def test_an_older_file_is_not_released_over_a_newer_one(tenant, folder, spring):
    feed = fed(tenant, options={"mode": "upsert"})
    came(feed, folder, "leads-1.csv", rows(100), at=NOW)
    held = came(feed, folder, "leads-2.csv", rows(20), at=LATER)
    assert came(feed, folder, "leads-3.csv", rows(100, first=1), at=LATER + DAY).state == FeedRunState.SENT
    with pytest.raises(FeedRefused, match="put older data over it"):
        run_release(run=held, actor=SHELL, now=LATER + DAY)
