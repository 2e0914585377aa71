"""manage.py migrate"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.core.management.commands import migrate
from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

# Any number that nothing else on the same server takes for an advisory lock.
LOCK = 7_231_960_411


# Any table of ours: where it stands and no migration is recorded, what follows was interrupted.
ONE_OF_OURS = "jobs_job"
# With one of these somebody asks for the migrations themselves.
PARTIAL = ("app_label", "fake", "fake_initial", "plan", "check_unapplied", "prune")


class Command(migrate.Command):
    """Django's own, one at a time: several machines may start with the same command.

    An empty database gets the tables as the models are today, and every migration is recorded as done. Going through
    all of them takes ten times as long, since Django builds every model anew for each step. No migration brings rows.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        """Wait for a migration that is under way elsewhere, then do what is left."""
        with _alone(options["database"]):
            if not any(options.get(name) for name in PARTIAL) and self._is_empty(options["database"]):
                self._make_tables(options["database"], options["verbosity"])
            super().handle(*args, **options)

    def _is_empty(self, alias: str) -> bool:
        """Return whether nobody has migrated the database, and nobody else's tables stand in it."""
        connection = connections[alias]
        with connection.cursor() as cursor:
            tables = connection.introspection.table_names(cursor)
        return not MigrationRecorder(connection).applied_migrations() and (not tables or ONE_OF_OURS in tables)

    def _make_tables(self, alias: str, verbosity: int) -> None:
        """Make all tables in one transaction, then record all migrations in another; both may be done again."""
        connection = connections[alias]
        self.verbosity = verbosity
        self.sync_apps(connection, {config.label for config in apps.get_app_configs()})
        executor = MigrationExecutor(connection)
        executor.recorder.ensure_schema()
        with transaction.atomic(using=alias):
            for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes()):
                executor.recorder.record_applied(migration.app_label, migration.name)


@contextmanager
def _alone(alias: str) -> Iterator[None]:
    """Hold the database's own lock for migrating; SQLite locks by itself."""
    connection = connections[alias]
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
