"""Pages of an upload speak the make's own words: where files go into campaigns, nothing is said of lists."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils.html import strip_tags

from bpadmin.jobs.models import Job
from bpadmin.tenants.connections.capabilities import capabilities_learn
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from tests.fixtures_tenants import browser_of, connect
from tests.lists.walking import check_url, csv_file, ended, map_url, said, shown

pytestmark = pytest.mark.django_db(transaction=True)

FILE = (
    "Key;Phone;Who;Remark;Spare\n"
    "K1;+4930123456;Ann;a;x\n"
    "K1;+4930123456;Ann;a;x\n"
    "K2;12;Bob;b\n"
    ";+4930123458;;c;\n"
    "K4;0171/2345678;Di;;y\n"
)
COLUMNS = {
    "jtel": ("UserData", "PhoneNumber1", "Name", "Comment"),
    "conpeek": ("contact_identifier", "contact_number", "name", "note"),
}
LISTS = re.compile(r"(?<!Do Not Call )\blists?\b", re.IGNORECASE)


def sentences(page: Any) -> list[str]:
    """Return what a page says of lists between its frame's ends."""
    html = page.content.decode().partition("<main")[2].partition("</main>")[0]
    html = re.sub(r"<(script|style|svg|datalist)\b.*?</\1>", " ", html, flags=re.DOTALL)
    lines = [
        " ".join(line.split()) for line in strip_tags(re.sub(r"</(p|li|dd|dt|h\d|label|td)>", "\n", html)).split("\n")
    ]
    return [line for line in lines if LISTS.search(line.replace("Do Not Call list", ""))]


@pytest.mark.parametrize("platform", sorted(COLUMNS))
def test_no_page_of_an_upload_speaks_of_lists_where_there_are_none(sandbox: Any, platform: str) -> None:
    tenant: Tenant = connect(sandbox, platform, slug="acme")
    with tenant_client(tenant) as client:
        capabilities_learn(tenant, client)
    make = sandbox.create_jtel_campaign if platform == "jtel" else sandbox.create_voice_campaign
    target = str(make("Herbst"))
    browser = browser_of(tenant)
    pages = {"choose": browser.get(f"/t/acme/lists/{target}/upload/")}
    browser.post(f"/t/acme/lists/{target}/upload/", {"file": csv_file(FILE)})
    job = Job.objects.latest("id")
    pages["map"] = browser.get(map_url(job))
    choices = {f"c{at}-name": name for at, name in enumerate(COLUMNS[platform])}
    pages["check"] = browser.post(map_url(job), said(pages["map"], **choices), follow=True)
    pages["cancel"] = browser.get(f"/t/acme/jobs/{job.pk}/cancel/")
    job.refresh_from_db()
    sandbox.faults([{"kind": "cut_after", "times": 1, "methods": ["conpeek.add_request", "jtel.import_contact"]}])
    accepts = dict.fromkeys(re.findall(r'name="(accept[^"]*|send-accept[^"]*)"', pages["check"].content.decode()), "on")
    pages["confirm"] = browser.post(check_url(job), {**shown(job), **accepts}, follow=True)
    job.refresh_from_db()
    pages["asked"] = browser.get(f"/t/acme/jobs/{job.pk}/")
    job = ended(job)
    pages["job"] = browser.get(f"/t/acme/jobs/{job.pk}/")
    pages["jobs"] = browser.get("/t/acme/jobs/")
    assert {name: found for name, page in pages.items() if (found := sentences(page))} == {}
