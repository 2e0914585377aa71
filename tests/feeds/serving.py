"""Servers that feeds read from: SFTP (asyncssh's own), IMAP (dovecot), and a certificate that signs itself."""

from __future__ import annotations

import asyncio
import getpass
import grp
import os
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import asyncssh
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from imapclient import IMAPClient

from tests.stack import free_port

PASSWORD = "s3cret-of-the-server"
DOVECOT = shutil.which("dovecot") or "/usr/sbin/dovecot"


class SftpServer:
    """An SFTP server on a folder that knows one user by password or by key; `rekey` gives it another host key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.client_key = asyncssh.generate_private_key("ssh-ed25519")
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.passwords: list[str] = []
        self.server: asyncssh.SSHAcceptor | None = None
        self.rekey()

    def rekey(self, kind: str = "ssh-ed25519") -> None:
        """Show another host key from now on."""
        self.host_key = asyncssh.generate_private_key(kind)
        asyncio.run_coroutine_threadsafe(self._serve(), self.loop).result(30)

    @property
    def fingerprint(self) -> str:
        return self.host_key.get_fingerprint()

    async def _serve(self) -> None:
        if self.server is not None:
            self.server.close()
            await self.server.wait_closed()
        outer = self

        class Door(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                outer.passwords.append(password)
                return (username, password) == ("feed", PASSWORD)

            def public_key_auth_supported(self) -> bool:
                return True

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                return key.public_data == outer.client_key.public_data

        self.server = await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_factory=Door,
            server_host_keys=[self.host_key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(self.folder).encode()),
        )

    def stop(self) -> None:
        if self.server is not None:
            self.loop.call_soon_threadsafe(self.server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


def certificate(folder: Path) -> tuple[Path, Path]:
    """Write a key and a certificate that signs itself for this machine; returns (certificate, key)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "server.pem", folder / "server.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    paths[1].write_bytes(key.private_bytes(*private))
    return paths


class MailServer:
    """A dovecot of one's own, by TLS, with one mailbox."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.port = free_port()
        self.certificate, key = certificate(folder)
        user = getpass.getuser()
        is_root = user == "root"
        # As root it wants users of its own, which the package brings, and a place that these can reach.
        login, internal = ("dovenull", "dovecot") if is_root else (user, user)
        self.place = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.place.chmod(0o755)
        owner, group = ("nobody", "nogroup") if is_root else (user, grp.getgrgid(os.getgid()).gr_name)
        (self.place / "mail").mkdir()
        shutil.chown(self.place / "mail", owner, group)
        chroot = "" if is_root else "chroot ="
        (folder / "dovecot.conf").write_text(
            f"""
base_dir = {self.place}/run
state_dir = {self.place}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {internal}
first_valid_uid = 0
mail_location = maildir:{self.place}/mail
mail_uid = {owner}
mail_gid = {group}
first_valid_gid = 0
ssl = required
ssl_cert = <{self.certificate}
ssl_key = <{key}
disable_plaintext_auth = no
service imap-login {{
  {chroot}
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {self.port}
    ssl = yes
  }}
}}
service anvil {{
  {chroot}
}}
service stats {{
  {chroot}
}}
passdb {{
  driver = static
  args = user=feed password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={self.place}/mail
}}
"""
        )
        self.process = subprocess.Popen([DOVECOT, "-F", "-c", str(folder / "dovecot.conf")])
        self.log = folder / "log"
        until = time.monotonic() + 30
        while True:
            try:
                with self.client():
                    return
            except OSError:
                if time.monotonic() > until or self.process.poll() is not None:
                    self.stop()
                    said = self.log.read_text() if self.log.exists() else ""
                    raise RuntimeError(f"dovecot does not answer: {said}") from None
                time.sleep(0.1)

    def client(self) -> IMAPClient:
        context = ssl.create_default_context(cafile=str(self.certificate))
        return IMAPClient("127.0.0.1", self.port, ssl_context=context, timeout=10)

    def deliver(self, name: str, data: bytes, *, sender: str = "crm@example.com", at: datetime) -> None:
        """Put a mail with an attachment into the mailbox."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, "feed@example.com", "Tonight's leads"
        mail.set_content("See the attachment.")
        mail.add_attachment(data, maintype="text", subtype="csv", filename=name)
        with self.client() as client:
            client.login("feed", PASSWORD)
            client.append("INBOX", mail.as_bytes(), msg_time=at)

    def unread(self) -> int:
        """Count the mails that nobody has read."""
        with self.client() as client:
            client.login("feed", PASSWORD)
            client.select_folder("INBOX", readonly=True)
            return len(client.search("UNSEEN"))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        shutil.rmtree(self.place, ignore_errors=True)
