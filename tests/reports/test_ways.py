"""The other ways of delivery, against servers of others: S3 (moto) and SFTP (asyncssh's own); and the print form."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pypdf
import pytest

from bpadmin.installation.encryption import decrypt
from bpadmin.reports.destinations import secrets_reencrypt
from bpadmin.reports.models import Destination
from tests.bucket.serving import KEY, SECRET, ObjectServer
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

USER, PASSWORD = "anna", "a password of the server"


class SftpServer:
    """asyncssh's server in a thread: a folder for whoever knows the password."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._listener = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(20)
        self.port = self._listener.get_port()

    async def _listen(self) -> Any:
        class Server(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == (USER, PASSWORD)

        root = str(self.folder)
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Server,
            server_host_keys=[self.key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=root),
        )

    def stop(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._listener.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    """An SFTP server with an empty folder."""
    (tmp_path / "theirs").mkdir()
    made = SftpServer(tmp_path / "theirs")
    yield made
    made.stop()


@pytest.fixture(scope="session")
def object_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    """An S3 server."""
    made = ObjectServer(tmp_path_factory.mktemp("objects"))
    yield made
    made.stop()


def sftp_added(tenant: Any, server: SftpServer, tmp_path: Path, *, key: asyncssh.SSHKey | None = None) -> None:
    public = (key or server.key).export_public_key().decode()
    (tmp_path / "host_key").write_text(f"files.example.com {public}")
    (tmp_path / "secret").write_text(PASSWORD)
    where = ["--sftp", f"{USER}@127.0.0.1:{server.port}/in/daily", "--host-key-file", str(tmp_path / "host_key")]
    code, told = run("report_destination", tenant.slug, "Partner", *where, "--secret-file", str(tmp_path / "secret"))
    assert code == 0, told
    run("report_add", tenant.slug, "Today", "--period", "today", "--to", "Partner")


@pytest.mark.slow
def test_a_file_goes_onto_an_sftp_server_under_a_temporary_name_first(tenant, dialled, server, tmp_path, names):
    sftp_added(tenant, server, tmp_path)
    for _ in range(2):  # the second one takes the place of the first
        code, told = run("report_run", tenant.slug, "Today")
        assert code == 0, told
    content = (server.folder / "in/daily" / told["file_name"]).read_bytes()
    manifest = json.loads((server.folder / "in/daily" / f"{told['file_name']}.manifest.json").read_text())
    assert manifest["bytes"] == len(content)
    assert not any("unfinished" in name for name in names(server.folder))
    kept = Destination.objects.get()
    assert PASSWORD not in kept.secret
    assert secrets_reencrypt() == 1
    kept.refresh_from_db()
    assert decrypt(kept.secret) == PASSWORD


@pytest.mark.slow
def test_a_server_with_another_host_key_gets_nothing(tenant, dialled, server, tmp_path, names):
    sftp_added(tenant, server, tmp_path, key=asyncssh.generate_private_key("ssh-ed25519"))
    code, told = run("report_run", tenant.slug, "Today")
    assert code == 3
    assert told["deliveries"][0]["state"] == "failed"
    assert "another host key" in told["deliveries"][0]["sentence"]
    assert names(server.folder) == []


@pytest.mark.slow
def test_a_file_goes_into_a_bucket_and_a_refusal_is_told(tenant, dialled, object_server, tmp_path):
    object_server.client.create_bucket(Bucket="reports")
    (tmp_path / "secret").write_text(SECRET)
    where = ["--s3", "reports/daily", "--endpoint", object_server.url, "--key-id", KEY]
    code, told = run("report_destination", tenant.slug, "Bucket", *where, "--secret-file", str(tmp_path / "secret"))
    assert code == 0, told
    run("report_add", tenant.slug, "Today", "--period", "today", "--to", "Bucket")
    code, told = run("report_run", tenant.slug, "Today")
    assert code == 0, told
    assert object_server.keys("reports") == [
        f"daily/{told['file_name']}",
        f"daily/{told['file_name']}.manifest.json",
    ]
    object_server.trouble("403")
    code, told = run("report_run", tenant.slug, "Today")
    object_server.trouble("")
    assert code == 3
    assert told["deliveries"][0]["state"] == "failed"
    assert "InvalidAccessKeyId" in told["deliveries"][0]["sentence"]


def test_a_destination_in_a_private_network_is_refused_unless_the_operator_allows_it(tenant, settings, tmp_path):
    settings.ALLOW_PRIVATE_TENANTS = False
    (tmp_path / "secret").write_text("s")
    (tmp_path / "key").write_text(asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode())
    secret = ["--secret-file", str(tmp_path / "secret")]
    where = ["--sftp", "anna@127.0.0.1", "--host-key-file", str(tmp_path / "key"), *secret]
    assert run("report_destination", tenant.slug, "Inside", *where)[0] == 1
    where = ["--s3", "b", "--endpoint", "https://10.0.0.1", "--key-id", "k", *secret]
    assert run("report_destination", tenant.slug, "Inside", *where)[0] == 1
    assert not Destination.objects.exists()


@pytest.mark.slow
def test_the_page_of_results_prints_as_a_pdf_with_its_figures(tenant, dialled, folder):
    run("report_destination", tenant.slug, "Office", "--folder", "daily")
    run("report_add", tenant.slug, "Printed", "--period", "today", "--format", "pdf", "--to", "Office")
    code, told = run("report_run", tenant.slug, "Printed")
    assert code == 0, told
    pages = pypdf.PdfReader(io.BytesIO((folder / "daily" / told["file_name"]).read_bytes())).pages
    text = "\n".join(page.extract_text() for page in pages)
    for words in ("Printed", "Results of all campaigns", "By list", "Spring", "Attempts by disposition"):
        assert words in text
