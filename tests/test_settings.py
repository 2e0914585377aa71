"""Settings of a deployment: what must be set, and what being behind TLS changes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEYS = {"BPADMIN_SECRET_KEY": "s" * 40, "BPADMIN_ENCRYPTION_KEY": "e" * 40}
SHOW = """
import json
from django.conf import settings
names = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "DEBUG", "ALLOW_PRIVATE_TENANTS",
         "IS_EMBEDDED", "BROKER_URL")
print(json.dumps({name: getattr(settings, name) for name in names}))
"""


def read_settings(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of their own."""
    surroundings = {"DJANGO_SETTINGS_MODULE": "bpadmin.settings", "BPADMIN_DATA": str(folder), **env}
    return subprocess.run(
        [sys.executable, "-c", SHOW], cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=60
    )


def test_a_deployment_without_keys_ends_with_one_line_that_says_so(tmp_path: Path) -> None:
    done = read_settings(tmp_path, DATABASE_URL="postgres://nobody@127.0.0.1/nothing")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("BPADMIN_SECRET_KEY is not set.")
    assert len(done.stderr.splitlines()) == 1


def test_a_deployment_behind_tls_speaks_tls_only_and_reaches_no_private_network(tmp_path: Path) -> None:
    redis = "redis://redis:6379/0"
    done = read_settings(tmp_path, DATABASE_URL="postgres://h/d", REDIS_URL=redis, BPADMIN_TLS="1", **KEYS)
    assert json.loads(done.stdout) == {
        "SECURE_SSL_REDIRECT": True,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "DEBUG": False,
        "ALLOW_PRIVATE_TENANTS": False,
        "IS_EMBEDDED": False,
        "BROKER_URL": redis,
    }


def test_the_socket_of_the_broker_stays_short_however_deep_the_data_lies(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 20) / ("deeper" * 20)
    broker = json.loads(read_settings(deep, **KEYS).stdout)["BROKER_URL"]
    assert len(broker.removeprefix("redis+socket://").encode()) < 108
