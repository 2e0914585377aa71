"""How people see tables, and searches of them under names."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0003_export_presets"),
        ("tenants", "0008_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="columnchoice",
            name="density",
            field=models.CharField(
                blank=True, choices=[("", "Roomy"), ("compact", "Compact")], db_default="", default="", max_length=10
            ),
        ),
        migrations.AlterField(
            model_name="columnchoice",
            name="scope",
            field=models.CharField(
                choices=[
                    ("source", "A source"),
                    ("list", "A calling list, in whatever campaign"),
                    ("table", "A table of the dashboard"),
                ],
                default="source",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="TableView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=80)),
                ("query", models.TextField(blank=True, default="")),
                ("saved_at", models.DateTimeField(auto_now=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="table_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="table_views", to="tenants.tenant"
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "owner", "table", "name"), name="one_table_view_per_name")
                ],
            },
        ),
    ]
