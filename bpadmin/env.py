"""Readers of environment variables that fail loudly, naming the variable and saying what to write."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

SHORTEST_SECRET = 32
ROLES = ("viewer", "supervisor", "administrator")


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


def web_address(name: str) -> str:
    """Read the address of an HTTP server."""
    url = text(name)
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise SettingRefused(f"{name}={url!r} is no address: write it like https://files.example.com")
    return url


def is_this_machine(url: str) -> bool:
    """Return whether an address leads to this machine, where nobody sits on the way."""
    return urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")


def log_server(name: str) -> str:
    """Read where entries of a log go: a server's address, "log", or nothing."""
    url = text(name)
    parts = urlsplit(url)
    is_server = (parts.scheme in ("udp", "tcp") and parts.hostname) or (parts.scheme == "unix" and parts.path)
    if url and url != "log" and not is_server:
        raise SettingRefused(f"{name}={url!r} is no log server: write it like udp://logs.example.com:514, or log")
    return url


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


def octal(name: str, default: int) -> int:
    """Read which rights are taken from new files, in octal, such as 077; others than the group never get any."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if len(value) > 4 or not set(value) <= set("01234567") or int(value, 8) & 0o7 != 0o7 or int(value, 8) & 0o700:
        raise SettingRefused(f"{name}={value!r} is no such mask: write 077, or 027 or 007 for a group of processes")
    return int(value, 8)


def days(name: str, default: int, *, least: int) -> int:
    """Read for how many days something is kept: at least `least`, so that no slip removes it, or 0 for ever."""
    result = number(name, default)
    if 0 < result < least:
        raise SettingRefused(f"{name}={result} is out of bounds: it must be at least {least}, or 0 to keep everything")
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


def group_roles(name: str) -> dict[str, tuple[tuple[str, str], ...]]:
    """Read which groups give which roles, JSON as {"dial-team": ["acme:supervisor"]}: tenant and role by group."""
    value = text(name)
    try:
        found = json.loads(value or "{}")
    except ValueError as exc:
        raise SettingRefused(f"{name} is no JSON ({exc})") from exc
    how = f'{name}: write it like {{"dial-team": ["acme:supervisor"]}}, with the roles {", ".join(ROLES)}'
    if not isinstance(found, dict):
        raise SettingRefused(how)
    groups = {}
    for group, said in found.items():
        grants = [said] if isinstance(said, str) else said
        if not isinstance(grants, list):
            raise SettingRefused(how)
        pairs = [str(each).rpartition(":")[::2] for each in grants]
        if any(not slug or role not in ROLES for slug, role in pairs):
            raise SettingRefused(f"{how}; it says {said!r} for {group!r}")
        groups[group] = tuple(pairs)
    return groups


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
