"""The rows of every table as plain JSON, and back, for any database and for the models of any migration.

Django's own serializers know only the models of the code that runs; a backup is loaded into the tables of the code that
made it, and migrated from there.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from django.db import models

# What Django makes anew by itself, and what ends with the installation.
LEFT_OUT = frozenset(
    {"contenttypes.ContentType", "auth.Permission", "sessions.Session", "jobs.WorkerBeat", "installation.Tally"}
)
PART_ROWS = 2000


def tables_kept(apps: Any) -> list[type[models.Model]]:
    """Return the models whose rows belong into a backup, those of many-to-many tables included."""
    found = apps.get_models(include_auto_created=True)
    kept = [model for model in found if model._meta.managed and not model._meta.proxy]
    return [model for model in kept if model._meta.label not in LEFT_OUT and not _leads_out(model)]


def _leads_out(model: type[models.Model]) -> bool:
    """Return whether rows would point at rows that are left out."""
    targets = [field.remote_field.model for field in model._meta.concrete_fields if field.remote_field]
    return any(getattr(target, "_meta", None) and target._meta.label in LEFT_OUT for target in targets)


def parts_of(model: type[models.Model], *, using: str) -> Iterator[bytes]:
    """Yield a table's rows as JSON documents of some thousand rows: {"fields": [...], "rows": [[...], ...]}."""
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    names = [field.attname for field in fields]
    rows: list[list[Any]] = []
    query = model._base_manager.using(using).order_by("pk").values_list(*names)
    for row in query.iterator(chunk_size=PART_ROWS):
        rows.append([_plain(value) for value in row])
        if len(rows) == PART_ROWS:
            yield orjson.dumps({"fields": names, "rows": rows})
            rows = []
    if rows:
        yield orjson.dumps({"fields": names, "rows": rows})


def part_load(model: type[models.Model], data: bytes) -> int:
    """Store a part's rows; returns how many."""
    document = orjson.loads(data)
    fields = [model._meta.get_field(_field_name(model, name)) for name in document["fields"]]
    made = [model(**_values(document["fields"], fields, row)) for row in document["rows"]]
    model._base_manager.bulk_create(made, batch_size=500)
    return len(made)


def _field_name(model: type[models.Model], attname: str) -> str:
    return next(field.name for field in model._meta.concrete_fields if field.attname == attname)


def _values(names: Sequence[str], fields: Sequence[Any], row: Sequence[Any]) -> dict[str, Any]:
    return {name: _typed(field, value) for name, field, value in zip(names, fields, row, strict=True)}


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes | memoryview) else value


def _typed(field: Any, value: Any) -> Any:
    if value is None or isinstance(field, models.JSONField):
        return value
    if isinstance(field, models.BinaryField):
        return base64.b64decode(value)
    if isinstance(field, models.ForeignKey):
        return field.target_field.to_python(value)
    if isinstance(value, str):
        # SQLite keeps both, PostgreSQL neither: text longer than its column, and zero bytes.
        value = value.replace("\x00", "")[: getattr(field, "max_length", None)]
    return field.to_python(value)
