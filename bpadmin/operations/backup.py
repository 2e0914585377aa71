"""Save everything that this installation keeps into one stream, and restore it, on either database.

What is in the stream: every row that matters, every file, and by which migrations the tables were made. Not in it: the
keys. Tenants' secrets are in it as they are stored, encrypted, so a restore needs the same BPADMIN_ENCRYPTION_KEY.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, cast

import orjson
from django.apps import apps
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import DateField
from django.utils import timezone

from bpadmin.counts import counted
from bpadmin.installation.hold import hold_begin
from bpadmin.installation.models import Installation
from bpadmin.jobs.queue.restored import restored_hold
from bpadmin.operations.archive import FILES, FIRST, ROWS, ArchiveDamaged, ArchiveReader, ArchiveWriter
from bpadmin.operations.snapshot import snapshot_open
from bpadmin.operations.tables import part_load, parts_of, tables_kept
from bpadmin.storage.troubles import StorageAway

FORMAT = 1
# Half of an upload on its way in, and half of a spool, are of no use to anybody.
UNFINISHED = ("incoming/", "downloads/", "unfinished-", "work/", "probe/")
RESTORED = (
    "This is a backup of {made_at:%d %B %Y, %H:%M} UTC, restored {now:%d %B %Y, %H:%M} UTC. What was sent after it "
    "was made is missing in it, so nothing is sent until somebody has looked at what was under way and releases the "
    "hold."
)

Tell = Callable[[str], None]


class BackupRefused(Exception):
    """A backup cannot be restored here; the message says why and what to do. Nothing was changed."""


@dataclass(slots=True)
class Counts:
    """What went through: rows by model label, and files with their bytes; `missing` names files that were gone."""

    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    file_bytes: int = 0
    missing: list[str] = field(default_factory=list)


def backup_write(stream: IO[bytes], *, tell: Tell = lambda words: None) -> Counts:
    """Save everything into a stream, at one moment of the database; writers go on meanwhile."""
    counts = Counts()
    archive = ArchiveWriter(stream)
    with snapshot_open() as alias:
        archive.add(FIRST, orjson.dumps(_description(alias)))
        for model in tables_kept(apps):
            for number, part in enumerate(parts_of(model, using=alias)):
                archive.add(f"{ROWS}{model._meta.label}/{number:06}.json", part)
                counts.rows[model._meta.label] = counts.rows.get(model._meta.label, 0) + len(orjson.loads(part)["rows"])
            tell(f"{model._meta.label}: {counted(counts.rows.get(model._meta.label, 0), 'row')}")
    # After the rows: a file that they name and that is gone by now was removed because nobody needs it any more.
    for path in _stored(""):
        try:
            with default_storage.open(path, "rb") as file:
                size = default_storage.size(path)
                archive.add_file(f"{FILES}{path}", cast(IO[bytes], file), size)
        except FileNotFoundError:
            counts.missing.append(path)
            continue
        counts.files, counts.file_bytes = counts.files + 1, counts.file_bytes + size
    archive.close()
    tell(f"{counted(counts.files, 'file')}, {counts.file_bytes:,} bytes")
    return counts


def backup_restore(stream: IO[bytes], *, tell: Tell = lambda words: None) -> Counts:
    """Restore a backup into an empty database and the file storage, and hold what it makes.

    Raises BackupRefused where there is something already or the backup is of a newer version, ArchiveDamaged where it
    was cut or changed; then the database is empty as before.
    """
    if _has_rows():
        raise BackupRefused(
            "This database is in use. Restore into an empty one: give another DATABASE_URL, or, for the embedded "
            "database, another BPADMIN_DATA."
        )
    reader = ArchiveReader(stream)
    members = reader.members()
    description = _described(members)
    tables = _tables_make(description)
    counts = Counts()
    saved: list[str] = []
    try:
        with transaction.atomic():
            _tables_empty(tables)
            for name, file in members:
                if name.startswith(ROWS):
                    label = name.split("/")[1]
                    counts.rows[label] = counts.rows.get(label, 0) + part_load(tables[label], file.read())
                else:
                    saved.append(_file_restore(name.removeprefix(FILES), file))
                    counts.files += 1
            _sequences_set(list(tables.values()))
    except BaseException:
        for path in saved:
            with suppress(OSError, StorageAway):
                default_storage.delete(path)
        raise
    call_command("migrate", interactive=False, verbosity=0)
    made_at = datetime.fromisoformat(description["made_at"])
    # The identity is that of where it was made.
    Installation.objects.filter(pk=1).update(database="", generation=0, held_since=None, held_reason="")
    hold_begin(reason=RESTORED.format(made_at=made_at, now=timezone.now()))
    restored_hold()
    tell(
        f"{counted(sum(counts.rows.values()), 'row')} and {counted(counts.files, 'file')} restored; "
        "nothing is sent until it is released."
    )
    return counts


def key_mark() -> str:
    """Name the present encryption key without telling it."""
    newest = settings.ENCRYPTION_KEY.split(",")[0].strip()
    return hashlib.sha256(f"bpadmin backup {newest}".encode()).hexdigest()[:16]


def _description(alias: str) -> dict[str, Any]:
    from django.db import connections

    applied = MigrationRecorder(connections[alias]).applied_migrations()
    return {
        "format": FORMAT,
        "made_at": timezone.now().isoformat(),
        "database": connection.vendor,
        "migrations": sorted(f"{app}.{name}" for app, name in applied),
        "key": key_mark(),
    }


def _described(members: Iterator[tuple[str, IO[bytes]]]) -> dict[str, Any]:
    name, file = next(members)
    if name != FIRST:
        raise ArchiveDamaged("This is no backup of bpadmin.")
    description: dict[str, Any] = orjson.loads(file.read())
    if description["format"] != FORMAT:
        raise BackupRefused(f"This backup has form {description['format']}; this version reads form {FORMAT} only.")
    if description["key"] != key_mark():
        raise BackupRefused(
            "The tenants' secrets in this backup are encrypted with another key than BPADMIN_ENCRYPTION_KEY is now. "
            "Start with the key of the installation that made it."
        )
    return description


def _stored(folder: str) -> Iterator[str]:
    """Yield the path of every finished file in storage."""
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(names):
        path = f"{folder}{name}"
        if not path.startswith(UNFINISHED) and not name.startswith(UNFINISHED):
            yield path
    for name in sorted(folders):
        if not f"{folder}{name}/".startswith(UNFINISHED):
            yield from _stored(f"{folder}{name}/")


def _has_rows() -> bool:
    """Return whether somebody uses this database."""
    tables = set(connection.introspection.table_names())
    models = [apps.get_model(label) for label in ("auth.User", "tenants.Tenant", "jobs.Job")]
    return any(_any_row(model._meta.db_table) for model in models if model._meta.db_table in tables)


def _any_row(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608 - a name of ours
        return cursor.fetchone() is not None


def _tables_make(description: dict[str, Any]) -> dict[str, Any]:
    """Make the tables as the backup's code had them; returns their models by label."""
    loader = MigrationExecutor(connection).loader
    wanted = {(app, name) for app, _, name in (each.partition(".") for each in description["migrations"])}
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    if unknown := sorted(wanted - set(loader.disk_migrations) - replaced):
        raise BackupRefused(
            f"This backup was made by a newer version of bpadmin ({'.'.join(unknown[0])}): restore it with that one."
        )
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cascade = " CASCADE" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)}{cascade}")
    executor = MigrationExecutor(connection)
    nodes = executor.loader.graph.node_map
    # Those that no other one of the backup builds on within its app.
    targets = [
        node
        for node in sorted(wanted & set(nodes))
        if not any(child.key in wanted and child.key[0] == node[0] for child in nodes[node].children)
    ]
    executor.migrate(targets)
    state = executor.loader.project_state(targets).apps
    tables = {model._meta.label: model for model in tables_kept(state)}
    for model in tables.values():
        for each in model._meta.concrete_fields:
            if isinstance(each, DateField):
                each.auto_now = each.auto_now_add = False  # times are restored, not made anew
    return tables


def _tables_empty(tables: dict[str, Any]) -> None:
    """Take away the rows that migrations have made: the backup has its own."""
    with connection.cursor() as cursor:
        for model in tables.values():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608 - a name of ours


def _sequences_set(models: list[Any]) -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _file_restore(path: str, file: IO[bytes]) -> str:
    if default_storage.exists(path):
        default_storage.delete(path)
    kept = default_storage.save(path, File(cast(IO[bytes], _Readable(file))))
    if kept != path:
        raise BackupRefused(f"The storage keeps {path} under another name ({kept}), so nothing would find it.")
    return kept


class _Readable(io.RawIOBase):
    """A member as a file object that storage back ends take."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)
