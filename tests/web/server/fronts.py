"""Real proxies in front of a running bpadmin, with the configurations that docs/deploy/ ships.

A shipped file is changed by the substitutions that are listed here and by nothing else; one that no longer fits fails.
"""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import ssl
import subprocess
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.stack import ROOT, free_port, wait_until

NAME = "dial.example.com"
SHIPPED = ROOT / "docs" / "deploy"


def program(name: str, package: str) -> str:
    """Find a server; skips the test where there is none."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    if found is None:
        pytest.skip(f"no {name} on this machine, so what is shipped for it is not tried: apt install {package}")
    return found


def substituted(text: str, changes: Sequence[tuple[str, str]]) -> str:
    """Put each second text in the place of the first, which must be there."""
    for before, after in changes:
        assert before in text, f"the shipped file no longer holds {before!r}"
        text = text.replace(before, after)
    return text


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for the name, and its key."""
    made, key = folder / "cert.pem", folder / "cert.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
    subprocess.run([*command, "-keyout", key, "-out", made], check=True, capture_output=True)
    return made, key


@contextmanager
def nginx(folder: Path, upstream: int, *changes: tuple[str, str], port: int = 0) -> Iterator[int]:
    """Run nginx with docs/deploy/nginx.conf; returns its port. `changes` are further substitutions."""
    binary = program("nginx", "nginx-light")
    folder.mkdir()
    port, plain = port or free_port(), free_port()
    made, key = certificate(folder)
    site = substituted(
        (SHIPPED / "nginx.conf").read_text(),
        [
            ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
            ("listen 80;", f"listen 127.0.0.1:{plain};"),
            ("/etc/ssl/dial.example.com.pem", str(made)),
            ("/etc/ssl/dial.example.com.key", str(key)),
            ("http://127.0.0.1:8000", f"http://127.0.0.1:{upstream}"),
            *changes,
        ],
    )
    (folder / "site.conf").write_text(site)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    # As root it would give its files to an account that may not come into this folder.
    user = "user root;" if os.getuid() == 0 else ""
    whole = f"{user} daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
    whole += f"http {{ access_log off; {temporary} include {folder}/site.conf; }}\n"
    (folder / "nginx.conf").write_text(whole)
    with running([binary, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "error.log"], folder, port):
        yield port


@contextmanager
def caddy(folder: Path, upstream: int) -> Iterator[int]:
    """Run Caddy with docs/deploy/Caddyfile and a certificate that it makes for itself; returns its port."""
    binary = program("caddy", "caddy")
    folder.mkdir()
    port = free_port()
    only_here = f"{{\n\tlocal_certs\n\tskip_install_trust\n\tadmin off\n\thttp_port {free_port()}\n\tservers {{"
    text = substituted((SHIPPED / "Caddyfile").read_text(), [("{\n\tservers {", only_here)])
    (folder / "Caddyfile").write_text(text)
    settings = {
        "BPADMIN_HOSTS": f"https://{NAME}:{port}",
        "BPADMIN_UPSTREAM": f"127.0.0.1:{upstream}",
        "BPADMIN_MAX_UPLOAD_MB": "2048",
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    command = [binary, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    with running(command, folder, port, **settings):
        yield port


@contextmanager
def running(command: list[str], folder: Path, port: int, **settings: str) -> Iterator[None]:
    """Run a server until the block ends; its words are shown where a test fails."""
    with (folder / "front.log").open("wb") as log:
        process = subprocess.Popen(command, env=os.environ | settings, stdout=log, stderr=log, cwd=folder)
    try:
        wait_until(lambda: process.poll() is not None or listens(port), within=60, what=f"{command[0]} to listen")
        assert process.poll() is None, (folder / "front.log").read_text()
        yield
    finally:
        process.terminate()
        process.wait(30)
        print((folder / "front.log").read_text(errors="replace")[-3000:])


def listens(port: int) -> bool:
    """Return whether somebody does TLS for the name there."""
    try:
        tls_to(port).close()
    except OSError:
        return False
    return True


def tls_to(port: int, source: str = "127.0.0.1") -> ssl.SSLSocket:
    """Connect to a front by the name people use, from one of this machine's loopback addresses."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    raw = socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(source, 0))
    return context.wrap_socket(raw, server_hostname=NAME)


class Visitor:
    """Somebody at one address, with the cookies of one browser."""

    def __init__(self, port: int, source: str) -> None:
        self.port, self.source = port, source
        self.cookies: dict[str, str] = {}

    def headers(self, **more: str) -> dict[str, str]:
        """Return what a browser sends."""
        host = f"{NAME}:{self.port}"
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Host": host, "Referer": f"https://{host}/", "Origin": f"https://{host}", "Cookie": cookies, **more}

    def ask(self, verb: str, path: str, form: dict[str, str] | None = None, **more: str) -> tuple[int, str, str]:
        """Make a request; returns status, text and where it leads."""
        body = urllib.parse.urlencode(form) if form is not None else None
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        connection = http.client.HTTPConnection(NAME, self.port)
        connection.sock = tls_to(self.port, self.source)
        try:
            connection.request(verb, path, body, self.headers(**kind, **more))
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie", []):
                name, _, value = line.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read().decode(errors="replace"), answer.headers.get("Location", "")
        finally:
            connection.close()

    def sign_in(self, username: str, password: str, **more: str) -> bool:
        """Try to sign in; returns whether it worked."""
        self.ask("GET", "/sign-in/")
        form = {"username": username, "password": password, "csrfmiddlewaretoken": self.cookies["__Host-csrftoken"]}
        return self.ask("POST", "/sign-in/", form, **more)[0] == 302
