"""The tables of methods in docs/methods.md are made from the code, and nothing in them is a promise."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import get_resolver

from bpadmin.operations.method_table import BESIDES, DOCUMENTED, Api, Row, markdown
from tests.platforms.brightpattern import test_latest, test_methods, test_newer
from tests.platforms.others import test_conpeek_methods, test_jtel_methods, test_legacy_methods, test_legacy_v1

ROWS = [row for api in DOCUMENTED + BESIDES for row in api.rows()]
CLAIMS = {
    f"{module.__name__.replace('.', '/')}.py": module.CLAIMS
    for module in (
        *(test_methods, test_newer, test_latest, test_jtel_methods, test_conpeek_methods),
        *(test_legacy_methods, test_legacy_v1),
    )
}
PAGE = (Path(__file__).parents[2] / "docs/methods.md").read_text(encoding="utf-8")


def addresses() -> set[str]:
    """Return the names of all addresses, with their app's name in front."""
    found = set()
    for resolver in get_resolver().url_patterns:
        namespaces = getattr(resolver, "url_patterns", [])
        app = getattr(resolver, "app_name", None)
        found |= {f"{app}:{each.name}" for each in namespaces if app and each.name}
    return found


def test_the_page_holds_the_tables_as_the_code_has_them():
    assert markdown(DOCUMENTED) in PAGE
    assert markdown(BESIDES) in PAGE


def test_all_46_documented_methods_are_in_the_first_tables():
    assert [len(list(api.rows())) for api in DOCUMENTED] == [34, 1, 10, 1]


@pytest.mark.parametrize("api", DOCUMENTED + BESIDES, ids=lambda api: api.label)
def test_every_method_has_a_place_and_nothing_else_has(api: Api):
    assert {row.client for row in api.rows()} == set(api.places)


def test_a_method_is_reached_by_page_command_and_test_unless_another_takes_its_place():
    pages, commands = addresses(), get_commands()

    def lacks(row: Row) -> list[str]:
        tested = {"a test": row.client in CLAIMS[row.api.claims]}
        if row.place.instead:
            return missing(tested | {"its successor": row.place.instead in row.api.places})
        return missing(tested | {"a page": row.place.page in pages, "a command": row.place.command in commands})

    assert len(ROWS) > 60
    assert {f"{row.api.label}: {row.client}": lacks(row) for row in ROWS if lacks(row)} == {}


def missing(there: dict[str, bool]) -> list[str]:
    return [name for name, is_there in there.items() if not is_there]
