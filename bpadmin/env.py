"""Readers of environment variables that fail loudly, naming the variable and saying what to write."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

SHORTEST_SECRET = 32


class SettingRefused(SystemExit):
    """An environment variable holds something that cannot be used.

    It ends the process with its message and exit code 1: whoever starts a server must read one line, and a traceback
    through the settings would bury it.
    """


def text(name: str, default: str = "") -> str:
    """Read a string; `NAME_FILE` may name a file that holds it (for container secrets)."""
    if value := os.environ.get(name):
        return value.strip()
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as exc:
            raise SettingRefused(f"{name}_FILE points to {path!r}, which cannot be read: {exc.strerror}") from exc
    return default


def address(name: str, password: str) -> str:
    """Read the address of a server; the secret that `password` names is put into it where it holds none of its own."""
    url, secret = text(name), text(password)
    parts = urlsplit(url)
    if not url or not secret or parts.password is not None:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(secret, safe='')}@{host}"))


def flag(name: str, *, default: bool = False) -> bool:
    """Read a switch: 1/true/yes/on or 0/false/no/off."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise SettingRefused(f"{name}={value!r} is neither on nor off: write 1 or 0")


def number(name: str, default: int, *, low: int = 0, high: int | None = None) -> int:
    """Read a whole number within bounds."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        result = int(value)
    except ValueError as exc:
        raise SettingRefused(f"{name}={value!r} is not a whole number") from exc
    if result < low or (high is not None and result > high):
        bounds = f"at least {low}" if high is None else f"between {low} and {high}"
        raise SettingRefused(f"{name}={result} is out of bounds: it must be {bounds}")
    return result


def fraction(name: str, default: float = 1.0) -> float:
    """Read a number above 0 and up to 1."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        result = float(value)
    except ValueError as exc:
        raise SettingRefused(f"{name}={value!r} is not a number") from exc
    if not 0 < result <= 1:
        raise SettingRefused(f"{name}={value} is out of bounds: it must be above 0 and at most 1")
    return result


def words(name: str, default: str = "") -> list[str]:
    """Read a comma-separated list; empty parts are dropped."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def kept_secret(name: str, file: Path, *, may_make: bool) -> str:
    """Read a secret from the environment, or, when `may_make` allows it, from `file`, which is made with mode 0600.

    The embedded defaults make their own secrets, so that a first start needs no set-up; a deployment with a
    database of its own must bring them, since a key that appears by itself would differ between machines.
    """
    if value := text(name):
        if len(value) < SHORTEST_SECRET:
            raise SettingRefused(f"{name} has {len(value)} characters; it must have at least {SHORTEST_SECRET}")
        return value
    if may_make and file.exists():
        return file.read_text(encoding="ascii").strip()
    if not may_make:
        raise SettingRefused(
            f"{name} is not set. Set it (or {name}_FILE) to a long random text, the same for web, worker and beat, "
            "for example: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    value = secrets.token_urlsafe(48)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process made it at the same moment
        return file.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write(value)
    return value
