from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("lists", "0003_ids_that_are_names"),
        ("records", "0002_columns_from_lists"),
    ]

    operations = [
        migrations.DeleteModel(
            name="ColumnChoice",
        ),
    ]
