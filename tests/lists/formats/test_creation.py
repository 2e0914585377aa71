"""Making and deleting lists, through pages and commands, against the sandbox."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.platforms.types import FieldSpec, FieldType
from lists.formats.format_file import FormatRefused, format_read
from lists.formats.rules import format_problems
from lists.formats.services import format_get
from lists.models import ListFormat
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [{"name": "id", "type": "OTHER", "key": True, "required": True}, {"name": "phone", "type": "PHONE"}]


def builder_data(*rows: dict[str, str], name: str = "Autumn", format_name: str = "Autumn format") -> dict[str, str]:
    """Return what a browser sends from the format builder."""
    data = {"name": name, "format_name": format_name, "field-TOTAL_FORMS": str(len(rows)), "field-INITIAL_FORMS": "0"}
    for number, row in enumerate(rows):
        data |= {f"field-{number}-{key}": value for key, value in row.items()}
    return data


def test_a_list_is_made_like_another_and_knows_its_fields(tenant, sandbox, supervisor_client):
    like = sandbox.create_list("Spring", FIELDS)
    ListFormat.objects.create(
        tenant=tenant,
        list_id=like,
        list_name="Spring",
        fields=[FieldSpec(name="id", key=True).as_json(), FieldSpec(name="phone", type=FieldType.PHONE).as_json()],
    )
    answer = supervisor_client.post(reverse("lists:create", args=[tenant.slug]), {"name": "Summer", "like": like})
    made = sandbox.list_id("Summer")
    assert answer.headers["Location"] == reverse("lists:detail", args=[tenant.slug, made])
    known = format_get(tenant=tenant, list_id=made)
    assert known is not None
    assert [field["name"] for field in known.fields] == ["id", "phone"]
    assert AuditEntry.objects.get(verb="list.create").target_id == made


def test_a_name_that_is_taken_is_refused_in_words(tenant, sandbox, supervisor_client):
    like = sandbox.create_list("Spring", FIELDS)
    answer = supervisor_client.post(reverse("lists:create", args=[tenant.slug]), {"name": "Spring", "like": like})
    assert "has a name that is taken" in answer.content.decode()
    assert AuditEntry.objects.get(verb="list.create").outcome == Outcome.REFUSED


def test_the_builder_makes_a_list_with_every_type_of_field(tenant, sandbox, supervisor_client):
    rows = [{"name": f"f {kind}", "type": kind.value} for kind in FieldType]
    rows[0] |= {"is_key": "on", "is_required": "on", "is_searchable": "on"}
    answer = supervisor_client.post(reverse("lists:build", args=[tenant.slug]), builder_data(*rows))
    assert answer.status_code == 302, answer.content.decode()
    known = format_get(tenant=tenant, list_id=sandbox.list_id("Autumn"))
    assert known is not None
    assert known.source == ListFormat.Source.CREATED
    assert [field["type"] for field in known.fields] == [kind.value for kind in FieldType]
    assert known.fields[0]["searchable"]


def test_the_builder_refuses_what_the_platform_would_before_anything_is_sent(tenant, sandbox, supervisor_client):
    rows = [{"name": "a", "type": "ACCOUNT"}, {"name": "A", "type": "ACCOUNT", "is_skipped": "on", "is_key": "on"}]
    page = supervisor_client.post(reverse("lists:build", args=[tenant.slug]), builder_data(*rows)).content.decode()
    assert "Two fields are called" in page
    assert "Only one field may be of type ACCOUNT" in page
    assert "At least one field must be of type PHONE" in page
    assert "is skipped, so it cannot be a key" in page
    assert "create_list_with_new_format" not in str(sandbox.stats()["requests"])


def test_the_builder_grows_and_keeps_what_was_said(tenant, sandbox, supervisor_client):
    address = reverse("lists:build", args=[tenant.slug])
    rows = builder_data({"name": "loyalty card", "type": "OTHER", "is_searchable": "on"}, name="")
    page = supervisor_client.post(address, rows | {"more": "1"}).content.decode()
    assert 'value="loyalty card"' in page
    assert 'name="field-5-name"' in page
    assert "banner--bad" not in page, "nothing is to be judged before it is said"
    assert sandbox.state()["lists"] == []


def test_lists_to_take_the_fields_from_come_in_order(tenant, sandbox, supervisor_client):
    for name in ("winter", "Autumn", "Spring"):
        sandbox.create_list(name, FIELDS)
    page = supervisor_client.get(reverse("lists:create", args=[tenant.slug])).content.decode()
    assert page.index("Autumn") < page.index("Spring") < page.index("winter")


def test_a_format_is_started_from_the_header_of_a_file(tenant, supervisor_client):
    file = SimpleUploadedFile("autumn.csv", b"account;mobile\n17;6505550100\n18;6505550101\n")
    page = supervisor_client.post(reverse("lists:build", args=[tenant.slug]), {"file": file}).content.decode()
    assert 'value="account"' in page
    assert 'value="mobile"' in page


def test_a_viewer_makes_and_deletes_nothing(tenant, sandbox, viewer_client):
    like = sandbox.create_list("Spring", FIELDS)
    for url in (
        reverse("lists:create", args=[tenant.slug]),
        reverse("lists:build", args=[tenant.slug]),
        reverse("lists:delete", args=[tenant.slug, like]),
    ):
        assert viewer_client.get(url).status_code == 403


def test_deleting_says_what_hangs_on_the_list_and_wants_its_name(tenant, sandbox, supervisor_client):
    campaign = sandbox.create_campaign("Renewals")
    doomed = sandbox.create_list("Spring", FIELDS, bind=[campaign])
    url = reverse("lists:delete", args=[tenant.slug, doomed])
    page = supervisor_client.get(url).content.decode()
    assert "Renewals" in page
    assert "calls will be dropped" in page
    assert "disable the list" in page
    assert "the format is deleted as well" in page
    assert "not the list&#x27;s name" in supervisor_client.post(url, {"typed_name": "sprung"}).content.decode()
    assert sandbox.list_id("Spring") == doomed
    supervisor_client.post(url, {"typed_name": "Spring"})
    assert [each["name"] for each in sandbox.state()["lists"]] == []
    assert AuditEntry.objects.get(verb="list.delete").outcome == Outcome.DONE


def test_a_deletion_whose_answer_is_lost_is_looked_up(tenant, sandbox, supervisor_client):
    doomed = sandbox.create_list("Spring", FIELDS)
    url = reverse("lists:delete", args=[tenant.slug, doomed])
    supervisor_client.get(url)
    sandbox.faults([{"kind": "cut_after", "probability": 1, "times": 1, "methods": ["DELETE"]}])
    supervisor_client.post(url, {"typed_name": "Spring"})
    entry = AuditEntry.objects.get(verb="list.delete")
    assert entry.outcome == Outcome.DONE
    assert "was lost" in entry.message


def test_the_commands_make_and_delete_a_list(tenant, sandbox, tmp_path):
    path = tmp_path / "format.json"
    path.write_text(json.dumps({"name": "two", "fields": FIELDS}))
    code, made = run("list_create", tenant.slug, "Autumn", "--format", str(path))
    assert (code, made["id"]) == (0, sandbox.list_id("Autumn"))
    assert run("list_create", tenant.slug, "Winter", "--like", "Autumn")[0] == 0
    assert run("list_create", tenant.slug, "Winter", "--like", "Autumn")[0] == 1
    code, said = run("list_delete", tenant.slug, "Winter")
    assert code == 1
    assert "--yes" in str(said["error"])
    assert run("list_delete", tenant.slug, "Winter", "--yes")[0] == 0
    assert [each["name"] for each in sandbox.state()["lists"]] == ["Autumn"]


def test_a_phone_of_the_us_takes_no_country_code():
    fields = [FieldSpec(name="p", type=FieldType.PHONE, phone_type="US_CANADA", default_country_code="1")]
    assert format_problems(fields, format_name="f") == [
        "“p”: Default country code works for phone type OTHER only; leave it empty."
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '{"name": "F", "fields": [{"name": "p", "type": "PHONE", "phonetype": "OTHER"}]}',
            "member “phonetype”",
        ),
        ('{"name": "F", "feilds": []}', '"fields", a list of objects'),
        ('{"name": "F", "owner": "x", "fields": []}', "The format has the unknown member “owner”"),
        ('{"formatName": "F", "name": "G", "fields": []}', "two names"),
        ('{"fields": [{"name": "p", "type": "PHONES"}]}', "“p” has the type PHONES; the types are ACCOUNT"),
        ('{"fields": [{"name": "p", "type": "PHONE", "key": "yes"}]}', "“key” is true or false"),
        ('{"fields": [{"name": "p", "type": "PHONE", "phoneType": ["x"]}]}', "“phone_type” is a text"),
        ('{"fields": [{"name": "p", "type": "PHONE", "phoneType": "OTHER", "phone_type": "US_CANADA"}]}', "twice"),
        ('{"fields": [{"name": "p", "type": "PHONE", "format": "yyyy-MM-dd"}]}', "has no “date_format”"),
        ('{"fields": [{"name": "p", "type": "PHONE", "type": "OTHER"}]}', "“type” stands twice"),
        ('{"fields": ["p"]}', "field 1 must be an object"),
        ("{", "no JSON"),
    ],
)
def test_a_format_in_which_something_is_not_understood_is_refused(text: str, words: str) -> None:
    with pytest.raises(FormatRefused, match=re.escape(words)):
        format_read(text)


def test_a_format_may_be_written_as_the_vendor_writes_it() -> None:
    text = (
        '{"formatName": "F", "fields": [{"name": "phone", "type": "PHONE", "phoneType": "OTHER", "removePrefix": 0, '
        '"defaultCountryCode": "32"}, {"name": "due", "type": "datetime", "format": "yyyy-MM-dd", "timeZone": '
        '"America/New_York"}, {"name": "prio", "type": "PRIORITY", "order": "FIFO", "expiresAfter": null}]}'
    )
    name, (phone, due, prio) = format_read(text)
    assert name == "F"
    assert (phone.phone_type, phone.remove_prefix, phone.default_country_code) == ("OTHER", "0", "32")
    assert (due.date_format, due.time_zone) == ("yyyy-MM-dd", "America/New_York")
    assert (prio.priority_order, prio.expires_after) == ("FIFO", "")
    ours = json.dumps({"name": "F", "fields": [spec.as_json() for spec in (phone, due, prio)]})
    assert format_read(ours) == (name, [phone, due, prio])
