"""The README's table of methods is made from the code, and nothing in it is a promise."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import get_resolver

from bpadmin.method_table import PLACES, Row, markdown, rows
from tests.platforms.test_methods import CLAIMS

ROWS = list(rows())


def addresses() -> set[str]:
    """Give the names of all addresses, with their app's name in front."""
    found = set()
    for resolver in get_resolver().url_patterns:
        namespaces = getattr(resolver, "url_patterns", [])
        app = getattr(resolver, "app_name", None)
        found |= {f"{app}:{each.name}" for each in namespaces if app and each.name}
    return found


def test_the_readme_holds_the_table_as_the_code_has_it():
    assert markdown() in (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_every_documented_method_of_version_three_has_a_place_and_nothing_else_has():
    assert {row.client for row in ROWS} == set(PLACES)
    assert len(ROWS) == 34


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.client)
def test_a_method_is_reached_by_page_command_and_test_unless_the_document_deprecates_it(row: Row):
    assert row.client in CLAIMS
    if row.place.instead:
        assert "DEPRECATED" in row.method.title
        assert row.place.instead in PLACES
        return
    assert row.place.page in addresses()
    assert row.place.command in get_commands()
