"""Exports that people keep under a name."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import bpadmin.texts


class Migration(migrations.Migration):
    dependencies = [("records", "0002_columns_from_lists")]

    operations = [
        migrations.CreateModel(
            name="ExportPreset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", bpadmin.texts.ShortText(max_length=80)),
                ("content", bpadmin.texts.PlainData(default=dict)),
                ("saved_by_name", bpadmin.texts.ShortText(blank=True, max_length=150)),
                ("saved_at", models.DateTimeField(auto_now=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="export_presets",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={"ordering": ["name"]},
        ),
        migrations.AddConstraint(
            model_name="exportpreset",
            constraint=models.UniqueConstraint(fields=("tenant", "name"), name="one_export_preset_per_name"),
        ),
    ]
