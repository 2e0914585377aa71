"""Campaigns of a platform that describes, copies and deletes them: pages and commands against the sandbox's jtel."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import Role
from tests.fixtures_tenants import browser_of
from tests.shell import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def spring(sandbox: Any) -> str:
    """A campaign with three contacts; its id."""
    return str(sandbox.create_jtel_campaign("Spring 1000", contacts=[{"Name": f"N{n}"} for n in range(3)]))


def names(sandbox: Any) -> set[str]:
    return {campaign["name"] for campaign in sandbox.jtel_state()}


def page(tenant: Any, name: str, *args: str) -> str:
    return reverse(f"campaigns:{name}", args=[tenant.slug, *args])


def text(response: Any) -> str:
    return response.content.decode()


class TestReading:
    def test_the_table_has_no_state_and_no_start_button(self, jtel_tenant, spring):
        shown = text(browser_of(jtel_tenant).get(page(jtel_tenant, "index")))
        assert "Spring 1000" in shown
        assert "Start…" not in shown
        assert "Unknown" not in shown

    def test_every_member_is_shown_and_can_be_searched(self, jtel_tenant, sandbox, spring):
        everything = text(browser_of(jtel_tenant).get(page(jtel_tenant, "detail", spring)))
        fields = next(each["fields"] for each in sandbox.jtel_state() if each["name"] == "Spring 1000")
        assert [name for name in fields if f'data-field="{name.casefold()} ' not in everything] == []
        some = text(browser_of(jtel_tenant).get(page(jtel_tenant, "detail", spring), {"q": "AbortOnNoTel"}))
        assert "AbortOnNoTelNumberResultCodesID" in some
        assert "LanguagesID" not in some

    def test_result_codes_come_in_both_languages(self, jtel_tenant, spring):
        english = text(browser_of(jtel_tenant).get(page(jtel_tenant, "detail", spring)))
        german = text(browser_of(jtel_tenant).get(page(jtel_tenant, "detail", spring), {"language": "de"}))
        assert "Result codes" in english
        assert "Abgeschlossen" in german
        assert "Abgeschlossen" not in english

    def test_its_contacts_are_one_click_away(self, jtel_tenant, spring):
        client = browser_of(jtel_tenant)
        shown = text(client.get(page(jtel_tenant, "detail", spring)))
        (url, words) = re.search(r'<a [^>]*id="records" href="([^"]*)"[^>]*>(.*?)</a>', shown, re.S).groups()
        assert re.sub(r"<[^>]*>", "", words).strip() == "Contacts"
        contacts = client.get(url)
        assert contacts.status_code == 200
        assert "contacts 1 to 3" in text(contacts)


class TestCopying:
    def test_a_copy_has_the_new_name_and_no_contacts(self, jtel_tenant, sandbox, spring):
        said = {"destination": "Summer", "user_data": "s-1", "start": "2026-12-01T08:00", "end": "2026-12-24T18:00"}
        answer = browser_of(jtel_tenant).post(page(jtel_tenant, "clone", spring), said, follow=True)
        assert "“Summer” is a copy of “Spring 1000”, without its contacts." in text(answer)
        made = next(each for each in sandbox.jtel_state() if each["name"] == "Summer")
        assert made["contacts"] == 0
        assert (made["fields"]["UserData"], made["fields"]["dtFrom"][:16]) == ("s-1", "2026-12-01T08:00")
        entry = AuditEntry.objects.get(verb=Verb.CAMPAIGN_CLONE)
        assert (entry.outcome, entry.details["destination"]) == (Outcome.DONE, "Summer")

    def test_a_name_that_is_taken_is_refused_in_words(self, jtel_tenant, sandbox, spring):
        sandbox.create_jtel_campaign("Summer")
        answer = browser_of(jtel_tenant).post(page(jtel_tenant, "clone", spring), {"destination": "Summer"})
        assert "There is a campaign “Summer” already." in text(answer)

    def test_a_campaign_that_went_meanwhile_is_said(self, jtel_tenant, sandbox, spring):
        client = browser_of(jtel_tenant)
        client.get(page(jtel_tenant, "clone", spring))
        run("campaign_delete", "jtel", spring, "--yes")
        answer = client.post(page(jtel_tenant, "clone", spring), {"destination": "Summer"}, follow=True)
        assert "Summer" not in names(sandbox)
        assert answer.status_code in (200, 404)

    def test_a_lost_answer_is_read_back_and_not_repeated(self, jtel_tenant, sandbox, spring):
        sandbox.faults([{"kind": "cut_after", "times": 1, "methods": ["jtel.clone_campaign"]}])
        said = {"destination": "Summer"}
        answer = browser_of(jtel_tenant).post(page(jtel_tenant, "clone", spring), said, follow=True)
        assert "“Summer” is there. The answer was lost" in text(answer)
        assert sandbox.stats()["requests"]["jtel.clone_campaign"] == 1

    def test_an_end_before_the_beginning_is_refused_before_anything_is_sent(self, jtel_tenant, sandbox, spring):
        said = {"destination": "Summer", "start": "2026-12-02T08:00", "end": "2026-12-01T08:00"}
        answer = browser_of(jtel_tenant).post(page(jtel_tenant, "clone", spring), said)
        assert "The end must lie after the beginning." in text(answer)
        assert names(sandbox) == {"Spring 1000"}


class TestDeleting:
    def test_it_wants_the_name_typed(self, jtel_tenant, sandbox, spring):
        client = browser_of(jtel_tenant)
        answer = client.post(page(jtel_tenant, "delete", spring), {"typed_name": "spring"})
        assert "That is not its name" in text(answer)
        answer = client.post(page(jtel_tenant, "delete", spring), {"typed_name": " spring 1000 "}, follow=True)
        assert "“Spring 1000” is deleted, with its contacts." in text(answer)
        assert names(sandbox) == set()
        assert AuditEntry.objects.get(verb=Verb.CAMPAIGN_DELETE).target_name == "Spring 1000"

    def test_by_name_it_first_shows_what_matches(self, jtel_tenant, sandbox, spring):
        sandbox.create_jtel_campaign("Spring")
        client, address = browser_of(jtel_tenant), page(jtel_tenant, "delete_by_name")
        shown = text(client.get(address, {"name": "Spring"}))
        assert "2 campaigns with “Spring” in the name" in shown
        assert "Exactly this name" in shown
        client.post(f"{address}?name=Spring", {"typed_name": "Spring"})
        assert names(sandbox) == {"Spring 1000"}

    def test_a_part_of_a_name_deletes_nothing(self, jtel_tenant, sandbox, spring):
        client, address = browser_of(jtel_tenant), page(jtel_tenant, "delete_by_name")
        answer = client.post(f"{address}?name=Spring", {"typed_name": "Spring"})
        assert "None has exactly this name" in text(answer)
        assert names(sandbox) == {"Spring 1000"}

    def test_a_lost_answer_is_read_back_and_not_repeated(self, jtel_tenant, sandbox, spring):
        sandbox.faults([{"kind": "cut_after", "times": 1, "methods": ["jtel.delete_campaign"]}])
        said = {"typed_name": "Spring 1000"}
        answer = browser_of(jtel_tenant).post(page(jtel_tenant, "delete", spring), said, follow=True)
        assert "is deleted. The answer was lost" in text(answer)
        assert sandbox.stats()["requests"]["jtel.delete_campaign"] == 1

    def test_viewers_may_neither_copy_nor_delete(self, jtel_tenant, spring):
        client = browser_of(jtel_tenant, Role.VIEWER)
        for name in ("clone", "delete"):
            assert client.get(page(jtel_tenant, name, spring)).status_code == 403
        assert client.get(page(jtel_tenant, "delete_by_name")).status_code == 403
        assert "Copy…" not in text(client.get(page(jtel_tenant, "detail", spring)))


class TestFromTheShell:
    def test_campaigns_are_listed_and_searched(self, jtel_tenant, sandbox, spring):
        sandbox.create_jtel_campaign("Summer")
        _, said = run("campaign_list", "jtel", "--name", "spring")
        assert [each["name"] for each in said["campaigns"]] == ["Spring 1000"]

    def test_one_is_shown_with_its_result_codes(self, jtel_tenant, spring):
        _, said = run("campaign_show", "jtel", "Spring 1000", "--language", "de")
        assert said["fields"]["Name"] == "Spring 1000"
        assert "Abgeschlossen" in {code["Content"] for code in said["result_codes"]}

    def test_one_is_copied_and_deleted(self, jtel_tenant, sandbox, spring):
        assert run("campaign_clone", "jtel", "Spring 1000", "Summer")[1]["outcome"] == "done"
        assert names(sandbox) == {"Spring 1000", "Summer"}
        assert run("campaign_delete", "jtel", "Summer", "--by-name", "--yes")[1]["outcome"] == "done"
        assert run("campaign_delete", "jtel", "Spr", "--by-name", "--yes")[0] == 1
        assert run("campaign_delete", "jtel", spring)[0] == 1  # nobody can be asked
        assert names(sandbox) == {"Spring 1000"}

    def test_what_the_platform_lacks_is_said(self, jtel_tenant, tenant, spring):
        code, said = run("campaign_start", "jtel", "Spring 1000")
        assert code == 1
        assert "jtel does not offer this" in said["error"]
        assert "Bright Pattern does not offer this" in run("campaign_clone", "acme", "x", "y")[1]["error"]
