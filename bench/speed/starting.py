"""The start of a command, beside a bare Django with the apps of Django that we use."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.speed.cost import Cost, Measure, spent

ROOT = Path(__file__).resolve().parents[2]
BARE = """
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=[f"django.contrib.{n}" for n in
    ("auth", "contenttypes", "sessions", "messages", "staticfiles")])
django.setup()
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "diffsettings"])
"""


class Start:
    """A command that does next to nothing."""

    def __init__(self, name: str, amount: int) -> None:
        self.name = name
        self.measures = [Measure(name, "start of a command", "start of a bare Django", 0, "s")]
        # As in the image: compiled once, by the turn that is not counted.
        self.compiled = tempfile.TemporaryDirectory()
        self.environment = {**os.environ, "PYTHONPYCACHEPREFIX": self.compiled.name}
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def ours(self) -> dict[str, Cost]:
        """Start a command and let it say what it takes."""
        return self._run("manage.py", "job_first", "--help")

    def yardstick(self) -> dict[str, Cost]:
        """Start a bare Django's."""
        return self._run("-c", BARE)

    def _run(self, *arguments: str) -> dict[str, Cost]:
        command = [sys.executable, *arguments]
        with spent() as cost:
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, env=self.environment)
        return {self.name: cost}

    def close(self) -> None:
        """Take away what was compiled."""
        self.compiled.cleanup()
