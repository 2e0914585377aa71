"""What newer tenants tell of campaigns: how they dial, dispositions, teams, link groups, copies, deletions."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.services import tenant_test
from tests.fixtures_tenants import browser_of
from tests.shell import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def renewals(sandbox: Any, tenant: Tenant) -> str:
    """A campaign of a tenant with the newest methods; its id."""
    made = str(sandbox.create_campaign("Renewals"))
    sandbox.options(newer_campaigns=True, newer_links=True)
    tenant_test(tenant)
    tenant.refresh_from_db()
    return made


def page(tenant: Tenant, name: str, *args: str) -> str:
    return reverse(f"campaigns:{name}", args=[tenant.slug, *args])


def text(response: Any) -> str:
    return str(response.content.decode())


def said(sandbox: Any, campaign_id: str, **changes: Any) -> dict[str, Any]:
    """What the form sends when nothing but `changes` is touched."""
    form = {
        "name": "Renewals",
        "enabled": "on",
        "mode": "PREVIEW",
        "no_answer_seconds": "45",
        "overdial_percent": "100",
        "adjusts_overdial": "on",
        "initial_overdial_percent": "100",
        "concurrent_calls": "1",
        "caller_id_method": "DEFAULT",
        "default_caller_id": "",
    }
    return {name: value for name, value in {**form, **changes}.items() if value is not None}


class TestHowItDials:
    def test_a_change_keeps_before_and_after_in_the_log(self, tenant, sandbox, renewals):
        changes = said(sandbox, renewals, mode="PROGRESSIVE", no_answer_seconds="30", overdial_percent="150")
        answer = browser_of(tenant).post(page(tenant, "settings", renewals), changes, follow=True)
        assert "Dialling mode PREVIEW → PROGRESSIVE" in text(answer)
        held = sandbox.campaign_settings(renewals)
        assert (held["mode"], held["no_answer"], held["overdial"], held["concurrent"]) == ("PROGRESSIVE", 30, 150, 1)
        entry = AuditEntry.objects.get(verb=Verb.CAMPAIGN_SETTINGS, outcome=Outcome.DONE)
        assert entry.details["before"] == {"mode": "PREVIEW", "no_answer_seconds": 45, "overdial_percent": 100}
        assert entry.details["after"] == {"mode": "PROGRESSIVE", "no_answer_seconds": 30, "overdial_percent": 150}

    @pytest.mark.parametrize(
        ("name", "value"),
        [("overdial_percent", "99"), ("initial_overdial_percent", "100001"), ("concurrent_calls", "0")],
    )
    def test_the_bounds_of_the_document_are_held_before_anything_is_sent(self, tenant, sandbox, renewals, name, value):
        browser_of(tenant).post(page(tenant, "settings", renewals), said(sandbox, renewals, **{name: value}))
        code, answer = run("campaign_settings", "acme", renewals, f"--{name.replace('_', '-')}", value)
        assert (code, name in answer["error"]) == (1, True)
        assert "update_general_settings" not in sandbox.stats()["requests"]

    def test_every_setting_stands_in_a_part_of_the_page(self, tenant, sandbox, renewals):
        shown = text(browser_of(tenant).get(page(tenant, "settings", renewals)))
        for name in said(sandbox, renewals):
            assert f'name="{name}"' in shown, name

    def test_what_it_does_to_live_calls_is_said_first(self, tenant, sandbox, renewals):
        run("campaign_start", "acme", renewals)
        shown = text(browser_of(tenant).get(page(tenant, "settings", renewals)))
        assert "stop it before you change how it dials" in shown

    def test_a_disabled_campaign_stays_in_the_table_once_it_was_opened(self, tenant, sandbox, renewals):
        browser = browser_of(tenant)
        assert "Renewals" in text(browser.get(page(tenant, "index")))
        browser.post(page(tenant, "settings", renewals), said(sandbox, renewals, enabled=None))
        assert "This campaign is disabled" in text(browser.get(page(tenant, "detail", renewals)))
        assert run("campaign_list", "acme")[1]["campaigns"] == []
        assert "Renewals" in text(browser.get(page(tenant, "index")))
        browser.post(page(tenant, "settings", renewals), said(sandbox, renewals))
        assert [each["name"] for each in run("campaign_list", "acme")[1]["campaigns"]] == ["Renewals"]

    def test_a_messaging_campaign_is_told_as_such(self, tenant, sandbox, renewals):
        texts = sandbox.create_campaign("Texts", kind="Outbound Messaging")
        assert "This is an outbound messaging campaign" in text(browser_of(tenant).get(page(tenant, "settings", texts)))
        assert "messaging campaign" in run("campaign_settings", "acme", texts)[1]["error"]

    def test_a_lost_answer_is_read_back_and_not_taken_for_a_failure(self, tenant, sandbox, renewals):
        fault = {"kind": "cut_after", "probability": 1, "methods": ["update_general_settings"]}
        sandbox.faults([fault])
        changes = said(sandbox, renewals, mode="PREDICTIVE", no_answer_seconds="45")
        answer = browser_of(tenant).post(page(tenant, "settings", renewals), changes, follow=True)
        assert "is as it was to be" in text(answer)

    def test_viewers_see_and_change_nothing(self, tenant, sandbox, renewals):
        viewer = browser_of(tenant, Role.VIEWER)
        assert "Save settings" not in text(viewer.get(page(tenant, "settings", renewals)))
        viewer.post(page(tenant, "settings", renewals), said(sandbox, renewals, mode="AUTOMATIC"))
        assert sandbox.campaign_settings(renewals)["mode"] == "PREVIEW"

    def test_the_command_shows_and_changes(self, tenant, sandbox, renewals):
        assert run("campaign_settings", "acme", "Renewals")[1]["settings"]["mode"] == "PREVIEW"
        _, done = run("campaign_settings", "acme", "Renewals", "--mode", "AUTOMATIC", "--concurrent-calls", "300")
        assert done["after"] == {"mode": "AUTOMATIC", "concurrent_calls": 300}
        assert sandbox.campaign_settings(renewals)["concurrent"] == 300

    def test_an_older_tenant_is_not_offered_any_of_it(self, tenant, sandbox):
        campaign = sandbox.create_campaign("Renewals")
        assert browser_of(tenant).get(page(tenant, "settings", campaign)).status_code == 404
        assert 'id="settings"' not in text(browser_of(tenant).get(page(tenant, "detail", campaign)))


class TestDispositions:
    def names(self, sandbox, campaign_id):
        return [each["name"] for each in sandbox.campaign_settings(campaign_id)["dispositions"].values()]

    def test_one_is_added_changed_and_deleted_by_page(self, tenant, sandbox, renewals):
        browser = browser_of(tenant)
        wrong = {"name": "Wrong person", "folder": "Final", "type": "FAILURE", "action": "WAIT", "wait_minutes": "90"}
        assert "is added" in text(browser.post(page(tenant, "dispositions", renewals), wrong, follow=True))
        made = next(
            each
            for each in sandbox.campaign_settings(renewals)["dispositions"].values()
            if each["name"] == "Wrong person"
        )
        assert (made["dialRule"]["action"], made["dialRule"]["minWaitMin"]) == ("WAIT", 90)
        address = page(tenant, "disposition", renewals, made["id"])
        assert 'value="90"' in text(browser.get(address))
        browser.post(address, {**wrong, "name": "Not them"})
        assert "Not them" in self.names(sandbox, renewals)
        assert "is deleted" in text(browser.post(address, {"delete": "1"}, follow=True))
        assert "Not them" not in self.names(sandbox, renewals)

    def test_the_systems_own_cannot_be_deleted(self, tenant, sandbox, renewals):
        held = next(iter(sandbox.campaign_settings(renewals)["dispositions"]))
        answer = browser_of(tenant).post(page(tenant, "disposition", renewals, held), {"delete": "1"}, follow=True)
        assert "the system&#x27;s own" in text(answer)

    def test_several_come_from_a_file_in_one_request(self, tenant, sandbox, renewals):
        table = (
            b"Name;Folder;Type;Action;Wait minutes\nSold;Final;success;;\nLater;Open;continue;wait;30\nBusy;Open;;;\n"
        )
        file = SimpleUploadedFile("d.csv", table)
        answer = browser_of(tenant).post(page(tenant, "dispositions_file", renewals), {"file": file}, follow=True)
        assert "3 dispositions added to “Renewals”" in text(answer)
        assert self.names(sandbox, renewals)[-3:] == ["Sold", "Later", "Busy"]
        assert sandbox.stats()["requests"]["add_dispositions"] == 1

    def test_a_row_out_of_bounds_is_named_and_nothing_is_sent(self, tenant, sandbox, renewals, tmp_path):
        path = tmp_path / "d.csv"
        path.write_text("name,folder,retry_minutes\nSold,Final,\nLater,Open,11\n")
        code, answer = run("campaign_dispositions", "acme", renewals, "--file", str(path))
        assert code == 1
        assert answer["error"].startswith("Row 3: “Later”: retry minutes has to be from 0 to 10")
        assert "add_dispositions" not in sandbox.stats()["requests"]

    def test_the_command_does_the_same(self, tenant, sandbox, renewals):
        run("campaign_dispositions", "acme", renewals, "--add", "Sold", "--set", "folder=Final")
        run("campaign_dispositions", "acme", renewals, "--change", "Sold", "--set", "code=S1")
        _, shown = run("campaign_dispositions", "acme", renewals)
        assert (shown["dispositions"][-1]["name"], shown["dispositions"][-1]["code"]) == ("Sold", "S1")
        assert run("campaign_dispositions", "acme", renewals, "--delete", "Sold")[0] == 0
        assert "Sold" not in self.names(sandbox, renewals)


class TestTeamsAndCallerIds:
    def test_teams_are_assigned_and_taken_off(self, tenant, sandbox, renewals):
        day = sandbox.outbound(teams=["Day"])["Day"]
        browser, address = browser_of(tenant), page(tenant, "people", renewals)
        said = {"what": "teams", "ids": f"{day}\nnowhere", "skill_level": "80"}
        answer = text(browser.post(address, said, follow=True))
        assert "1 team assigned to “Renewals”; not taken: nowhere (not known" in answer
        assert sandbox.campaign_settings(renewals)["teams"] == {day: 80}
        assert ">Day<" in answer
        browser.post(address, {"what": "team_off", "id": day})
        assert sandbox.campaign_settings(renewals)["teams"] == {}
        assert AuditEntry.objects.filter(verb=Verb.CAMPAIGN_TEAMS, outcome=Outcome.DONE).count() == 2

    def test_numbers_are_assigned_and_the_default_stays(self, tenant, sandbox, renewals):
        sandbox.outbound(numbers=["111", "222"])
        address = page(tenant, "people", renewals)
        browser_of(tenant).post(address, {"what": "numbers", "numbers": "111 222", "state": ""})
        run("campaign_settings", "acme", renewals, "--default-caller-id", "111")
        assert sandbox.campaign_settings(renewals)["default_number"] == "111"
        code, answer = run("campaign_people", "acme", renewals, "--unassign-numbers", "111", "222")
        assert code == 0
        assert list(answer["refused"]) == ["isDefault"]

    def test_the_command_assigns_teams(self, tenant, sandbox, renewals):
        day = sandbox.outbound(teams=["Day"])["Day"]
        assert run("campaign_people", "acme", renewals, "--assign-teams", day)[1]["count"] == 1
        assert run("campaign_people", "acme", renewals, "--assign-teams", day)[0] == 1
        assert run("campaign_people", "acme", renewals, "--unassign-teams", day)[1]["count"] == 1


class TestLinkGroups:
    def test_a_group_is_made_filled_emptied_and_deleted(self, tenant, sandbox, renewals):
        browser = browser_of(tenant)
        browser.post(page(tenant, "link_groups"), {"name": "Chain"})
        (group,) = run("link_groups", "acme")[1]["link_groups"]
        address = page(tenant, "link", renewals)
        assert "Linking resets settings" in text(browser.get(address))
        assert "This field is required" in text(browser.post(address, {"group": group["id"]}))
        browser.post(address, {"group": group["id"], "is_known": "on"})
        assert run("link_groups", "acme")[1]["link_groups"][0]["campaigns"] == [renewals]
        refused = browser.post(page(tenant, "link_group_delete", group["id"]), follow=True)
        assert "still has campaigns" in text(refused)
        browser.post(address, {"unlink": "1"})
        assert "is deleted" in text(browser.post(page(tenant, "link_group_delete", group["id"]), follow=True))

    def test_the_command_links_in_order(self, tenant, sandbox, renewals):
        other = sandbox.create_campaign("Other")
        run("link_groups", "acme", "--create", "Chain")
        assert run("link_groups", "acme", "--link", "Renewals", "Chain")[0] == 1  # nobody can be asked
        run("link_groups", "acme", "--link", "Renewals", "Chain", "--yes")
        run("link_groups", "acme", "--link", "Other", "Chain", "--after", "Renewals", "--yes")
        assert run("link_groups", "acme")[1]["link_groups"][0]["campaigns"] == [renewals, other]
        run("link_groups", "acme", "--unlink", "Other")
        assert run("link_groups", "acme", "--delete", "Chain")[0] == 1


class TestCopiesAndDeletions:
    def test_a_copy_is_disabled_and_is_found_by_its_page(self, tenant, sandbox, renewals):
        answer = browser_of(tenant).post(page(tenant, "clone", renewals), {"destination": "Summer"}, follow=True)
        assert "“Summer” is a copy of “Renewals”, without its lists. It is disabled" in text(answer)
        assert "This campaign is disabled" in text(answer)
        assert "Summer" in text(browser_of(tenant).get(page(tenant, "index")))
        assert "already" in text(browser_of(tenant).post(page(tenant, "clone", renewals), {"destination": "Summer"}))

    def test_a_copy_whose_answer_was_lost_is_not_made_twice(self, tenant, sandbox, renewals):
        sandbox.faults([{"kind": "cut_after", "times": 1, "methods": ["duplicate_campaign"]}])
        assert run("campaign_clone", "acme", renewals, "Summer")[1]["outcome"] == "unknown"
        assert sandbox.stats()["requests"]["duplicate_campaign"] == 1

    def test_it_is_deleted_by_name_and_reason(self, tenant, sandbox, renewals):
        browser, address = browser_of(tenant), page(tenant, "delete", renewals)
        shown = text(browser.get(address))
        assert "also those in the archive" in shown
        assert page(tenant, "export", renewals) in shown
        assert "This field is required" in text(browser.post(address, {"typed_name": "Renewals"}))
        browser.post(address, {"typed_name": "Renewals", "reason": "season over"})
        assert sandbox.state()["campaigns"] == []
        assert (
            AuditEntry.objects.get(verb=Verb.CAMPAIGN_DELETE, outcome=Outcome.DONE).details["reason"] == "season over"
        )

    def test_the_command_wants_a_reason(self, tenant, sandbox, renewals):
        assert "--reason" in run("campaign_delete", "acme", renewals, "--yes")[1]["error"]
        assert run("campaign_delete", "acme", renewals, "--yes", "--reason", "over")[0] == 0
        assert sandbox.state()["campaigns"] == []


class TestWhereADncListIsBound:
    def test_the_disposition_is_chosen_among_the_campaigns_own(self, tenant, sandbox, renewals):
        sandbox.options(newer_dnc=True)
        tenant_test(tenant)
        sandbox.create_dnc_list("House", "INTERNAL", ["1"])
        address = reverse("dnc:bind_to", args=[tenant.slug, renewals])
        browser = browser_of(tenant)
        assert '<option value="Number matches DNC"' in text(browser.get(address))
        (house,) = sandbox.state()["dnc"]
        said = {"dnc_list": house["id"], "disposition": "No such one"}
        assert "Select a valid choice" in text(browser.post(address, said))
        browser.post(address, {**said, "disposition": "Number matches DNC"})
        assert sandbox.stats()["requests"]["bind_dnc_list"] == 1
