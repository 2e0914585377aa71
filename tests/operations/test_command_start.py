"""The start of a command: what it loads, and what it leaves for when somebody asks for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a process with a data folder of its own."""
    return {**os.environ, "BPADMIN_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "bpadmin.settings"}


def told(arguments: list[str], environment: dict[str, str]) -> str:
    """Return what a process prints."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_nothing_is_loaded_that_only_some_commands_need(environment: dict[str, str]) -> None:
    later = ["requests", "urllib3", "cryptography", "bpadmin.tabular.tables", "bpadmin.platforms.client"]
    script = (
        "import sys, django; django.setup(); import bpadmin.jobs.pages.queue_position; "
        f"print(*(name for name in {later} if name in sys.modules))"
    )
    assert told(["-c", script], environment).split() == []


def test_the_provider_of_single_sign_on_is_there_when_it_is_asked_for(environment: dict[str, str]) -> None:
    script = (
        "import django; django.setup(); from allauth.socialaccount.providers import registry; "
        "print(registry.loaded, registry.get_class('openid_connect').__name__, registry.get_class('nobody'))"
    )
    assert told(["-c", script], environment).split() == ["False", "OpenIDConnectProvider", "None"]


def test_a_command_collects_garbage_but_not_among_what_was_loaded(environment: dict[str, str]) -> None:
    script = "import gc; print('is', gc.isenabled(), gc.get_freeze_count() > 10_000)"
    assert "is True True" in told(["manage.py", "shell", "-v", "0", "-c", script], environment)
