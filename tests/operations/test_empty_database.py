"""An empty database that got its tables at once is the one that all migrations one after another lead to."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MIGRATE = "call_command('migrate', verbosity=0)"
STEP_BY_STEP = "from django.core.management.commands.migrate import Command; call_command(Command(), verbosity=0)"
KILLED = """
from bpadmin.operations.management.commands.migrate import Command
Command._make_tables.__globals__['MigrationExecutor'] = lambda *_: os._exit(9)
call_command('migrate', verbosity=0)
"""
# Django's own many-to-many tables: counted with four bytes by its migrations, with eight by its models.
NUMBERED_OTHERWISE = re.compile(r"auth_(group|user)_(permissions|groups|user_permissions)\.id (20|23) ")
# What a database consists of: columns of each table, its indexes and constraints, triggers, and its rows.
DESCRIBE = """
from django.db import connection
said = []
with connection.cursor() as cursor:
    for table in connection.introspection.table_names(cursor):
        for each in connection.introspection.get_table_description(cursor, table):
            said.append(f"{table}.{each.name} {each.type_code} {each.null_ok} {each.default} {each.internal_size}")
        for name, each in connection.introspection.get_constraints(cursor, table).items():
            # SQLite gives what has no name a number, in the order in which it stands.
            name = "" if name.startswith(("fk_", "__unnamed")) else name
            said.append(f"{table} {name} {sorted(each.items(), key=str)}")
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        said.append(f"{table} has {cursor.fetchone()[0]} rows")
    cursor.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'" if connection.vendor == "sqlite" else
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    said += [f"trigger {each[0]}" for each in cursor.fetchall()]
    cursor.execute("SELECT app, name FROM django_migrations")
    said += [f"migration {app} {name}" for app, name in cursor.fetchall()]
print(json.dumps(said))
"""


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[Any]:
    """Give the environment of an empty database of the kind that the suite runs on, as often as asked."""
    made: list[str] = []
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BPADMIN_DATA", "DATABASE_"))}

    def make() -> dict[str, str]:
        name = f"bpadmin_empty_{uuid.uuid4().hex[:12]}"
        env = kept | {"BPADMIN_DATA": str(tmp_path / name)}
        if url := os.environ.get("DATABASE_URL"):
            with psycopg_connected(url) as server:
                server.execute(f"CREATE DATABASE {name}".encode())
            made.append(name)
            env["DATABASE_URL"] = f"{url.rsplit('/', 1)[0]}/{name}"
        return env

    yield make
    for name in made:
        with psycopg_connected(os.environ["DATABASE_URL"]) as server:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def psycopg_connected(url: str) -> Any:
    import psycopg

    return psycopg.connect(url, autocommit=True)


def ran(env: dict[str, str], code: str) -> subprocess.CompletedProcess[str]:
    """Run some lines with Django set up, in a process of their own."""
    head = "import json, os, django; django.setup(); from django.core.management import call_command\n"
    env = env | {"DJANGO_SETTINGS_MODULE": "bpadmin.settings"}
    command = [sys.executable, "-c", head + code]
    return subprocess.run(command, env=env, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)


def described(env: dict[str, str]) -> Any:
    done = ran(env, DESCRIBE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def differences(found: Any, wanted: Any) -> list[str]:
    """Return what stands in one of the two alone."""
    return [line for line in sorted(set(found) ^ set(wanted)) if not NUMBERED_OTHERWISE.match(line)]


def test_the_tables_made_at_once_are_those_of_all_migrations(databases: Any) -> None:
    at_once, step_by_step, half_done = databases(), databases(), databases()
    assert ran(at_once, MIGRATE).returncode == 0
    assert ran(step_by_step, STEP_BY_STEP).returncode == 0
    wanted = described(step_by_step)
    assert len(wanted) > 1000
    assert differences(described(at_once), wanted) == []
    # Killed between its tables and the record of the migrations, it goes on from there.
    assert ran(half_done, KILLED).returncode == 9
    assert ran(half_done, MIGRATE).returncode == 0
    assert differences(described(half_done), wanted) == []


def test_three_that_migrate_at_once_wait_for_one_another(tmp_path: Path) -> None:
    """Several machines are started by the same command; SQLite's folder has one program."""
    address = os.environ.get("BPADMIN_CI_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")
    name = f"bpadmin_three_{uuid.uuid4().hex[:12]}"
    try:
        server = psycopg.connect(address, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL answers at {address}: {error}")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BPADMIN_", "DATABASE_"))}
    keys = dict.fromkeys(("BPADMIN_SECRET_KEY", "BPADMIN_ENCRYPTION_KEY"), "k1" * 20)
    place = {"DATABASE_URL": f"{address.rpartition('/')[0]}/{name}", "BPADMIN_DATA": str(tmp_path)}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "migrate", "--no-input"]
    with server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            began = [
                subprocess.Popen(command, env=kept | keys | place, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                for _ in range(3)
            ]
            said = [each.communicate(timeout=300) for each in began]
            assert [each.returncode for each in began] == [0, 0, 0], said
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.django_db
def test_a_database_with_somebody_elses_tables_is_migrated_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    from bpadmin.operations.management.commands.migrate import Command

    monkeypatch.setattr(Command, "_make_tables", lambda *_: pytest.fail("made tables in a database that is in use"))
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations")
    monkeypatch.setattr(connection.introspection, "table_names", lambda *_, **__: ["spatial_ref_sys"])
    assert not Command()._is_empty("default")
