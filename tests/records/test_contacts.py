"""Contacts deleted by id and by user data, from pages and by commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.platforms.names import id_of
from bpadmin.tenants.models import Role, Tenant
from tests.fixtures_tenants import browser_of
from tests.shell import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def contacts(sandbox: Any) -> list[int]:
    campaign = sandbox.create_jtel_campaign("Herbst")
    return sandbox.create_jtel_contacts(
        campaign, [{"Name": name, "UserData": name[0]} for name in ("Ann", "Bob", "Al")]
    )


def left(sandbox: Any) -> list[str]:
    return [each["Name"] for each in sandbox.dump_jtel_contacts()]


def test_one_is_deleted_from_its_page_after_a_question(sandbox: Any, jtel_tenant: Tenant, contacts: list[int]) -> None:
    source = id_of("campaign", "501")
    browser = browser_of(jtel_tenant)
    page = browser.get(f"/t/jtel/records/{source}/one/?id={contacts[1]}").content.decode()
    url = f"/t/jtel/records/{source}/contacts/delete/?id={contacts[1]}"
    assert url.replace("&", "&amp;") in page
    assert "cannot be taken back" in browser.get(url).content.decode()
    assert "Contact 2 is deleted" in browser.post(url, follow=True).content.decode()
    assert left(sandbox) == ["Ann", "Al"]
    assert "deleted before" in browser.post(url, follow=True).content.decode()
    assert AuditEntry.objects.filter(verb=Verb.CONTACT_DELETE).count() == 2
    assert browser_of(jtel_tenant, Role.VIEWER, name="vi").post(url).status_code == 403


def test_user_data_that_several_share_deletes_none_of_them(
    sandbox: Any, jtel_tenant: Tenant, contacts: list[int]
) -> None:
    url = f"/t/jtel/records/{id_of('campaign', '501')}/contacts/drop/"
    browser = browser_of(jtel_tenant)
    assert "Tick it" in browser.post(url, {"user_data": "B"}).content.decode()
    assert len(left(sandbox)) == 3
    told = browser.post(url, {"user_data": "B\nA\n\nX", "sure": "on"}).content.decode()
    assert "1 of 3 deleted" in told
    assert "2 contacts share the user data A" in told
    assert "no contact with the user data X" in told
    assert left(sandbox) == ["Ann", "Al"]


def test_the_shell_deletes_by_id_and_by_a_file(
    sandbox: Any, jtel_tenant: Tenant, contacts: list[int], tmp_path: Path
) -> None:
    assert run("contact_delete", "jtel", "1")[0] == 1
    assert run("contact_delete", "jtel", "1", "--yes")[0] == 0
    path = tmp_path / "gone.txt"
    path.write_text('"A"\nB\nB\nZ\n', encoding="utf-8")
    code, told = run("contacts_delete", "jtel", "--file", str(path), "--yes")
    assert (code, told["asked"], told["deleted"]) == (3, 3, 2)
    assert left(sandbox) == []


def test_a_lost_answer_is_looked_for(sandbox: Any, jtel_tenant: Tenant, contacts: list[int]) -> None:
    sandbox.faults([{"kind": "cut_after", "methods": ["jtel.delete_contact"], "times": 1}])
    code, told = run("contact_delete", "jtel", "2", "--yes")
    assert code == 0, told
    assert "looked for" in str(told["message"])
    assert left(sandbox) == ["Ann", "Al"]


def test_other_platforms_have_no_such_page(tenant: Tenant) -> None:
    assert browser_of(tenant).get("/t/acme/records/x/contacts/drop/").status_code == 404
