"""Make the virtual environment from the locked dependencies: `python3 bpadmin/embedded/install.py [--dev]`.

Runs before anything is installed, so it needs the standard library alone, and it is run by its path, not imported.
With `uv` on PATH it is `uv sync --frozen`; else, or where uv cannot reach the public index (it ignores pip's
configuration), pip installs the same versions from the exported requirements by their hashes, through whatever index
the user configured. Nothing here ever writes to the lock. A second call with nothing changed returns at once.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "bpadmin-installed.json"
OLDEST = (3, 11)
HERE = Path(__file__).resolve().parent
REQUIREMENTS = {"run": HERE / "requirements.txt", "dev": HERE / "requirements-dev.txt"}


class InstallRefused(Exception):
    """The environment cannot be made; the message says what to do."""


def say(line: str) -> None:
    """Print one line to the console at once."""
    print(line, file=sys.stderr, flush=True)


def digest(profile: str) -> str:
    """Name what an environment must hold: the pinned packages and where it lives, since it cannot be moved."""
    return hashlib.sha256(REQUIREMENTS[profile].read_bytes() + str(VENV).encode()).hexdigest()


def installed() -> dict[str, str]:
    """Read what the environment holds: profile -> digest."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if (VENV / "bin" / "python").exists() else {}


def run(command: list[str], env: dict[str, str]) -> None:
    """Run a command quietly; on failure raise with the end of what it printed."""
    done = subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise InstallRefused((done.stdout + done.stderr).strip()[-2000:] or f"exit code {done.returncode}")


def with_uv(uv: str, profile: str) -> None:
    """Install with uv from uv.lock; `--inexact` keeps the test packages when only the runtime ones are asked for."""
    env = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    env["UV_PROJECT_ENVIRONMENT"] = str(VENV)
    run([uv, "sync", "--frozen", "--inexact"] + ([] if profile == "dev" else ["--no-dev"]), env)


def with_pip(profile: str) -> None:
    """Install with pip from the exported requirements, every file checked by its hash."""
    if sys.version_info < OLDEST:
        raise InstallRefused(
            f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this one is {sys.version.split()[0]}. "
            "Name a newer one with: make PYTHON=/path/to/python3 …"
        )
    if importlib.util.find_spec("ensurepip") is None:
        raise InstallRefused(
            "This Python comes without the parts that make a virtual environment. "
            "On Debian or Ubuntu install them with: apt install python3-venv"
        )
    python = str(VENV / "bin" / "python")
    if not (VENV / "bin" / "pip").exists() or not Path(python).exists():
        run([sys.executable, "-m", "venv", "--clear", str(VENV)], dict(os.environ))
    # The export names everything that is needed, so nothing is resolved: a resolver would meet `coverage[toml]` and
    # refuse it in favour of whatever version came out since the lock was made.
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--require-hashes", "--no-deps"]
    run([*pip, "-r", str(REQUIREMENTS[profile])], dict(os.environ))


def install(profile: str) -> None:
    """Bring the environment to `profile` ("run", or "dev" for tests and checks as well)."""
    wanted = digest(profile)
    if installed().get(profile) == wanted:
        return
    started = time.monotonic()
    what = "what tests and checks need" if profile == "dev" else "what running needs"
    uv = shutil.which("uv")
    say(f"Setting up .venv with {'uv' if uv else 'pip'}: {what} (a minute at most on an ordinary line) …")
    try:
        if uv is None:
            with_pip(profile)
        else:
            with_uv(uv, profile)
    except InstallRefused as exc:
        if uv is None:
            raise
        lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
        say(f"uv could not do it: {next((line for line in lines if 'rror' in line), lines[-1])}\nTrying pip …")
        with_pip(profile)
    stamp = {"run": digest("run")} | ({"dev": wanted} if profile == "dev" else {})
    STAMP.write_text(json.dumps(stamp) + "\n")
    say(f"Set up in {time.monotonic() - started:.0f} s.")


def main() -> int:
    """Install once, however many make commands were started together."""
    parser = argparse.ArgumentParser(description="Make the virtual environment from the locked dependencies.")
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    profile = "dev" if parser.parse_args().dev else "run"
    with (ROOT / "pyproject.toml").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            install(profile)
        except InstallRefused as exc:
            say(f"Set-up failed.\n{exc}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
