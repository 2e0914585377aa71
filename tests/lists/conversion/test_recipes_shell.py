"""Recipes in the shell: exported, imported, renamed, deleted, and used by list_upload; and on the list's page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from bpadmin.audit.models import AuditEntry
from bpadmin.jobs.models import Job
from bpadmin.uploads.models import SavedMapping
from lists.models import Recipe
from tests.lists.conversion.test_conversion_pages import MESSY, WANTED, records, spring

__all__ = ["spring"]
pytestmark = pytest.mark.django_db(transaction=True)

RECIPE = {
    "recipe": 1,
    "name": "CRM",
    "columns": [
        {"column": "Account", "field": "Account"},
        {"column": "Due", "field": "Due", "rule": {"date": "dd.MM.yyyy"}},
        {"column": "Amount", "field": "Amount", "rule": {"decimal": ","}},
        {"column": "Optin", "field": "Optin", "rule": {"values": {"ja": "true", "nein": "false"}}},
    ],
    "made": [
        {"title": "Phone", "columns": ["Vorwahl", "Rufnummer"], "field": "Phone", "rule": {"country": "49"}},
        {"title": "From", "text": "fair", "field": "Source"},
    ],
    "rows": [{"column": "ResultCode", "values": ["C"]}],
}


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command; returns exit code, the JSON line and what was said."""

    def run(*arguments: str) -> tuple[int, dict[str, Any], str]:
        code = 0
        try:
            call_command(*arguments, "--json")
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, json.loads(out.splitlines()[-1]), err

    return run


def test_a_messy_file_is_sent_by_a_recipe_from_a_file_and_by_its_name(
    shell: Any, tmp_path: Path, spring: str, sandbox: Any, tenant: Any
) -> None:
    messy, recipe, rejects = tmp_path / "messy.csv", tmp_path / "crm.json", tmp_path / "rejects.csv"
    messy.write_text(MESSY, encoding="utf-8")
    recipe.write_text(json.dumps(RECIPE), encoding="utf-8")
    upload = ("list_upload", "acme", "Spring", str(messy))

    code, data, said = shell(*upload, "--recipe", str(recipe), "--rejects", str(rejects))
    assert code == 3
    assert (data["rows"], data["accepted"], data["rejected"]) == (3, 2, 1)
    assert records(sandbox, spring) == WANTED
    assert "Rule: Due: dates written dd.MM.yyyy, into the list's form" in said
    assert "Phone → Phone" in said
    assert "only rows whose ResultCode is “C”" in data["rules"]
    assert {each["code"]: each["count"] for each in data["warnings"]} == {"rows_not_taken": 1}
    assert "A4;0173;4445556;31.2.2027;5,00;ja;C;5;not_converted" in rejects.read_text(encoding="utf-8-sig")

    # The corrected rejects need no recipe: rules are kept for the header.
    messy.write_text(rejects.read_text(encoding="utf-8-sig").replace("31.2.", "3.2."), encoding="utf-8")
    code, data, _ = shell(*upload)
    assert (code, data["accepted"]) == (0, 1)
    assert records(sandbox, spring)[2]["Due"] == "2027-02-03"
    code, data, said = shell(*upload, "--again", "--without-rules", "--map", "Rufnummer=Phone")
    assert (code, data["rules"], data["accepted"]) == (1, [], 0)
    messy.write_text(MESSY, encoding="utf-8")

    # Taken in, listed, handed on, and used by its name.
    assert shell("recipe_import", "acme", "Spring", str(recipe))[0] == 0
    code, data, said = shell("recipe_import", "acme", "Spring", str(recipe))
    assert (code, "already" in said) == (1, True)
    assert shell("recipe_rename", "acme", "Spring", "crm", "Nightly")[1]["name"] == "Nightly"
    code, data, said = shell("recipe_list", "acme", "Spring")
    assert [each["name"] for each in data["recipes"]] == ["Nightly"]
    assert "Phone → Phone (Vorwahl + Rufnummer, joined; country code 49 where none is)" in said
    out = tmp_path / "out.json"
    assert shell("recipe_export", "acme", "Spring", "Nightly", str(out))[0] == 0
    again = json.loads(out.read_text(encoding="utf-8"))
    assert again == RECIPE | {"name": "Nightly", "list": "Spring"}
    code, data, _ = shell(*upload, "--again", "--recipe", "nightly", "--mode", "upsert", "--blank", "clear")
    assert (code, data["accepted"]) == (3, 2)
    assert shell("recipe_delete", "acme", "Spring", "Nightly", "--yes")[0] == 0
    assert not Recipe.objects.exists()
    words = list(AuditEntry.objects.filter(verb="list.recipe.change").order_by("pk").values_list("message", flat=True))
    assert words == ["Recipe “CRM” kept.", "Recipe “CRM” renamed to “Nightly”.", "Recipe “Nightly” deleted."]
    code, data, said = shell(*upload, "--recipe", "Nightly")
    assert (code, "no recipe of this name" in said) == (1, True)
    assert Job.objects.latest("id").state == "cancelled"


def test_a_recipe_that_is_not_understood_or_does_not_fit_sends_nothing(
    shell: Any, tmp_path: Path, spring: str, sandbox: Any
) -> None:
    messy, recipe = tmp_path / "messy.csv", tmp_path / "crm.json"
    messy.write_text(MESSY, encoding="utf-8")
    for change, words in (
        ({"columns": [{"column": "Due", "feld": "Due"}]}, "“feld”"),
        ({"columns": [{"column": "Fälligkeit", "field": "Due"}]}, "for files with “Fälligkeit”, which this one lacks"),
        ({"columns": [{"column": "Due", "field": "Due", "rule": {"date": "dd/mm"}}]}, "“date” is “dd/mm”"),
    ):
        recipe.write_text(json.dumps(RECIPE | change), encoding="utf-8")
        code, data, _said = shell("list_upload", "acme", "Spring", str(messy), "--recipe", str(recipe))
        assert (code, words in data["error"]) == (1, True), data
    assert records(sandbox, spring) == []


def test_recipes_are_seen_renamed_deleted_and_taken_in_on_the_page_of_the_list(
    supervisor_client: Client, viewer_client: Client, spring: str
) -> None:
    client, page = supervisor_client, f"/t/acme/lists/{spring}/"

    def take(text: str) -> str:
        file = SimpleUploadedFile("crm.json", text.encode(), "application/json")
        return client.post(f"{page}recipes/import/", {"file": file}, follow=True).content.decode()

    assert "None yet: they come with the first upload." in client.get(page).content.decode()
    text = take(json.dumps(RECIPE))
    assert "The recipe “CRM” is taken in." in text
    assert "Phone → Phone (Vorwahl + Rufnummer, joined; country code 49 where none is)" in text
    assert "was not taken in. The recipe has the unknown member “extra”" in take(json.dumps(RECIPE | {"extra": 1}))
    assert "was not taken in. It is no JSON" in take("no")
    recipe = Recipe.objects.get()
    export = client.get(f"/t/acme/recipes/{recipe.pk}/recipe.json")
    assert json.loads(export.content) == RECIPE | {"list": "Spring"}
    assert 'filename="crm.json"' in export.headers["Content-Disposition"]
    assert viewer_client.get(f"/t/acme/recipes/{recipe.pk}/recipe.json").status_code == 200
    assert viewer_client.post(f"/t/acme/recipes/{recipe.pk}/delete/").status_code == 403
    assert "Rename" not in viewer_client.get(page).content.decode()
    text = client.post(f"/t/acme/recipes/{recipe.pk}/rename/", {"name": " Night  run "}, follow=True).content.decode()
    assert "is named “Night run” now" in text
    assert (
        "Give the recipe a name."
        in client.post(f"/t/acme/recipes/{recipe.pk}/rename/", {"name": " "}, follow=True).content.decode()
    )
    client.post(f"/t/acme/recipes/{recipe.pk}/delete/")
    assert not Recipe.objects.exists()

    kept = SavedMapping.objects.create(
        tenant=recipe.tenant, list_id=spring, header_hash="x", header=["Konto", "Due"], mapping={"0": "Account"},
        conversion=None,
    )  # fmt: skip
    assert "for files with Konto, Due" in client.get(page).content.decode()
    client.post(f"/t/acme/kept-columns/{kept.pk}/", {"act": "keep", "name": "Old"})
    assert Recipe.objects.get().content["columns"] == [{"column": "Konto", "field": "Account"}]
    client.post(f"/t/acme/kept-columns/{kept.pk}/", {"act": "forget"})
    assert not SavedMapping.objects.exists()
