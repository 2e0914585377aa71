"""Take over what people chose while only lists had columns to choose."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def take_over(apps: Any, schema_editor: Any) -> None:
    """Copy every choice for a list."""
    ours = apps.get_model("records", "ColumnChoice")
    theirs = apps.get_model("lists", "ColumnChoice")
    for each in theirs.objects.all().iterator():
        ours.objects.update_or_create(
            user_id=each.user_id,
            tenant_id=each.tenant_id,
            scope="list",
            scope_id=each.list_id,
            defaults={"columns": each.columns},
        )


def give_back(apps: Any, schema_editor: Any) -> None:
    """Copy the choices for lists back; those for other sources have no place there."""
    ours = apps.get_model("records", "ColumnChoice")
    theirs = apps.get_model("lists", "ColumnChoice")
    for each in ours.objects.filter(scope="list").iterator():
        theirs.objects.update_or_create(
            user_id=each.user_id,
            tenant_id=each.tenant_id,
            list_id=each.scope_id,
            defaults={"columns": each.columns},
        )


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0001_initial"),
        ("lists", "0003_ids_that_are_names"),
    ]

    operations = [migrations.RunPython(take_over, give_back)]
