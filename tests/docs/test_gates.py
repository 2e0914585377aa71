"""The gates of the build find secrets in git, what would slip into the image, and absolute addresses in forms."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.documents import ROOT

sys.path.insert(0, str(ROOT / ".ci"))

import gates

Tracked = Callable[..., Path]


@pytest.fixture
def track(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tracked:
    """Put a file into a repository of its own, at which the gates look."""
    monkeypatch.setattr(gates, "ROOT", tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)

    def put(name: str, text: str = "") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        subprocess.run(["git", "add", "-f", name], cwd=tmp_path, check=True)
        return path

    return put


@pytest.mark.parametrize(
    "name", [".env", ".env.production", "deploy/.env", "dump.sqlite3", "tls/server.key", "secrets/db"]
)
def test_a_file_that_holds_secrets_is_found(track: Tracked, name: str) -> None:
    track(name)
    assert [line.split(" is a file")[0] for line in gates.no_secret_is_tracked()] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "POSTGRES_PASSWORD=0123456789abcdef",
        "export REDIS_PASSWORD=0123456789abcdef",
        "  BPADMIN_ENCRYPTION_KEY: 0123456789abcdef",
        "BPADMIN_SECRET_KEY_FALLBACKS=0123456789abcdef",
        "BPADMIN_S3_SECRET=0123456789abcdef",
        "BPADMIN_EMAIL_PASSWORD='0123456789abcdef'",
        "BPADMIN_OIDC_CLIENT_SECRET=0123456789abcdef",
        "BPADMIN_METRICS_TOKEN=0123456789abcdef",
        "BPADMIN_SENTRY_DSN=https://0123456789abcdef@example.com/1",
        f"-----BEGIN RSA {'PRIVATE'} KEY-----",
    ],
)
def test_a_text_that_looks_like_a_secret_is_found(track: Tracked, text: str) -> None:
    track("docs/notes.md", f"Settings:\n{text}\n")
    assert [line.split(" holds")[0] for line in gates.no_secret_is_tracked()] == ["docs/notes.md"]


def test_an_example_without_secrets_and_what_makes_one_pass(track: Tracked) -> None:
    track(".env.example", (ROOT / ".env.example").read_text())
    track("README.md", "POSTGRES_PASSWORD=$(openssl rand -hex 24)\n")
    track(
        "docker-compose.yml", "  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-}\n  REDIS_PASSWORD_FILE: /run/secrets/redis\n"
    )
    assert list(gates.no_secret_is_tracked()) == []


def test_nothing_of_the_repository_looks_like_one() -> None:
    assert list(gates.no_secret_is_tracked()) == []


def test_the_image_takes_what_is_named_alone(track: Tracked) -> None:
    track("bpadmin/settings.py")
    ignored = track(".dockerignore", "# All but:\n*\n!bpadmin\n**/__pycache__\n")
    assert list(gates.image_holds_what_runs()) == []
    ignored.write_text("var/\n.env\n")
    assert "must begin with *" in " ".join(gates.image_holds_what_runs())
    ignored.write_text("*\n!bpadmin\n!.env\n")
    assert [line.partition(",")[0] for line in gates.image_holds_what_runs()] == [".dockerignore lets in .env"]


@pytest.mark.parametrize(
    "tag",
    [
        '<form method="post" action="https://dial.example.com/save/"></form>',
        '<form method="post" action="//dial.example.com/save/"></form>',
        '<form method="post" action="{{ request.build_absolute_uri }}"></form>',
        '<button formaction="//dial.example.com/save/">Save</button>',
        '<button hx-post="//dial.example.com/save/">Save</button>',
    ],
)
def test_a_form_with_an_absolute_address_is_found(track: Tracked, tag: str) -> None:
    track("templates/page.html", f"{tag}\n")
    assert any("wrong behind a proxy" in line for line in gates.templates_are_whole())


def test_a_form_with_a_relative_address_passes(track: Tracked) -> None:
    track("templates/page.html", '<form method="post" action="{% url \'home\' %}" hx-post="?part=1"></form>\n')
    assert list(gates.templates_are_whole()) == []
