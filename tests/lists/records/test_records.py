"""One record of a list through its pages: looked up, added, changed and erased, against the sandbox."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.platforms.types import FieldSpec, FieldType
from lists.formats.services import format_remember, format_say
from lists.models import ListFormat

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [
    {"name": "id", "type": "ACCOUNT", "key": True, "required": True},
    {"name": "phone", "type": "PHONE", "required": True, "phoneType": "US_CANADA"},
    {"name": "region", "type": "OTHER", "searchable": True},
    {"name": "balance", "type": "INTEGER"},
    {"name": "due", "type": "DATETIME", "format": "yyyy-MM-dd"},
]
SPECS = [
    FieldSpec("id", FieldType.ACCOUNT, key=True, required=True),
    FieldSpec("phone", FieldType.PHONE, required=True, phone_type="US_CANADA"),
    FieldSpec("region", searchable=True),
    FieldSpec("balance", FieldType.INTEGER),
    FieldSpec("due", FieldType.DATETIME, date_format="yyyy-MM-dd"),
]
BY_PHONE = [
    {"name": "phone", "type": "PHONE", "key": True, "phoneType": "US_CANADA"},
    {"name": "name", "type": "OTHER"},
]


def rows(count: int) -> list[dict[str, str]]:
    """Return records with the ids r0…"""
    return [
        {"id": f"r{n}", "phone": f"650555{n:04d}", "region": ("north", "south")[n % 2], "balance": str(n)}
        for n in range(count)
    ]


def know(tenant, list_id: str, specs=SPECS) -> None:
    """Keep the format as one said by a supervisor."""
    format_say(tenant=tenant, list_id=list_id, list_name="Spring", fields=specs)


@pytest.fixture
def spring(tenant, sandbox):
    """A list of five records, bound to no campaign, whose format is known."""
    list_id = sandbox.create_list("Spring", FIELDS, records=rows(5))
    know(tenant, list_id)
    return list_id


def url(tenant, name: str, list_id: str, **key: str) -> str:
    """Return the address of a page, with the key of a record."""
    query = "?" + urlencode({f"k.{field}": value for field, value in key.items()}) if key else ""
    return reverse(f"lists:{name}", args=[tenant.slug, list_id]) + query


def text(answer) -> str:
    """Return a page's words."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def filled(page: str) -> dict[str, str]:
    """Return what a browser would send back of a form, unchanged."""
    inputs = re.findall(r"<input[^>]*>", page)
    values = {}
    for tag in inputs:
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1].startswith(("v.", "initial-v.")):
            values[html.unescape(name[1])] = html.unescape(value[1]) if value else ""
    return values


def test_a_record_of_a_list_bound_nowhere_is_found_by_its_key(tenant, spring, viewer_client):
    page = viewer_client.get(url(tenant, "lookup", spring), {"look": "1", "k.id": "r3"})
    assert page.status_code == 302
    shown = text(viewer_client.get(page.headers["Location"]))
    assert "south" in shown
    assert "16505550003" in shown
    assert "bound to no campaign" in shown


def test_a_record_that_is_not_there_is_said_so_with_the_form_at_hand(tenant, spring, viewer_client):
    answer = viewer_client.get(url(tenant, "record", spring, id="nobody"))
    assert answer.status_code == 404
    assert "has no record with id nobody" in text(answer)
    assert 'name="k.id"' in answer.content.decode()


@pytest.mark.parametrize("typed", ["(650) 555-0107", "6505550107", "16505550107", "+1 650 555 0107"])
def test_a_phone_key_is_found_however_it_is_typed(tenant, sandbox, viewer_client, typed):
    list_id = sandbox.create_list("Phones", BY_PHONE, records=[{"phone": "650-555-0107", "name": "Ann"}])
    know(tenant, list_id, [FieldSpec("phone", FieldType.PHONE, key=True, phone_type="US_CANADA"), FieldSpec("name")])
    assert "Ann" in text(viewer_client.get(url(tenant, "record", list_id, phone=typed)))


def test_attempts_of_two_campaigns_stand_on_one_timeline(tenant, sandbox, viewer_client):
    campaigns = [sandbox.create_campaign(name, running=True) for name in ("Renewals", "Win back")]
    list_id = sandbox.create_list("Spring", FIELDS, bind=campaigns, records=rows(1))
    know(tenant, list_id)
    sandbox.advance(60)
    answer = viewer_client.get(url(tenant, "record", list_id, id="r0"))
    shown = text(answer)
    timeline = shown[shown.index("Every attempt") :]
    assert "Renewals" in timeline
    assert "Win back" in timeline
    assert answer.content.decode().count('class="timeline__item') == 2


def test_times_are_the_tenants_with_utc_on_hover(tenant, sandbox, viewer_client):
    tenant.time_zone = "America/New_York"
    tenant.save()
    campaign = sandbox.create_campaign("Renewals", running=True)
    list_id = sandbox.create_list("Spring", FIELDS, bind=[campaign], records=rows(1))
    know(tenant, list_id)
    sandbox.advance(60)
    page = viewer_client.get(url(tenant, "record", list_id, id="r0")).content.decode()
    assert re.search(r'title="[-\d: ]+ E[SD]T · [-\d: ]+ UTC"', page)


def test_a_list_bound_twice_to_a_campaign_shows_each_instance(tenant, sandbox, viewer_client):
    campaign = sandbox.create_campaign("Renewals")
    list_id = sandbox.create_list("Spring", FIELDS, bind=[campaign, campaign], records=rows(1))
    know(tenant, list_id)
    page = viewer_client.get(url(tenant, "record", list_id, id="r0")).content.decode()
    assert page.count("Renewals ·") == 2


def test_a_field_that_is_no_key_is_searched_by_reading_the_list(tenant, sandbox, viewer_client):
    campaign = sandbox.create_campaign("Renewals")
    list_id = sandbox.create_list("Spring", FIELDS, bind=[campaign], records=rows(9))
    know(tenant, list_id)
    answer = viewer_client.get(url(tenant, "lookup", list_id), {"name": "region", "value": "South"})
    assert "4 records found" in text(answer)
    assert "9 records read, to the end of the list" in text(answer)
    assert "?k.id=r1" in answer.content.decode()


def test_the_key_of_a_list_is_learnt_by_finding_a_record_with_it(tenant, sandbox, viewer_client):
    campaign = sandbox.create_campaign("Renewals")
    list_id = sandbox.create_list("Spring", FIELDS, bind=[campaign], records=rows(2))
    page = viewer_client.get(url(tenant, "lookup", list_id))
    assert "does not know yet which field is this list's key" in text(page)
    said = {"look": "1", "name_1": "id", "value_1": "r1", "name_2": "", "value_2": ""}
    viewer_client.get(url(tenant, "lookup", list_id), said, follow=True)
    known = ListFormat.objects.get(list_id=list_id)
    assert [field["name"] for field in known.fields if field["key"]] == ["id"]


def test_without_any_knowledge_key_and_value_are_typed_freely(tenant, sandbox, viewer_client):
    list_id = sandbox.create_list("Spring", FIELDS, records=rows(2))
    said = {"look": "1", "name_1": "id", "value_1": "r1", "name_2": "", "value_2": ""}
    assert "south" in text(viewer_client.get(url(tenant, "lookup", list_id), said, follow=True))


def test_a_field_that_is_not_the_key_finds_nothing_and_the_dialler_says_why(tenant, sandbox, viewer_client):
    list_id = sandbox.create_list("Spring", FIELDS, records=rows(2))
    shown = text(viewer_client.get(url(tenant, "record", list_id, region="south")))
    assert "does not find records of “Spring” by region south" in shown
    assert "missing key: id" in shown


def test_a_record_is_added_and_opened(tenant, sandbox, spring, supervisor_client):
    said = {"v.id": "new", "v.phone": "(650) 555-0199", "v.region": "", "v.balance": "7", "v.due": "2026-3-1"}
    answer = supervisor_client.post(url(tenant, "record_add", spring), said)
    assert answer.headers["Location"].endswith("?k.id=new")
    assert sandbox.dump(spring)[-1] | {"region": ""} == {
        "id": "new",
        "phone": "16505550199",
        "region": "",
        "balance": 7,
        "due": "2026-03-01",
    }
    entry = AuditEntry.objects.get(verb="record.add")
    assert entry.told["details"]["key"] == {"id": "new"}
    assert "16505550199" not in str(entry.details) + entry.message


def test_a_key_that_is_taken_is_said_in_words(tenant, sandbox, spring, supervisor_client):
    said = {"v.id": "r1", "v.phone": "6505550199"}
    page = text(supervisor_client.post(url(tenant, "record_add", spring), said))
    assert "A record with id r1 is already in “Spring”" in page
    assert len(sandbox.dump(spring)) == 5
    assert AuditEntry.objects.get(verb="record.add").outcome == Outcome.REFUSED


def test_what_breaks_a_rule_is_shown_at_its_field_and_not_sent(tenant, sandbox, spring, supervisor_client):
    said = {"v.id": "", "v.phone": "555", "v.balance": "1.5", "v.due": "soon"}
    page = text(supervisor_client.post(url(tenant, "record_add", spring), said))
    assert "it cannot be empty" in page
    assert "a US or Canadian number has 10" in page
    assert "It is not a whole number" in page
    assert "Write it as in 2025-12-31" in page
    assert "add_record" not in sandbox.stats()["requests"]


def test_a_value_the_dialler_refuses_after_all_is_told_in_its_words(tenant, sandbox, supervisor_client):
    list_id = sandbox.create_list("Spring", FIELDS)
    know(tenant, list_id, [FieldSpec("id", key=True), FieldSpec("phone"), FieldSpec("balance")])
    said = {"v.id": "a", "v.phone": "6505550100", "v.balance": "lots"}
    assert "does not accept its values. It said:" in text(
        supervisor_client.post(url(tenant, "record_add", list_id), said)
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("phone", "(650) 555-0100", "Kept as 16505550100"),
        ("phone", "555", "a US or Canadian number has 10"),
        ("balance", "12.0", "Whole numbers have no decimals"),
        ("due", "2026-1-2", "Kept as 2026-01-02"),
        ("region", "north", ""),
    ],
)
def test_a_value_is_checked_while_it_is_typed(tenant, spring, supervisor_client, name, value, words):
    said = {"check": f"v.{name}", "of": "v.", f"v.{name}": value}
    answer = text(supervisor_client.post(url(tenant, "record_check", spring), said))
    assert words in answer
    assert bool(words) == bool(answer)


def test_a_change_sends_only_what_was_changed(tenant, sandbox, spring, supervisor_client):
    page = url(tenant, "record_change", spring, id="r2")
    said = filled(supervisor_client.get(page).content.decode())
    assert "v.id" not in said
    from bpadmin.tenants.services import tenant_client

    with tenant_client(tenant) as client:  # somebody else changes another field meanwhile
        client.update_record(spring, {"id": "r2", "balance": 99})
    supervisor_client.post(page, said | {"v.region": "west"})
    record = sandbox.dump(spring)[2]
    assert (record["region"], record["balance"], record["phone"]) == ("west", 99, "16505550002")
    entry = AuditEntry.objects.get(verb="record.update")
    values = {"region": {"before": "north", "after": "west"}}
    assert entry.told["details"] == {"key": {"id": "r2"}, "fields": ["region"], "values": values}


def test_a_field_is_cleared_by_emptying_it(tenant, sandbox, spring, supervisor_client):
    page = url(tenant, "record_change", spring, id="r2")
    said = filled(supervisor_client.get(page).content.decode())
    supervisor_client.post(page, said | {"v.region": "", "v.balance": ""})
    record = sandbox.dump(spring)[2]
    assert not record.get("region")
    assert not record.get("balance")
    assert record["phone"] == "16505550002"


def test_a_change_of_nothing_is_not_sent(tenant, sandbox, spring, supervisor_client):
    page = url(tenant, "record_change", spring, id="r2")
    said = filled(supervisor_client.get(page).content.decode())
    assert "Nothing was changed" in text(supervisor_client.post(page, said))
    assert "update_record" not in sandbox.stats()["requests"]


def test_erasing_wants_a_reason_and_leaves_the_others(tenant, sandbox, spring, supervisor_client):
    page = url(tenant, "record_erase", spring, id="r2")
    assert "cannot be undone" in text(supervisor_client.get(page))
    assert "Say why" in text(supervisor_client.post(page, {"reason": " "}))
    assert len(sandbox.dump(spring)) == 5
    supervisor_client.post(page, {"reason": "asked to be forgotten"})
    assert [record["id"] for record in sandbox.dump(spring)] == ["r0", "r1", "r3", "r4"]
    assert AuditEntry.objects.get(verb="record.erase").told["details"] == {
        "key": {"id": "r2"},
        "reason": "asked to be forgotten",
    }


def test_erasing_the_last_record_says_what_it_does_to_calls(tenant, sandbox, supervisor_client):
    list_id = sandbox.create_list("Spring", FIELDS, records=rows(1))
    know(tenant, list_id)
    page = url(tenant, "record_erase", list_id, id="r0")
    shown = text(supervisor_client.get(page))
    assert "This is the last record of the list" in shown
    assert "is connected to an agent is dropped" in shown
    assert "Tick this" in text(supervisor_client.post(page, {"reason": "test"}))
    supervisor_client.post(page, {"reason": "test", "is_known_last": "on"})
    assert sandbox.dump(list_id) == []


def test_an_addition_whose_answer_is_lost_is_looked_up(tenant, sandbox, spring, supervisor_client):
    url_add = url(tenant, "record_add", spring)
    supervisor_client.get(url_add)
    sandbox.faults([{"kind": "cut_after", "probability": 1, "times": 1, "paths": ["callinglist/add/"]}])
    supervisor_client.post(url_add, {"v.id": "new", "v.phone": "6505550199"})
    entry = AuditEntry.objects.get(verb="record.add")
    assert (entry.outcome, len(sandbox.dump(spring))) == (Outcome.DONE, 6)
    assert "was lost" in entry.told_message


def test_an_erasure_whose_answer_is_lost_is_looked_up(tenant, sandbox, spring, supervisor_client):
    page = url(tenant, "record_erase", spring, id="r2")
    supervisor_client.get(page)
    sandbox.faults([{"kind": "cut_after", "probability": 1, "times": 1, "paths": ["callinglist/erase/"]}])
    supervisor_client.post(page, {"reason": "test"})
    entry = AuditEntry.objects.get(verb="record.erase")
    assert (entry.outcome, len(sandbox.dump(spring))) == (Outcome.DONE, 4)
    assert "was lost" in entry.told_message


def test_a_change_whose_every_answer_is_lost_is_looked_up(tenant, sandbox, spring, supervisor_client):
    page = url(tenant, "record_change", spring, id="r2")
    said = filled(supervisor_client.get(page).content.decode())
    sandbox.faults([{"kind": "cut_after", "probability": 1, "paths": ["callinglist/update/"]}])
    supervisor_client.post(page, said | {"v.region": "west"})
    assert AuditEntry.objects.get(verb="record.update").outcome == Outcome.DONE
    assert sandbox.dump(spring)[2]["region"] == "west"


def test_a_viewer_reads_and_changes_nothing(tenant, spring, viewer_client):
    shown = viewer_client.get(url(tenant, "record", spring, id="r1")).content.decode()
    assert "/change/" not in shown
    assert "/erase/" not in shown
    for name, key in (("record_add", {}), ("record_change", {"id": "r1"}), ("record_erase", {"id": "r1"})):
        assert viewer_client.get(url(tenant, name, spring, **key)).status_code == 403
        assert viewer_client.post(url(tenant, name, spring, **key)).status_code == 403


def test_a_stranger_finds_no_page(tenant, spring, stranger_client):
    for name in ("lookup", "record", "record_add", "record_change", "record_erase", "record_check"):
        answer = stranger_client.post(url(tenant, name, spring, id="r1"))
        assert answer.status_code in (404, 405), name
        assert stranger_client.get(url(tenant, name, spring, id="r1")).status_code in (404, 405), name


def test_a_dialler_that_does_not_answer_is_said_so(tenant, sandbox, spring, viewer_client):
    viewer_client.get(url(tenant, "record", spring, id="r1"))
    sandbox.faults([{"kind": "http_503", "probability": 1}])
    shown = text(viewer_client.get(url(tenant, "record", spring, id="r1")))
    assert "Nothing was changed." in shown
    assert "Try again" in shown


def test_an_unknown_format_leads_to_where_it_is_said(tenant, sandbox, supervisor_client):
    list_id = sandbox.create_list("Spring", FIELDS)
    assert "Say which fields it has" in text(supervisor_client.get(url(tenant, "record_add", list_id)))


def test_the_fields_of_a_list_made_here_are_those_of_the_form(tenant, sandbox, supervisor_client):
    list_id = sandbox.create_list("Spring", FIELDS)
    format_remember(
        tenant=tenant,
        list_id=list_id,
        list_name="Spring",
        format_id="",
        format_name="",
        fields=[*SPECS, FieldSpec("no", skip=True)],
    )
    page = supervisor_client.get(url(tenant, "record_add", list_id)).content.decode()
    assert 'name="v.due"' in page
    assert 'name="v.no"' not in page
