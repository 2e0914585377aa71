"""Saving everything into one stream and restoring it, on the database of the backup and on the other one."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from bpadmin.jobs.engine.driver import job_drive
from bpadmin.jobs.engine.lanes import Lanes
from bpadmin.jobs.models import Job
from bpadmin.operations.archive import ArchiveDamaged, ArchiveReader
from bpadmin.operations.backup import BackupRefused, backup_restore, backup_write
from tests.jobs.uploading import KEYLESS, create_list, driven, people, queued_upload

# A restored database is migrated by processes of their own, half a minute each; several on a machine that does more.
pytestmark = [pytest.mark.django_db(transaction=True, databases=["default", "snapshot"]), pytest.mark.timeout(900)]

Manage = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Manage:
    """Run a command on an embedded installation of its own, with the same encryption key."""
    return installation({"BPADMIN_DATA": str(tmp_path / "elsewhere")})


def installation(more: Mapping[str, str]) -> Manage:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("BPADMIN_", "DATABASE_", "REDIS_"))
    }
    keys = {
        "BPADMIN_ENCRYPTION_KEY": django_settings.ENCRYPTION_KEY,
        "BPADMIN_SECRET_KEY": "s" * 40,
        "BPADMIN_ALLOW_PRIVATE_TENANTS": "1",
        "BPADMIN_LOG_LEVEL": "WARNING",
    }

    def manage(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(django_settings.BASE_DIR / "manage.py"), *words]
        environment = {**kept, **keys, **more}
        done = subprocess.run(command, env=environment, capture_output=True, input=given, timeout=400)
        return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())

    return manage


def looked_up(manage: Manage, expression: str) -> str:
    """Evaluate an expression in that installation."""
    done = manage("shell", "--no-imports", "-c", f"from bpadmin.jobs.models import *; print({expression})")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def saved(path: Path) -> Path:
    with path.open("wb") as stream:
        backup_write(stream)
    return path


@pytest.mark.slow
def test_rows_and_files_come_back_and_nothing_is_sent(
    sandbox: Any, tenant: Any, elsewhere: Manage, tmp_path: Path
) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(25))
    Job.objects.filter(pk=job.pk).update(file_name="leads Ü.csv")
    made_at = job.created_at
    done = elsewhere("restore", str(saved(tmp_path / "backup.tar")))
    assert done.returncode == 0, done.stderr
    columns = "j.file_name, j.rows_total, j.chunks.count(), j.created_at.isoformat()"
    assert looked_up(elsewhere, f"[({columns}) for j in Job.objects.filter(pk={job.pk})]") == repr(
        [("leads Ü.csv", 25, 3, made_at.isoformat())]
    )
    spool = tmp_path / "elsewhere" / "files" / f"{job.spool_path}.json"
    with default_storage.open(f"{job.spool_path}.json") as original:
        assert spool.read_bytes() == original.read()
    sent = looked_up(elsewhere, "__import__('bpadmin.installation.hold').installation.hold.hold_reason()")
    assert "restored" in sent


@pytest.fixture
def keyring() -> Iterator[Path]:
    """Make a folder of GnuPG's own, with a path short enough for its sockets; the agent that it starts is ended."""
    home = Path(tempfile.mkdtemp(prefix="gpg-", dir="/tmp"))
    yield home
    if shutil.which("gpgconf"):
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.parametrize("program", ["age", "gpg"])
def test_a_backup_is_encrypted_on_its_way_and_restored_from_a_pipe(
    tenant: Any, elsewhere: Manage, tmp_path: Path, keyring: Path, program: str
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    plain = saved(tmp_path / "backup.tar").read_bytes()
    key = tmp_path / "key.txt"

    def piped(data: bytes, *words: str) -> bytes:
        done = subprocess.run(words, input=data, capture_output=True, env={**os.environ, "GNUPGHOME": str(keyring)})
        assert done.returncode == 0, done.stderr
        return done.stdout

    if program == "age":
        piped(b"", "age-keygen", "-o", str(key))
        recipient = piped(b"", "age-keygen", "-y", str(key)).decode().strip()
        closed, opening = piped(plain, "age", "-r", recipient), ["age", "-d", "-i", str(key)]
    else:
        key.write_text("a passphrase of some length")
        phrase = ["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase-file", str(key)]
        closed, opening = piped(plain, *phrase, "--symmetric"), [*phrase, "--decrypt"]
    assert tenant.name.encode() in plain
    assert tenant.name.encode() not in closed
    done = elsewhere("restore", "-", given=piped(closed, *opening))
    assert done.returncode == 0, done.stderr
    assert looked_up(elsewhere, "list(Job._meta.apps.get_model('tenants.Tenant').objects.values_list('name'))") == repr(
        [(tenant.name,)]
    )


def test_a_database_in_use_is_left_alone(tenant: Any, tmp_path: Path) -> None:
    backup = saved(tmp_path / "backup.tar")
    with backup.open("rb") as stream, pytest.raises(BackupRefused, match="in use"):
        backup_restore(stream)


def read_through(data: bytes) -> list[str]:
    """Read every member; returns their names."""
    return [name for name, file in ArchiveReader(io.BytesIO(data)).members() if file.read() is not None]


@pytest.mark.parametrize("damage", ["cut", "changed", "noise"])
def test_a_damaged_backup_is_named_as_such(tenant: Any, tmp_path: Path, damage: str) -> None:
    default_storage.save("uploads/1/file", ContentFile(b"a,b\n1,2\n" * 1000))
    data = saved(tmp_path / "backup.tar").read_bytes()
    damaged = {
        "cut": data[: len(data) // 2],
        "changed": data.replace(b"1,2\n", b"1,3\n", 1),
        "noise": b"no backup at all " * 100,
    }[damage]
    with pytest.raises(ArchiveDamaged):
        read_through(damaged)


@pytest.mark.slow
def test_a_damaged_backup_leaves_an_empty_database(tenant: Any, elsewhere: Manage, tmp_path: Path) -> None:
    backup = saved(tmp_path / "backup.tar")
    backup.write_bytes(backup.read_bytes().partition(b"end.json")[0])
    done = elsewhere("restore", str(backup))
    assert done.returncode == 1
    assert "ends too early" in done.stderr
    assert looked_up(elsewhere, "Job.objects.count()") == "0"


@pytest.mark.slow
def test_another_key_is_refused_before_anything_is_made(tenant: Any, tmp_path: Path) -> None:
    backup = saved(tmp_path / "backup.tar")
    other = installation({"BPADMIN_DATA": str(tmp_path / "other"), "BPADMIN_ENCRYPTION_KEY": "o" * 40})
    done = other("restore", str(backup))
    assert done.returncode == 1
    assert "BPADMIN_ENCRYPTION_KEY" in done.stderr


def test_what_is_half_made_stays_out(tenant: Any, tmp_path: Path) -> None:
    for path in ("incoming/half", "spools/7/unfinished-abc", "uploads/1/whole"):
        default_storage.save(path, ContentFile(b"x"))
    with saved(tmp_path / "backup.tar").open("rb") as stream:
        names = [name for name, _ in ArchiveReader(stream).members() if name.startswith("files/")]
    assert names == ["files/uploads/1/whole"]


@pytest.fixture
def postgres() -> Iterator[Manage]:
    """Run a command on an installation with a PostgreSQL database of its own, dropped at the end."""
    address = os.environ.get("BPADMIN_CI_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")
    name = f"bpadmin_restore_{os.getpid()}"
    try:
        server = psycopg.connect(address, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL answers at {address}: {error}")
    with server, tempfile.TemporaryDirectory() as data:
        server.execute(f"CREATE DATABASE {name}")
        try:
            url = f"{address.rpartition('/')[0]}/{name}"
            yield installation({"DATABASE_URL": url, "BPADMIN_DATA": data})
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.slow
@pytest.mark.parametrize("where", ["elsewhere", "postgres"])
def test_a_backup_from_the_middle_of_a_job_sends_nothing_twice(
    sandbox: Any, tenant: Any, tmp_path: Path, where: str, request: pytest.FixtureRequest
) -> None:
    manage: Manage = request.getfixturevalue(where)
    list_id = create_list(sandbox, KEYLESS)
    job = queued_upload(tenant, list_id, people(30), fields=KEYLESS, lanes=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lanes, "is_open", property(lambda lanes: not lanes.job.chunks.filter(state="done").exists()))
        job_drive(job_id=job.pk, seconds=5, worker="test", may_wait=False)
    job.refresh_from_db()
    sent, left = job.n_added, job.n_not_sent
    assert min(sent, left) > 0
    backup = saved(tmp_path / "backup.tar")
    assert driven(job).n_added == 30
    done = manage("restore", str(backup))
    assert done.returncode == 0, done.stderr
    look = f"[(j.state, j.n_added, j.n_uncertain) for j in [Job.objects.get(pk={job.pk})]]"
    assert looked_up(manage, look) == f"[('partial', {sent}, {left})]"
    drive = (
        f"__import__('bpadmin.jobs.engine.driver').jobs.engine.driver.job_drive(job_id={job.pk}, seconds=1, worker='w')"
    )
    looked_up(manage, drive)
    assert len(sandbox.dump(list_id)) == 30
    assert manage("job_decide", "acme", str(job.pk), "in-list").returncode == 0
    assert manage("hold", "--release").returncode == 0
    assert looked_up(manage, look) == "[('succeeded', 30, 0)]"
    assert len(sandbox.dump(list_id)) == 30
