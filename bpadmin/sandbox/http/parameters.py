"""Reading parameters out of request bodies, refusing with 400 and the reason whatever does not fit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from bpadmin.sandbox.clock import moment
from bpadmin.sandbox.errors import bad_request

# Up to here a body is read with the slower reader, which notices a parameter given twice.
SMALL_BODY = 64 * 1024


def parse_json(body: bytes | bytearray) -> Any:
    """Read a JSON body; an empty or malformed one is refused."""
    if not body.strip():
        raise bad_request("request body is empty, JSON is expected")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise bad_request(f"malformed JSON: {exc}") from exc


def parse_object(body: bytes | bytearray, allowed: Iterable[str] | None = None) -> dict[str, Any]:
    """Read a JSON object; duplicated members are refused, and members beyond `allowed` (None: any)."""
    parsed = parse_json(body)
    if not isinstance(parsed, dict):
        raise bad_request("malformed JSON: expected an object")
    if len(body) <= SMALL_BODY:
        json.loads(body, object_pairs_hook=_without_doubles)
    if allowed is not None and (unknown := [name for name in parsed if name not in set(allowed)]):
        raise bad_request(f"'{unknown[0]}' is not supported")
    return parsed


def parse_records(body: bytes | bytearray) -> list[dict[str, Any]]:
    """Read a JSON array of objects."""
    parsed = parse_json(body)
    if not isinstance(parsed, list):
        raise bad_request("malformed JSON: expected an array")
    if parsed and set(map(type, parsed)) != {dict}:
        raise bad_request("malformed JSON: expected an array of objects")
    return parsed


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen = dict(pairs)
    if len(seen) != len(pairs):
        names = [name for name, _ in pairs]
        raise bad_request(f"duplicate key: {next(name for name in names if names.count(name) > 1)}")
    return seen


def text(body: Mapping[str, Any], name: str, *, is_required: bool = False) -> str:
    """Read a string; absent, null and blank are "" unless it is required."""
    value = body.get(name)
    if value is None or value == "" or (isinstance(value, str) and not value.strip()):
        if is_required:
            raise bad_request(f"'{name}' is required")
        return ""
    if not isinstance(value, str):
        raise bad_request(f"'{name}' has unsupported value '{value}': string is expected")
    return value.strip()


def boolean(body: Mapping[str, Any], name: str, *, default: bool = False) -> bool:
    """Read a boolean; absent, null and blank are the default."""
    value = body.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return default
    if not isinstance(value, bool):
        raise bad_request(f"'{name}' has unsupported value '{value}': boolean is expected")
    return value


def positive(body: Mapping[str, Any], name: str, *, default: int = 1) -> int:
    """Read a whole number above 0; absent, null and blank are the default."""
    value = body.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return default
    if type(value) is not int:
        raise bad_request(f"'{name}' has unsupported value '{value}': integer is expected")
    if value < 1:
        raise bad_request(f"'{name}' has unsupported value '{value}': must be greater than 0")
    return value


def size(body: Mapping[str, Any], name: str, highest: int, *, may_be_text: bool = False) -> int:
    """Read a required page size of 1 to `highest`; the deprecated methods take it as a string too."""
    value = body.get(name)
    if value is None or value == "":
        raise bad_request(f"'{name}' is required")
    if may_be_text and isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if type(value) is not int:
        raise bad_request(f"'{name}' has unsupported value '{value}': integer is expected")
    if value > highest:
        raise bad_request(f"{name} is too large (no more than {highest})")
    if value < 1:
        raise bad_request(f"'{name}' has unsupported value '{value}': must be greater than 0")
    return value


def time_of(body: Mapping[str, Any], name: str) -> int | None:
    """Read a UTC time such as 2023-01-30T00:00:00.000, in milliseconds; None when absent."""
    value = text(body, name)
    if not value:
        return None
    read = moment(value)
    if read is None:
        raise bad_request(f'Unparseable date: "{value}"')
    return read
