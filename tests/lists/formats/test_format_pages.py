"""The page on which a supervisor says what fields a list has."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.platforms.types import FieldSpec, FieldType
from lists.formats.services import format_fields, format_get, format_say
from lists.models import ListFormat


@pytest.fixture(autouse=True)
def small_tenant(sandbox: Any) -> None:
    """Four lists; Customers and Callbacks are bound to campaigns."""
    sandbox.seed("small")


def page(sandbox: Any, name: str, screen: str = "format") -> str:
    return reverse(f"lists:{screen}", kwargs={"slug": "acme", "list_id": sandbox.list_id(name)})


def text(response: Any) -> str:
    bare = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(bare.split())


def form(*rows: dict[str, str]) -> dict[str, str]:
    """Return what a browser posts for these rows."""
    data = {"field-TOTAL_FORMS": str(len(rows)), "field-INITIAL_FORMS": "0"}
    for number, row in enumerate(rows):
        data |= {f"field-{number}-{key}": value for key, value in {"type": "OTHER", **row}.items()}
    return data


PHONE = {"name": "Phone", "type": "PHONE", "phone_type": "US_CANADA", "is_required": "on"}


def fields_of(tenant: Any, sandbox: Any, name: str) -> tuple[FieldSpec, ...]:
    return format_fields(format_get(tenant=tenant, list_id=sandbox.list_id(name)))


def test_more_rows_come_without_saving(supervisor_client: Client, tenant: Any, sandbox: Any) -> None:
    address = page(sandbox, "Accounts.csv")
    shown = supervisor_client.post(address, form({"name": "loyalty card"}) | {"more": "1"}).content.decode()
    assert 'value="loyalty card"' in shown
    assert 'name="field-5-name"' in shown
    assert fields_of(tenant, sandbox, "Accounts.csv") == ()


def test_what_a_supervisor_says_is_kept_and_logged(supervisor_client: Client, tenant: Any, sandbox: Any) -> None:
    account = {"name": " id ", "type": "ACCOUNT", "is_key": "on"}
    due = {"name": "due", "type": "DATETIME", "date_format": "yyyy-MM-dd"}
    response = supervisor_client.post(
        page(sandbox, "Accounts.csv"), form(PHONE, account, due, {"name": ""}), follow=True
    )
    assert response.redirect_chain == [(page(sandbox, "Accounts.csv", "detail"), 302)]
    assert "The fields of “Accounts.csv” are saved." in text(response)
    assert fields_of(tenant, sandbox, "Accounts.csv") == (
        FieldSpec("Phone", FieldType.PHONE, required=True, phone_type="US_CANADA"),
        FieldSpec("id", FieldType.ACCOUNT, key=True),
        FieldSpec("due", FieldType.DATETIME, date_format="yyyy-MM-dd"),
    )
    assert ListFormat.objects.get().source == ListFormat.Source.SAID
    entry = AuditEntry.objects.get(verb=Verb.LIST_FORMAT_CHANGE)
    assert (entry.actor_name, entry.target_name) == ("sam", "Accounts.csv")


def test_it_starts_from_what_is_known_and_keeps_what_it_does_not_ask(
    supervisor_client: Client, tenant: Any, sandbox: Any
) -> None:
    known = [
        FieldSpec("Phone", FieldType.PHONE, default_country_code="49"),
        FieldSpec("note", FieldType.OTHER, skip=True),
        FieldSpec("due", FieldType.DATETIME, time_zone="Europe/Berlin"),
    ]
    format_say(tenant=tenant, list_id=sandbox.list_id("Accounts.csv"), list_name="Accounts.csv", fields=known)
    body = supervisor_client.get(page(sandbox, "Accounts.csv")).content.decode()
    assert 'value="note"' in body
    assert '<option value="DATETIME" selected>' in body
    rows = form(PHONE, {"name": "note"}, {"name": "due", "type": "DATETIME"})
    supervisor_client.post(page(sandbox, "Accounts.csv"), rows)
    said = fields_of(tenant, sandbox, "Accounts.csv")
    assert said[0].default_country_code == ""
    assert said[1].skip
    assert said[2].time_zone == "Europe/Berlin"


def test_a_removed_row_is_gone(supervisor_client: Client, tenant: Any, sandbox: Any) -> None:
    supervisor_client.post(page(sandbox, "Accounts.csv"), form(PHONE, {"name": "old", "DELETE": "on"}))
    assert [field.name for field in fields_of(tenant, sandbox, "Accounts.csv")] == ["Phone"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "Add at least one field."),
        ([{"name": "only text"}], "At least one field must be of type PHONE"),
        ([PHONE, {"name": "PHONE"}], "every name must be unique"),
        ([PHONE, {"name": "a", "type": "ACCOUNT"}, {"name": "b", "type": "ACCOUNT"}], "Only one field may be"),
        ([{**PHONE, "phone_type": "OTHER", "default_country_code": "x"}], "may hold digits only"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_lost(
    supervisor_client: Client, tenant: Any, sandbox: Any, rows: list[dict[str, str]], words: str
) -> None:
    response = supervisor_client.post(page(sandbox, "Accounts.csv"), form(*rows))
    assert response.status_code == 200
    assert words in text(response)
    assert all(f'value="{row["name"]}"' in response.content.decode() for row in rows)
    assert not ListFormat.objects.exists()


def test_a_form_that_was_tampered_with_is_refused(supervisor_client: Client, tenant: Any, sandbox: Any) -> None:
    assert supervisor_client.post(page(sandbox, "Accounts.csv"), {}).status_code == 200
    odd = form({**PHONE, "type": "NONSENSE"})
    assert supervisor_client.post(page(sandbox, "Accounts.csv"), odd).status_code == 200
    many = {**form(PHONE), "field-TOTAL_FORMS": "5000"}
    assert supervisor_client.post(page(sandbox, "Accounts.csv"), many).status_code == 200
    assert not ListFormat.objects.exists()


def test_names_are_read_from_a_record_of_a_bound_list(supervisor_client: Client, tenant: Any, sandbox: Any) -> None:
    offered = supervisor_client.get(page(sandbox, "Customers.csv"))
    assert "Read the names from a record" in text(offered)
    response = supervisor_client.post(page(sandbox, "Customers.csv", "format_learn"), follow=True)
    assert response.redirect_chain == [(page(sandbox, "Customers.csv"), 302)]
    assert "fields were found in the list's records" in text(response).replace("&#x27;", "'")
    names = {field.name.casefold() for field in fields_of(tenant, sandbox, "Customers.csv")}
    assert {"id", "phone", "firstname", "lastname", "balance", "due"} <= names


def test_a_list_bound_to_nothing_does_not_offer_it(supervisor_client: Client, tenant: Any, sandbox: Any) -> None:
    assert "Read the names from a record" not in text(supervisor_client.get(page(sandbox, "Accounts.csv")))
    response = supervisor_client.post(page(sandbox, "Accounts.csv", "format_learn"), follow=True)
    assert "No record could be read" in text(response)


def test_a_failed_reading_is_said_in_words(supervisor_client: Client, tenant: Any, sandbox: Any) -> None:
    supervisor_client.get(page(sandbox, "Customers.csv"))
    sandbox.faults([{"kind": "html"}])
    response = supervisor_client.post(page(sandbox, "Customers.csv", "format_learn"), follow=True)
    assert "The fields could not be read." in text(response)


def test_only_a_supervisor_may_say(viewer_client: Client, tenant: Any, sandbox: Any) -> None:
    assert viewer_client.get(page(sandbox, "Accounts.csv")).status_code == 403
    assert viewer_client.post(page(sandbox, "Accounts.csv"), form(PHONE)).status_code == 403
    assert viewer_client.post(page(sandbox, "Customers.csv", "format_learn")).status_code == 403
    assert not ListFormat.objects.exists()


def test_a_strangers_word_counts_for_nothing(
    stranger_client: Client, client: Client, tenant: Any, sandbox: Any
) -> None:
    assert stranger_client.post(page(sandbox, "Accounts.csv"), form(PHONE)).status_code == 404
    assert client.post(page(sandbox, "Accounts.csv"), form(PHONE)).status_code == 302
    assert not ListFormat.objects.exists()
