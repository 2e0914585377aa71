"""docker-compose.yml as compose reads it: anchors merged, variables of .env put in, profiles chosen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?:(?P<op>:-|:\?|:\+)(?P<text>[^}]*))?\})")


class VariableMissing(Exception):
    """A variable that must be set is not; the message is the file's own."""


def env_read(path: Path) -> dict[str, str]:
    """Read a .env file: NAME=value a line; single quotes around a value are none of it."""
    lines = [line.strip() for line in path.read_text().splitlines()]
    said = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {name: re.sub(r"^'(.*)'$", r"\1", value) for name, value in said.items()}


def compose_read(path: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    """Return the document with its variables put in. Raises VariableMissing."""
    return _filled(yaml.safe_load(path.read_text()), variables)  # type: ignore[no-any-return]


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(each, variables) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, variables) for each in value]
    if not isinstance(value, str):
        return value

    def put(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        given = variables.get(found["name"], "")
        if not given and found["op"] == ":?":
            raise VariableMissing(found["text"])
        if found["op"] == ":+":
            return found["text"] if given else ""
        return given or (found["text"] or "" if found["op"] == ":-" else "")

    return _VARIABLE.sub(put, value)


def seconds_of(text: str) -> float:
    """Return the seconds of a time such as "30s" or "1m"."""
    found = re.fullmatch(r"(\d+)(ms|s|m|h)", text)
    if found is None:
        raise ValueError(f"{text!r} is no time")
    return int(found[1]) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[found[2]]


def services_of(document: Mapping[str, Any], profiles: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    """Return the services that start without a profile, and those of the given ones."""
    services: dict[str, dict[str, Any]] = document["services"]
    return {
        name: service
        for name, service in services.items()
        if not service.get("profiles") or set(service["profiles"]) & set(profiles)
    }


def needs_of(service: Mapping[str, Any]) -> dict[str, str]:
    """Return what a service waits for: service -> condition."""
    needs = service.get("depends_on", {})
    if isinstance(needs, list):
        return dict.fromkeys(needs, "service_started")
    return {name: each["condition"] for name, each in needs.items()}
