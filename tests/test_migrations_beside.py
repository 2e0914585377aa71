"""Migrations since the last release take nothing away that the release before still reads."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.state import ModelState, ProjectState

CI = Path(__file__).resolve().parent.parent / ".ci"
sys.path.insert(0, str(CI))

from migrations_beside import RELEASED, faults_in, faults_since, migrations_run_beside_the_last_release  # noqa: E402


def faults(*operations: Any) -> list[str]:
    state = ProjectState()
    fields = {"id": models.AutoField(primary_key=True), "note": models.CharField(max_length=20, null=True)}
    state.add_model(ModelState("app", "Thing", list(fields.items())))
    return list(faults_in(operations, "app", state, set(), set()))


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (migrations.RemoveField("thing", "note"), "drops thing.note"),
        (migrations.DeleteModel("Thing"), "drops the table of thing"),
        (migrations.RenameField("thing", "note", "words"), "renames thing.note"),
        (migrations.RenameModel("Thing", "Item"), "renames the table of thing"),
        (migrations.AlterModelTable("thing", "other"), "renames the table of thing"),
        (migrations.AddField("thing", "n", models.IntegerField(default=0)), "adds thing.n without db_default"),
        (migrations.AlterField("thing", "note", models.CharField(max_length=20)), "makes thing.note not null"),
        (migrations.AlterField("thing", "note", models.CharField(max_length=9, null=True)), "makes thing.note shorter"),
        (
            migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField("thing", "note")]),
            "drops thing.note",
        ),
        (migrations.AddField("thing", "n", models.IntegerField(default=0, db_default=0)), ""),
        (migrations.AddField("thing", "n", models.IntegerField(null=True)), ""),
        (migrations.CreateModel("Other", [("id", models.AutoField(primary_key=True))]), ""),
    ],
)
def test_what_older_code_does_not_stand_is_named(operation: Any, words: str) -> None:
    found = faults(operation)
    assert (found == []) == (words == "")
    assert all(words in fault for fault in found)


def test_what_is_newer_than_the_release_may_be_changed_freely() -> None:
    other = migrations.CreateModel("Other", [("id", models.AutoField(primary_key=True))])
    field = migrations.AddField("thing", "n", models.IntegerField(null=True))
    assert not faults(other, migrations.DeleteModel("Other"), field, migrations.RemoveField("thing", "n"))


def test_one_of_the_repository_that_drops_is_found() -> None:
    drops = "lists.0004_columns_to_records"
    assert (drops, "drops the table of columnchoice") in faults_since(set(RELEASED.read_text().split()) - {drops})


def test_the_migrations_since_the_last_release_pass() -> None:
    assert list(migrations_run_beside_the_last_release()) == []
