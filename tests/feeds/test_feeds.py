"""Feeds by page and command, against the sandbox: who may do what, what is told, what follows, what is never done."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.dialler.types import Actor
from bpadmin.feeds.models import Feed, FeedRun, FeedRunState, FeedState
from bpadmin.feeds.runs.decisions import run_refuse
from bpadmin.feeds.runs.judging import runs_tidy
from bpadmin.feeds.runs.looking import feed_look, feeds_sweep
from bpadmin.feeds.runs.turns import run_go_on
from bpadmin.feeds.secrets import secrets_read
from bpadmin.feeds.services import FeedRefused, feed_release
from bpadmin.installation.encryption import others_reencrypt
from bpadmin.installation.hold import hold_begin, hold_end
from bpadmin.jobs.models import Job
from bpadmin.notifications.conditions import conditions_of
from bpadmin.plans.models import Plan
from bpadmin.results.home.needs import needs_all
from bpadmin.tenants.models import Membership, Role
from dnc.kinds import DNC_ADD
from dnc.models import DncList
from tests.dnc.files.filing import held, known_list
from tests.feeds.feeding import NOW, came, fed, put, rows, turn
from tests.plans import planning
from tests.shell import run as command

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


def url(name: str, tenant: Any, *arguments: Any) -> str:
    return reverse(f"feeds:{name}", args=[tenant.slug, *arguments])


def form(**changes: Any) -> dict[str, Any]:
    """Fill in the page of a new feed from a folder into a list."""
    said = {"name": "Leads", "pattern": "leads_{YYYY}{MM}{DD}.csv", "day_offset": "0", "complete": "at_once"}
    said |= {"target_name": "Spring", "option_mode": "upsert", "option_blocked": "leave_out", "times": "06:00"}
    said |= {"time_zone": "Europe/Berlin", "weekdays": ["MO", "TU"], "first_day": "2026-01-01"}
    said |= {"before_minutes": "60", "every_minutes": "10", "late_minutes": "30"}
    return said | {"shrink": "50", "growth": "100", "rejects": "5", "overlap": "40", "live": "30"} | changes


def test_an_administrator_makes_a_feed_on_its_page_and_its_file_is_sent_in_their_name(
    tenant, folder, spring, administrator_client, supervisor_client
):
    page = administrator_client.get(url("new", tenant)).content.decode()
    assert page.count("An SFTP server") == 2
    address = url("new", tenant) + "?source=folder&target=list"
    assert supervisor_client.get(address).status_code == 403
    answer = administrator_client.post(address, form(), follow=True)
    assert "Mon, Tue by 06:00 (Europe/Berlin)" in answer.content.decode()
    feed = Feed.objects.get()
    # Berlin is two hours ahead in summer: 06:00 there is 04:00 here.
    feed.created_at = NOW - DAY
    feed.save()
    put(folder, "leads_20260601.csv", rows(30), at=NOW)
    Feed.objects.update(next_look_at=datetime(2026, 6, 1, 3, 30, tzinfo=UTC))
    turn(datetime(2026, 6, 1, 3, 30, tzinfo=UTC))
    run = FeedRun.objects.get()
    assert (run.state, run.rows) == (FeedRunState.SENT, 30)
    assert run.expected_at == datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
    entry = AuditEntry.objects.get(verb="list.upload.confirm")
    assert entry.actor_name == "ada, by feed “Leads”"
    feed.refresh_from_db()
    # It came, so that nothing is looked for before the next day's hour.
    assert feed.next_look_at == datetime(2026, 6, 2, 3, 0, tzinfo=UTC)
    page = supervisor_client.get(url("detail", tenant, feed.pk)).content.decode()
    assert "leads_20260601.csv" in page
    assert "requests a day to the source" in page
    page = supervisor_client.get(url("run", tenant, run.pk)).content.decode()
    assert run.file_sha256 in page
    assert "leads_20260601.csv" not in supervisor_client.get(url("index", tenant)).content.decode()


def test_what_is_wrong_is_said_at_its_field(tenant, folder, spring, administrator_client):
    address = url("new", tenant) + "?source=folder&target=list"
    for changes, words in (
        ({"pattern": "../leads.csv"}, "The pattern is of the name alone"),
        ({"source_folder": "../other"}, "leads out of it"),
        ({"target_name": "Nowhere"}, "Nowhere"),
        ({"option_recipe": "none"}, "has no recipe"),
        ({"times": "26:00"}, "is no time"),
        ({"then_kind": "list.enable"}, "Say in which campaign"),
    ):
        page = administrator_client.post(address, form(**changes)).content.decode()
        assert words in page, changes
    assert not Feed.objects.exists()


def test_a_link_out_of_the_tenants_folder_is_not_followed(tenant, folder, spring, tmp_path):
    (tmp_path / "secret.csv").write_text(rows(5))
    (folder / "leads.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "out").symlink_to(tmp_path)
    with pytest.raises(FeedRefused, match="leads out of it"):
        fed(tenant, address={"folder": "out"})
    fed(tenant)
    turn(NOW)
    assert not FeedRun.objects.exists()


def test_without_a_folder_set_up_by_the_operator_there_is_none(tenant, spring, settings):
    settings.FEED_FOLDER = ""
    with pytest.raises(FeedRefused, match="BPADMIN_FEED_FOLDER"):
        fed(tenant)


def test_a_file_that_is_not_there_is_told_at_once_on_the_home_page_and_by_notifications(
    tenant, folder, spring, supervisor_client
):
    now = timezone.now()
    feed = fed(tenant, times=f"{now - timedelta(minutes=2):%H:%M}", before_minutes=120, now=now - timedelta(hours=1))
    turn(now)
    run = FeedRun.objects.get()
    assert run.state == FeedRunState.MISSING
    (need,) = (each for each in needs_all(tenant) if each.kind == "feed_missing")
    assert need.words == run.sentence
    assert "and is not" in need.words
    assert any(each.kind == "need.feed_missing" for each in conditions_of(tenant, now))
    assert "is not there" in supervisor_client.get(reverse("results:home", args=[tenant.slug])).content.decode()
    page = supervisor_client.post(url("run_refuse", tenant, run.pk), {"reason": "No leads today"}, follow=True)
    assert "Refused" in page.content.decode()
    assert not any(each.kind == "feed_missing" for each in needs_all(tenant))
    feed.refresh_from_db()
    assert feed.next_look_at > now + timedelta(hours=12)


def test_a_held_file_is_decided_on_its_page_with_the_old_beside_the_new(tenant, folder, spring, supervisor_client):
    feed = fed(tenant)
    came(feed, folder, "leads-1.csv", rows(60), at=NOW)
    run = came(feed, folder, "leads-2.csv", rows(9, first=100), at=NOW + DAY)
    assert any(each.kind == "feed_held" for each in needs_all(tenant))
    page = supervisor_client.get(url("run", tenant, run.pk)).content.decode()
    assert "60 rows" in page
    assert "9 rows" in page
    # The part that is swapped while the file is on its way holds the buttons, so that they come without a reload.
    assert page.index("Release and send") < page.rindex("</section>", 0, page.index("</main>"))
    supervisor_client.post(url("run_release", tenant, run.pk))
    run.refresh_from_db()
    assert (run.state, run.decided_by) == (FeedRunState.SENT, "sam")
    assert run.job.confirmed
    assert AuditEntry.objects.filter(verb="list.upload.confirm").first().actor_name == "sam"


def test_a_file_that_is_there_and_was_taken_is_not_called_missing(tenant, folder, spring):
    feed = fed(tenant)
    came(feed, folder, "leads-1.csv", rows(60), at=NOW)
    came(feed, folder, "leads-2.csv", rows(9, first=100), at=NOW + DAY)
    feed_look(feed_id=feed.pk, now=NOW + DAY + timedelta(hours=1))
    feed.refresh_from_db()
    assert feed.note == "leads-2.csv was taken already (held back). 1 other file is passed over as well."


def test_a_dry_run_says_how_it_would_go_and_leaves_nothing_behind(tenant, folder, spring, supervisor_client):
    feed = fed(tenant)
    put(folder, "leads-1.csv", rows(12))
    code, told = command("feed_run", tenant.slug, "Leads", "--dry-run")
    assert (code, told["state"], told["rows"]) == (0, "would", 12)
    assert "would be sent: 12 rows" in told["sentence"]
    assert not Job.objects.exists()
    supervisor_client.post(url("ask", tenant, feed.pk), {"dry": "1"})
    asked = FeedRun.objects.filter(state=FeedRunState.ASKED).get()
    run_go_on(run_id=asked.pk)
    Feed.objects.update(next_look_at=None)
    turn(timezone.now())
    asked.refresh_from_db()
    assert (asked.state, asked.actor_name) == (FeedRunState.WOULD, "sam")
    assert not Job.objects.exists()


def test_commands_run_hold_release_and_tell(tenant, folder, spring):
    tenant.time_zone = "Asia/Kathmandu"
    tenant.save()
    fed(tenant)
    put(folder, "leads-1.csv", rows(20))
    code, told = command("feed_run", tenant.slug, "Leads")
    assert (code, told["state"], told["rows"]) == (0, "sent", 20), told
    assert Job.objects.get(pk=told["job"]).n_added == 20
    code, again = command("feed_run", tenant.slug, "Leads")
    assert code == 1
    there = FeedRun.objects.get(state=FeedRunState.SENT).found_at.astimezone(ZoneInfo(tenant.time_zone))
    assert f"was taken before, on {there:%-d %B at %H:%M} (sent)." in again["sentence"]
    put(folder, "leads-2.csv", rows(5, first=100), at=NOW + DAY)
    code, held_back = command("feed_run", tenant.slug, "Leads")
    assert (code, held_back["state"]) == (1, "held")
    assert held_back["findings"][0]["guard"] == "size"
    code, listed = command("feed_list", tenant.slug)
    assert [each["file"] for each in listed["waiting"] if each["state"] == "held"] == ["leads-2.csv"]
    code, done = command("feed_release", tenant.slug, "Leads", "--run", str(held_back["run"]))
    assert (code, done["state"]) == (0, "sent")
    assert command("feed_hold", tenant.slug, "Leads", "--reason", "CRM moves")[1]["held_reason"] == "CRM moves"
    assert feeds_sweep(now=NOW + 9 * DAY)[0] == []
    code, shown = command("feed_show", tenant.slug, "Leads")
    assert (shown["state"], len(shown["runs"])) == ("held", 3)
    assert shown["source_requests_a_day"] == 0
    assert command("feed_release", tenant.slug, "Leads")[1]["state"] == "active"
    assert command("feed_run", tenant.slug, "Nowhere")[0] == 1


def test_a_feed_is_made_changed_and_removed_in_a_shell(tenant, folder, spring, tmp_path):
    said = ["--source", "folder", "--pattern", "leads*.csv", "--into", "list", "--option", "mode=upsert"]
    code, made = command("feed_add", tenant.slug, "Nightly", "Spring", *said, "--by", "06:00", "--on", "MO,TU")
    assert (code, made["state"], made["options"]["mode"]) == (0, "active", "upsert"), made
    assert "Mon, Tue by 06:00" in made["when"]
    code, changed = command("feed_change", tenant.slug, "Nightly", "--by", "07:00", "--limit", "shrink=20")
    assert (code, changed["limits"]["shrink"]) == (0, 20), changed
    assert "Mon, Tue by 07:00" in changed["when"]
    assert command("feed_add", tenant.slug, "Nightly", "Spring", *said)[0] == 1
    assert command("feed_remove", tenant.slug, "Nightly")[0] == 0
    assert not Feed.objects.exists()


def test_while_the_installation_is_held_no_file_is_taken(tenant, folder, spring):
    feed = fed(tenant)
    put(folder, "leads-1.csv", rows(5))
    hold_begin(reason="Restored")
    turn(NOW)
    assert not FeedRun.objects.exists()
    code, told = command("feed_run", tenant.slug, "Leads")
    assert (code, told["error"]) == (1, "Restored")
    hold_end()
    turn(NOW)
    assert FeedRun.objects.get(feed=feed).state == FeedRunState.SENT


def test_a_feed_whose_owner_may_not_send_any_more_is_held(tenant, folder, spring, administrator, make_member):
    feed = fed(tenant, actor=Actor(administrator))
    Membership.objects.filter(user=administrator).update(role=Role.VIEWER)
    put(folder, "leads-1.csv", rows(5))
    turn(NOW)
    feed.refresh_from_db()
    assert feed.state == FeedState.HELD
    assert "is Viewer here now" in feed.held_reason
    assert not Job.objects.exists()
    other = make_member("olga", Role.SUPERVISOR)
    feed_release(feed=feed, actor=Actor(other), now=NOW)
    assert feed.owner == other
    Membership.objects.filter(user=other).delete()
    feeds_sweep(now=NOW + timedelta(minutes=1))
    feed.refresh_from_db()
    assert feed.is_orphan
    with pytest.raises(FeedRefused, match="Administrator"):
        feed_release(feed=feed, actor=Actor(make_member("max", Role.SUPERVISOR)), now=NOW)


def test_a_feed_whose_owner_is_limited_since_is_held(tenant, folder, spring, administrator, make_member):
    feed = fed(tenant, actor=Actor(administrator))
    limits = {"campaigns": [], "lists": ["elsewhere"], "dnc": []}
    Membership.objects.filter(user=administrator).update(role=Role.SUPERVISOR, limits=limits)
    put(folder, "leads-1.csv", rows(5))
    turn(NOW)
    feed.refresh_from_db()
    assert feed.state == FeedState.HELD
    assert "is limited to some campaigns" in feed.held_reason
    assert not Job.objects.exists()
    other = make_member("olga", Role.SUPERVISOR)
    feed_release(feed=feed, actor=Actor(other), now=NOW)
    assert feed.owner == other


def test_when_a_file_is_in_what_follows_is_a_plan_of_the_next_minute(tenant, folder, spring, sandbox):
    assert command("list_rebind", tenant.slug, "Renewals", "Spring", "--enabled", "no")[0] == 0
    feed = fed(tenant, then_kind="list.enable", then_campaign="Renewals")
    run = came(feed, folder, "leads-1.csv", rows(5), at=NOW)
    assert run.state == FeedRunState.SENT
    run.refresh_from_db()
    plan = Plan.objects.get()
    assert run.then_plan == plan
    planning.turn(plan.next_at)
    (done,) = plan.runs.all()
    assert done.state == "done", done.sentence


def test_a_registrys_change_list_adds_and_removes_and_the_lists_freshness_follows(tenant, folder, sandbox):
    dnc_list = known_list(tenant, sandbox, ["16505550101"])
    DncList.objects.filter(pk=dnc_list.pk).update(is_registry=True)
    said = {"target": "dnc", "target_name": dnc_list.name, "pattern": "changes_{YYYY}{MM}{DD}.csv"}
    feed = fed(tenant, **said)
    text = "Phone,Action\n6505550100,A\n6505550101,D\n"
    run = came(feed, folder, "changes_20260601.csv", text, at=NOW)
    assert run.state == FeedRunState.HELD
    assert "1 entry is taken out" in run.sentence
    run_refuse(run=run, actor=planning.SHELL, now=NOW)
    options = {"removals": "go", "comment": "Changes of the registry"}
    Feed.objects.update(options={**feed.options, **options})
    run = came(feed, folder, "changes_20260602.csv", text + "6505550102,A\n", at=NOW + DAY)
    assert run.state == FeedRunState.SENT, run.sentence
    assert run.job.kind == DNC_ADD
    assert sorted(held(sandbox, dnc_list)) == ["16505550100", "16505550102"]
    dnc_list.refresh_from_db()
    assert dnc_list.data_as_of.isoformat() == "2026-06-02"


class Served(SimpleHTTPRequestHandler):
    """A web server of one folder that wants a token."""

    def do_GET(self) -> None:
        if self._may():
            super().do_GET()

    def do_HEAD(self) -> None:
        if self._may():
            super().do_HEAD()

    def _may(self) -> bool:
        if self.headers.get("Authorization") == "Bearer t0ken":
            return True
        self.send_error(401)
        return False

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    folder = tmp_path / "web"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Served, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", folder
    server.shutdown()


def from_web(tenant: Any, address: str, **said: Any) -> Feed:
    said = {"secrets": {"token": "t0ken"}, "pattern": "leads_{YYYY}-{MM}-{DD}.csv", **said}
    return fed(tenant, source="https", address={"url": address}, **said)


def test_a_file_of_a_web_server_is_fetched_by_the_name_of_the_day(tenant, spring, web):
    address, there = web
    feed = from_web(tenant, address)
    put(there, "leads_2026-06-01.csv", rows(7))
    put(there, "leads_2026-06-02.csv", rows(8))
    turn(NOW)
    run = FeedRun.objects.get()
    assert (run.file_name, run.state, run.rows) == ("leads_2026-06-01.csv", FeedRunState.SENT, 7)
    turn(NOW + timedelta(minutes=10))
    assert FeedRun.objects.count() == 1
    feed.refresh_from_db()
    assert feed.note == "leads_2026-06-01.csv was taken already (sent)."


def test_a_source_that_refuses_us_is_told_after_three_looks(tenant, spring, web):
    address, _ = web
    feed = from_web(tenant, address, secrets={"token": "wrong"})
    for minutes in (0, 6, 12):
        turn(NOW + timedelta(minutes=minutes))
    feed.refresh_from_db()
    assert feed.failures == 3
    assert "refuses us (401)" in feed.note
    (need,) = (each for each in needs_all(tenant) if each.kind == "feed_away")
    assert need.words == feed.note


def test_a_source_in_a_private_network_is_refused_when_it_is_made_and_at_each_look(tenant, spring, web, settings):
    address, there = web
    feed = from_web(tenant, address)
    put(there, "leads_2026-06-01.csv", rows(7))
    settings.ALLOW_PRIVATE_TENANTS = False
    for source, said in (
        ("https", {"url": "https://127.0.0.1/"}),
        ("sftp", {"host": "127.0.0.1", "user": "u"}),
        ("imap", {"host": "10.0.0.1", "user": "u", "sender": "x"}),
        ("s3", {"endpoint": "https://192.168.0.1/", "bucket": "abc", "key_id": "k"}),
    ):
        secrets = {"password": "p", "secret_key": "s"}
        with pytest.raises(FeedRefused, match="private network"):
            fed(tenant, name=source, source=source, address=said, secrets=secrets, pattern="leads.csv")
    turn(NOW)
    feed.refresh_from_db()
    assert feed.failures == 1
    assert not FeedRun.objects.exists()


def test_secrets_are_stored_encrypted_never_shown_and_not_told_to_another_server(
    tenant, spring, web, administrator_client
):
    address, _ = web
    feed = from_web(tenant, address)
    assert "t0ken" not in feed.secret
    assert secrets_read(feed) == {"token": "t0ken"}
    assert others_reencrypt() >= 1
    feed.refresh_from_db()
    assert secrets_read(feed) == {"token": "t0ken"}
    page = administrator_client.get(url("edit", tenant, feed.pk)).content.decode()
    assert "t0ken" not in page
    assert "Stored. Left empty, it stays." in page
    said = form(pattern="leads.csv", source_url=address, name="Leads")
    administrator_client.post(url("edit", tenant, feed.pk), said)
    feed.refresh_from_db()
    assert (feed.pattern, secrets_read(feed)) == ("leads.csv", {"token": "t0ken"})
    administrator_client.post(url("edit", tenant, feed.pk), said | {"source_url": "http://127.0.0.1:9/"})
    feed.refresh_from_db()
    assert secrets_read(feed) == {}


def test_a_feed_says_what_it_costs_a_day(tenant, spring, web):
    address, _ = web
    feed = from_web(tenant, address, times="06:00", before_minutes=60, every_minutes=10)
    code, told = command("feed_show", tenant.slug, feed.name)
    # A look each ten minutes of the hour before, one at the moment itself, one that fetches.
    assert (code, told["source_requests_a_day"]) == (0, 8.0)
    assert told["dialler_requests_a_day"] == 3.0


def test_runs_are_kept_as_long_as_jobs(tenant, folder, spring, settings):
    feed = fed(tenant)
    came(feed, folder, "leads-1.csv", rows(5), at=NOW)
    settings.JOB_KEEP_DAYS = 400
    assert runs_tidy(now=NOW + timedelta(days=300)) == 0
    assert runs_tidy(now=NOW + timedelta(days=500)) == 1
