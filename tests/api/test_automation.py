"""Plans, feeds and reports by the API: the same services, refusals and words as page and shell."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from bpadmin.feeds.models import FeedRunState
from bpadmin.feeds.runs.turns import run_go_on
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.people.tokens import Scope
from tests.api.asking import Script
from tests.feeds.conftest import folder  # noqa: F401 - a fixture
from tests.feeds.feeding import NOW, came, fed, put, rows, turn
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def feed(tenant: Tenant, sandbox: Any, folder: Path) -> Any:  # noqa: F811
    from lists.services import list_format_say
    from tests.feeds.feeding import FIELDS, SPECS

    made = str(sandbox.create_list("Spring", FIELDS, bind=[sandbox.create_campaign("Renewals", rate=0)]))
    list_format_say(tenant=tenant, list_id=made, list_name="Spring", fields=SPECS, actor=None)
    return fed(tenant)


def test_a_feed_is_read_run_dry_held_and_released(script: Script, feed: Any, folder: Path) -> None:  # noqa: F811
    (told,) = script.ask("GET", "feeds/")["feeds"]
    assert (told["number"], told["name"], told["state"]) == (feed.pk, "Leads", "active")
    put(folder, "leads-1.csv", rows(20))
    asked = script.send(f"feeds/{feed.pk}/run/", {"dry_run": True}, status=202)
    assert (asked["state"], asked["dry_run"]) == ("asked", True)
    assert "being looked at already" in script.send(f"feeds/{feed.pk}/run/", {"dry_run": True}, status=409)["problem"]
    run_go_on(run_id=asked["run"])
    turn(NOW)
    looked = script.ask("GET", f"feeds/files/{asked['run']}/")
    assert (looked["state"], looked["rows"], looked["job"]) == ("would", 20, None)
    held = script.send(f"feeds/{feed.pk}/hold/", {"reason": "Their server moves."})
    assert (held["state"], held["held_reason"]) == ("held", "Their server moves.")
    assert "held already" in script.send(f"feeds/{feed.pk}/hold/", status=409)["problem"]
    assert script.send(f"feeds/{feed.pk}/release/")["state"] == "active"
    whole = script.ask("GET", f"feeds/{feed.pk}/")
    assert asked["run"] in [each["run"] for each in whole["runs"]]
    script.ask("GET", "feeds/999/", status=404)
    script.send(f"feeds/{feed.pk}/run/", {"dry": True}, status=400)


def test_a_held_file_is_released_or_refused(script: Script, feed: Any, folder: Path) -> None:  # noqa: F811
    came(feed, folder, "leads-1.csv", rows(100), at=NOW)
    small = came(feed, folder, "leads-2.csv", rows(30, first=200), at=NOW + timedelta(days=1))
    told = script.ask("GET", f"feeds/files/{small.pk}/")
    assert [(each["guard"], each["old"], each["new"]) for each in told["findings"]] == [("size", "100 rows", "30 rows")]
    script.send(f"feeds/files/{small.pk}/release/", {"answers": {"date_order": 3}}, status=400)
    Tenant.objects.update(two_people=True)
    assert "another person" in script.send(f"feeds/files/{small.pk}/release/", status=409)["problem"]
    Tenant.objects.update(two_people=False)
    assert script.send(f"feeds/files/{small.pk}/release/", status=202)["state"] == "sent"
    turn(NOW + timedelta(days=1))
    other = came(feed, folder, "leads-3.csv", rows(400, first=500), at=NOW + timedelta(days=2))
    assert other.state == FeedRunState.HELD
    refused = script.send(f"feeds/files/{other.pk}/refuse/", {"reason": "Twice the rows."})
    assert (refused["state"], refused["decided_by"]) == ("refused", "sam (token nightly)")


def test_plans_and_reports_are_read_held_and_run(script: Script, tenant: Tenant, sandbox: Any) -> None:
    sandbox.create_campaign("Renewals", rate=0)
    assert run("plan_add", tenant.slug, "campaign.start", "Renewals", "--at", "09:00", "--name", "Mornings")[0] == 0
    assert run("report_add", tenant.slug, "Daily", "--period", "yesterday")[0] == 0
    (plan,) = script.ask("GET", "plans/")["plans"]
    assert plan["requests_a_day"] > 0
    place = f"plans/{plan['number']}/"
    assert script.send(f"{place}hold/", {"reason": "Holidays."})["state"] == "held"
    assert script.send(f"{place}release/")["state"] == "active"
    done = script.send(f"{place}run/")
    assert (done["cause"], done["state"]) == ("person", "done"), done
    whole = script.ask("GET", place)
    assert len(whole["ahead"]) == 5
    assert len(whole["runs"]) == 1
    (report,) = script.ask("GET", "reports/")["reports"]
    made = script.send(f"reports/{report['number']}/make/", status=202)
    files = script.ask("GET", f"reports/{report['number']}/")["files"]
    assert [each["file"] for each in files] == [made["file"]]


def test_a_viewer_reads_and_does_nothing(tenant: Tenant, viewer: User, feed: Any) -> None:
    reads = Script(tenant, viewer, Scope.AUTOMATION_READ)
    assert reads.ask("GET", "feeds/")["feeds"]
    assert "automation:control" in reads.send(f"feeds/{feed.pk}/hold/", status=403)["problem"]
