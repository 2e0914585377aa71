"""The lists from the shell: list_list."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command


@pytest.fixture(autouse=True)
def small_tenant(sandbox: Any) -> None:
    """Four lists."""
    sandbox.seed("small")


def run(*arguments: str) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of a command."""
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command(*arguments, stdout=out, stderr=err)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, out.getvalue(), err.getvalue()


def test_it_shows_records_ids_names_and_formats(tenant: Any, sandbox: Any) -> None:
    code, out, _ = run("list_list", "acme")
    assert code == 0
    lines = out.splitlines()
    assert len(lines) == 4
    assert lines[2].split("  ")[-3:] == [sandbox.list_id("Customers.csv"), "Customers.csv", "(Customers)"]
    assert "120 records" in lines[2]


def test_it_gives_scripts_one_object(tenant: Any, sandbox: Any) -> None:
    code, out, err = run("list_list", "acme", "--json")
    assert code == 0
    lists = json.loads(out)["lists"]
    assert [each["name"] for each in lists] == ["Accounts.csv", "Callbacks.csv", "Customers.csv", "Empty.csv"]
    assert lists[2]["records"] == 120
    assert lists[2]["id"] == sandbox.list_id("Customers.csv")
    assert "Customers.csv" in err


def test_a_missing_privilege_ends_with_1_in_words(tenant: Any, sandbox: Any) -> None:
    sandbox.control("POST", "users", {"name": "sandbox", "privileges": []})
    code, out, err = run("list_list", "acme")
    assert code == 1
    assert out == ""
    assert "Manage Lists" in err
