"""Settings of a deployment: what must be set, and what being behind TLS changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
KEYS = {"BPADMIN_SECRET_KEY": "s" * 40, "BPADMIN_ENCRYPTION_KEY": "e" * 40}
SHOW = """
import json
import os
from django.conf import settings
names = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "DEBUG", "ALLOW_PRIVATE_TENANTS",
         "IS_EMBEDDED", "BROKER_URL", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SECRET_KEY_FALLBACKS")
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
        "SESSION_COOKIE_NAME": "__Host-sessionid",
        "CSRF_COOKIE_NAME": "__Host-csrftoken",
        "SECRET_KEY_FALLBACKS": [],
    }


def test_a_new_secret_key_signs_nobody_out_and_a_role_that_is_none_ends_the_start(tmp_path: Path) -> None:
    old = {"BPADMIN_SECRET_KEY_FALLBACKS": f"{'o' * 40},{'p' * 40}"}
    assert json.loads(read_settings(tmp_path, **KEYS, **old).stdout)["SECRET_KEY_FALLBACKS"] == ["o" * 40, "p" * 40]
    done = read_settings(tmp_path, **KEYS, BPADMIN_SECOND_FACTOR="administrators")
    assert done.stderr.startswith("BPADMIN_SECOND_FACTOR=administrators: the roles are viewer")


def test_the_socket_of_the_broker_stays_short_however_deep_the_data_lies(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 20) / ("deeper" * 20)
    broker = json.loads(read_settings(deep, **KEYS).stdout)["BROKER_URL"]
    assert len(broker.removeprefix("redis+socket://").encode()) < 108


STORAGE = """
import sys, django
django.setup()
from django.core.files.storage import default_storage
before = "botocore" in sys.modules
where = getattr(default_storage, "where", default_storage.__class__.__name__)
print(before, "botocore" in sys.modules, where)
"""


@pytest.mark.slow
def test_files_lie_in_a_bucket_where_one_is_set_and_its_library_is_loaded_by_who_needs_it(tmp_path: Path) -> None:
    def told(**env: str) -> str:
        surroundings = {"DJANGO_SETTINGS_MODULE": "bpadmin.settings", "BPADMIN_DATA": str(tmp_path), **KEYS, **env}
        command = [sys.executable, "-c", STORAGE]
        done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=60)
        return done.stdout.strip() or done.stderr.strip()

    secret = tmp_path / "secret"
    secret.write_text("of-the-bucket\n")
    files = {
        "BPADMIN_S3_BUCKET": "files",
        "BPADMIN_S3_ENDPOINT": "https://s3.example.com",
        "BPADMIN_S3_KEY_ID": "id",
        "BPADMIN_S3_SECRET_FILE": str(secret),
    }
    assert told() == "False False FileSystemStorage"
    assert told(**files) == "False True the bucket “files” at https://s3.example.com"
    assert told(**{**files, "BPADMIN_S3_ENDPOINT": "s3.example.com"}).startswith("BPADMIN_S3_ENDPOINT='s3.example.com'")
    assert "belong together" in told(**{**files, "BPADMIN_S3_KEY_ID": ""})


def test_files_are_for_their_owner_alone_whoever_starts_the_program(tmp_path: Path) -> None:
    made = tmp_path / "made"
    script = f"import django; django.setup(); open({str(made)!r}, 'w').close()"
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "bpadmin.settings", "BPADMIN_DATA": str(tmp_path)}
    for mask, mode in (("", 0o600), ("007", 0o660)):
        said = {"BPADMIN_UMASK": mask} if mask else {}
        # Started by somebody who takes no rights from anybody.
        command = ["sh", "-c", 'umask 000; exec "$@"', "sh", sys.executable, "-c", script]
        subprocess.run(command, env={**env, **said}, cwd=ROOT, check=True)
        assert made.stat().st_mode & 0o777 == mode
        made.unlink()
