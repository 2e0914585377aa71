"""Formats: what is known of a list's fields, and from where."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tenants.services import tenant_client
from lists.formats.services import (
    fields_of_records,
    format_fields,
    format_get,
    format_learn,
    format_remember,
    format_say,
)
from lists.models import ListFormat
from tests.lists.filing import some_tenant

FIELDS = [FieldSpec("id", key=True, required=True), FieldSpec("phone", FieldType.PHONE, phone_type="US_CANADA")]
AS_JSON = [
    {"name": "id", "type": "OTHER", "required": True, "key": True},
    {"name": "phone", "type": "PHONE", "phoneType": "US_CANADA"},
]


@pytest.mark.django_db
def test_what_a_supervisor_says_is_kept() -> None:
    tenant = some_tenant()
    format_say(tenant=tenant, list_id="L1", list_name="List 1", fields=FIELDS)
    assert list(format_fields(format_get(tenant=tenant, list_id="L1"))) == FIELDS
    assert format_get(tenant=tenant, list_id="L2") is None
    assert format_fields(None) == ()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [[], [FieldSpec("")], [FieldSpec("a"), FieldSpec("A")], [FieldSpec("a", skip=True, key=True)]],
)
def test_fields_that_cannot_be_are_refused(fields: list[FieldSpec]) -> None:
    with pytest.raises(ValueError):
        format_say(tenant=some_tenant(), list_id="L1", list_name="", fields=fields)


@pytest.mark.django_db
def test_lists_of_one_format_share_what_is_known() -> None:
    tenant = some_tenant()
    format_remember(tenant=tenant, list_id="L1", list_name="1", format_id="F1", format_name="f", fields=FIELDS)
    known = format_get(tenant=tenant, list_id="L2", format_id="F1")
    assert known is not None
    assert list(format_fields(known)) == FIELDS
    assert format_get(tenant=some_tenant("other"), list_id="L2", format_id="F1") is None


@pytest.mark.django_db
def test_saying_keeps_the_formats_own_name() -> None:
    tenant = some_tenant()
    format_remember(tenant=tenant, list_id="L1", list_name="1", format_id="F1", format_name="f", fields=FIELDS)
    said = format_say(tenant=tenant, list_id="L1", list_name="1", fields=FIELDS[1:])
    assert (said.format_id, said.source) == ("F1", ListFormat.Source.SAID)


def test_names_are_sure_and_of_types_only_phones_and_numbers_are_guessed() -> None:
    entries = [
        {"id": "K1", "phone": "16505550100", "other phone": "442079460000", "age": 5, "zip": "94105"},
        {"id": "K2", "phone": "16505550101", "other phone": "442079460001", "age": 6, "extra": "x"},
    ]
    assert fields_of_records(entries) == (
        FieldSpec("id"),
        FieldSpec("phone", FieldType.PHONE, phone_type="US_CANADA"),
        FieldSpec("other phone", FieldType.PHONE),
        FieldSpec("age", FieldType.INTEGER),
        FieldSpec("zip"),
        FieldSpec("extra"),
    )


def test_a_bound_list_tells_its_fields_by_its_records(tenant: Any, sandbox: Any) -> None:
    sandbox.seed("small")
    client = tenant_client(tenant)
    bound = next(
        one for one in client.walk_lists() if (seen := client.get_list(one.id)).campaigns and seen.total_records
    )
    learnt = format_learn(tenant=tenant, list_id=bound.id, client=client)
    assert learnt is not None
    assert learnt.source == ListFormat.Source.LEARNT
    assert any(spec.type is FieldType.PHONE for spec in format_fields(learnt))


def test_an_empty_list_tells_nothing(tenant: Any, sandbox: Any) -> None:
    list_id = sandbox.create_list("empty", AS_JSON)
    assert format_learn(tenant=tenant, list_id=list_id, client=tenant_client(tenant)) is None


def test_an_unbound_list_is_asked_for_a_row_of_the_file(tenant: Any, sandbox: Any) -> None:
    list_id = sandbox.create_list("unbound", AS_JSON)
    client = tenant_client(tenant)
    client.add_many_records(list_id, [{"id": "K1", "phone": "6505550100"}])
    assert format_learn(tenant=tenant, list_id=list_id, client=client, probe={"id": "K9"}) is None
    learnt = format_learn(tenant=tenant, list_id=list_id, client=client, probe={"id": "K1"})
    assert learnt is not None
    assert {spec.name.lower() for spec in format_fields(learnt)} == {"id", "phone"}


def test_learning_never_overwrites_what_was_said(tenant: Any, sandbox: Any) -> None:
    list_id = sandbox.create_list("said", AS_JSON)
    said = format_say(tenant=tenant, list_id=list_id, list_name="said", fields=FIELDS)
    assert format_learn(tenant=tenant, list_id=list_id, client=tenant_client(tenant)) == said
