"""Set-up: with uv where there is one, else with pip; once, and never writing to the lock."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import ROOT

UV_THAT_WORKS = """#!/bin/sh
echo "$@" >> "$CALLS"
mkdir -p "$UV_PROJECT_ENVIRONMENT/bin"
touch "$UV_PROJECT_ENVIRONMENT/bin/python"
"""
UV_WITHOUT_A_LINE = """#!/bin/sh
echo "error: could not reach files.pythonhosted.org" >&2
exit 2
"""
# Stands in for what `python -m venv` makes: pip is another program's business.
PIP = '#!/bin/sh\necho "$@" >> "$CALLS"\n'


class Checkout:
    """A fresh checkout of what set-up reads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        self.tools = folder / "tools"
        self.calls_file = folder / "calls"
        self.tools.mkdir()
        for name in ("mkdir", "touch"):  # the only ones on PATH: this machine's own uv must not be found
            (self.tools / name).symlink_to(shutil.which(name) or name)
        (self.folder / "bpadmin" / "embedded").mkdir(parents=True)
        for name in ("pyproject.toml", "uv.lock"):
            shutil.copy(ROOT / name, self.folder / name)
        for name in ("install.py", "requirements.txt", "requirements-dev.txt"):
            shutil.copy(ROOT / "bpadmin" / "embedded" / name, self.folder / "bpadmin" / "embedded")

    def tool(self, path: Path, script: str) -> None:
        """Put a program somewhere."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(script)
        path.chmod(0o755)

    def install(self, *options: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
        """Run set-up as make does."""
        env = {"PATH": str(self.tools), "CALLS": str(self.calls_file), "HOME": os.environ["HOME"]}
        command = [python, "bpadmin/embedded/install.py", *options]
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, timeout=60)

    @property
    def calls(self) -> list[str]:
        """What was run, with its options."""
        return self.calls_file.read_text().splitlines() if self.calls_file.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_uv_takes_the_lock_as_it_is_and_only_what_running_needs(checkout: Checkout) -> None:
    checkout.tool(checkout.tools / "uv", UV_THAT_WORKS)
    assert checkout.install().returncode == 0
    assert checkout.calls == ["sync --frozen --inexact --no-dev"]


def test_the_second_time_nothing_is_done(checkout: Checkout) -> None:
    checkout.tool(checkout.tools / "uv", UV_THAT_WORKS)
    checkout.install("--dev")
    checkout.install("--dev")
    done = checkout.install()
    assert (done.returncode, done.stderr) == (0, "")
    assert checkout.calls == ["sync --frozen --inexact"]


def test_a_changed_lock_is_installed(checkout: Checkout) -> None:
    checkout.tool(checkout.tools / "uv", UV_THAT_WORKS)
    checkout.install()
    requirements = checkout.folder / "bpadmin" / "embedded" / "requirements.txt"
    requirements.write_text(requirements.read_text() + "more==1.0\n")
    checkout.install()
    assert len(checkout.calls) == 2


@pytest.mark.parametrize("uv", [UV_WITHOUT_A_LINE, ""], ids=["uv fails", "no uv"])
def test_where_uv_cannot_pip_does_it_by_the_hashes(uv: str, checkout: Checkout) -> None:
    if uv:
        checkout.tool(checkout.tools / "uv", uv)
    checkout.tool(checkout.folder / ".venv" / "bin" / "python", PIP)
    checkout.tool(checkout.folder / ".venv" / "bin" / "pip", PIP)
    done = checkout.install()
    assert done.returncode == 0, done.stderr
    [call] = checkout.calls
    assert "install --require-hashes --no-deps -r" in call
    assert call.endswith("requirements.txt")
    assert ("could not reach files.pythonhosted.org" in done.stderr) == bool(uv)


def test_a_python_without_the_parts_for_it_says_what_to_install(checkout: Checkout) -> None:
    bare = "import sys, runpy; sys.modules['ensurepip'] = None; sys.argv = sys.argv[1:]; "
    run = "runpy.run_path(sys.argv[0], run_name='__main__')"
    checkout.tool(checkout.tools / "bare-python", f'#!/bin/sh\nexec {sys.executable} -c "{bare}{run}" "$@"\n')
    done = checkout.install(python=str(checkout.tools / "bare-python"))
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr
