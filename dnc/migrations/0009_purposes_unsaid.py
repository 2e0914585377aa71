"""Lists of which nobody has said what they are for were all called own opt-outs: the column began with that."""

from typing import Any

from django.db import migrations, models


def unsaid_set(apps: Any, schema_editor: Any) -> None:
    """Take back what nobody said: an own list stays one where a change of its purpose is in the ledger."""
    dnc_list, change = apps.get_model("dnc", "DncList"), apps.get_model("dnc", "DncChange")
    changes = change.objects.filter(kind="settings", dnc_list__isnull=False).values_list("dnc_list_id", "details")
    said = {pk for pk, details in changes.iterator() if "purpose" in details}
    lists = dnc_list.objects.filter(purpose="own")
    dnc_list.objects.filter(pk__in=[pk for pk in lists.values_list("pk", flat=True) if pk not in said]).update(
        purpose="unsaid"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("dnc", "0008_closed_chains"),
    ]

    operations = [
        migrations.AlterField(
            model_name="dnclist",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("unsaid", "Nobody has said what it is for"),
                    ("own", "Own opt-outs: who asked us not to call"),
                    ("registry", "A public registry's numbers"),
                    ("litigators", "Litigators"),
                    ("other", "Something else"),
                ],
                db_default="unsaid",
                default="unsaid",
                max_length=12,
            ),
        ),
        migrations.RunPython(unsaid_set, migrations.RunPython.noop, elidable=True),
    ]
