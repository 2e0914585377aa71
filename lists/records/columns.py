"""What is known of a list's fields, as columns of its records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bpadmin.platforms.sources import ColumnKind, SourceColumn
from bpadmin.platforms.types import FieldType, Record
from bpadmin.records.columns import ColumnPlace, RecordColumn, columns_available, columns_chosen, usual_fields
from lists.records.fields import RecordFields

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Tenant

USUAL_FIELDS = 5
NAMES = (FieldType.FIRST_NAME, FieldType.LAST_NAME, FieldType.COMPANY)
KINDS = {FieldType.PHONE: ColumnKind.PHONE, FieldType.INTEGER: ColumnKind.NUMBER}


def columns_known(fields: RecordFields) -> list[SourceColumn]:
    """Return the known fields as columns; keys, numbers and names are shown until a person chooses."""
    ranked = sorted(
        fields.specs, key=lambda spec: (not spec.key, spec.type is not FieldType.PHONE, spec.type not in NAMES)
    )
    usual = {spec.name for spec in ranked[:USUAL_FIELDS]}
    return [
        SourceColumn(spec.name, kind=KINDS.get(spec.type, ColumnKind.TEXT), is_usual=spec.name in usual)
        for spec in fields.specs
    ]


def columns_of_list(
    *, user: User, tenant: Tenant, list_id: str, fields: RecordFields, records: Sequence[Record]
) -> tuple[list[RecordColumn], list[RecordColumn]]:
    """Return the columns there are for records of a list, and those that the person sees."""
    known = columns_known(fields)
    available = columns_available(known, records, has_results=True)
    usual = usual_fields(known, available)
    return available, columns_chosen(
        user=user, tenant=tenant, place=ColumnPlace.of_list(list_id), usual=usual, available=available
    )
