"""Read JSON as the platform and its document really write it: pure functions, strict wherever data could be lost.

Strict JSON is tried first, being what nearly always comes. Only what fails is looked at again for the oddities that
the document itself shows: curly quotes, comments behind a value, and a byte order mark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

import orjson

EnumT = TypeVar("EnumT", bound=StrEnum)


class Misshapen(ValueError):
    """A value that is not what the document says; its text names the member and what came instead."""


# Straight strings come first, so that nothing inside them is taken for a curly quote or a comment. What never ends is
# taken to the end: looked for again from each sign in it, 60 kB of a hostile answer would take more than a minute.
_ODDITIES = re.compile(
    r"""(?P<straight>"(?:[^"\\]|\\.)*+(?:"|\\?\Z))
      | [“”„](?P<curly>[^“”„]*)[“”]
      | (?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))""",
    re.VERBOSE | re.DOTALL,
)
_PAGE = re.compile(rb"<(?:!doctype|html|head|body|\?xml|!--|h1|center|title)", re.IGNORECASE)


def json_loads(body: bytes, charset: str = "") -> Any:
    """Parse JSON bytes, curly quotes and comments included; None for an empty body, ValueError for what is no JSON."""
    if not body or body.isspace():
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        text = body.decode(_known_charset(charset)).removeprefix("\ufeff")
        return orjson.loads(_ODDITIES.sub(_straighten, text))


def _known_charset(charset: str) -> str:
    try:
        "".encode(charset)
    except (LookupError, ValueError):
        return "utf-8"
    return charset


def _straighten(match: re.Match[str]) -> str:
    if match["comment"] is not None:
        return " "
    if match["straight"] is not None:
        return match["straight"]
    return orjson.dumps(match["curly"]).decode()


def is_web_page(body: bytes, content_type: str) -> bool:
    """Return whether a body is HTML, as proxies and sign-in pages send it."""
    if _PAGE.match(body.lstrip().removeprefix(b"\xef\xbb\xbf").lstrip()[:16]):
        return True
    return content_type.lower().startswith("text/html") and body.lstrip()[:1] not in (b"{", b"[")


def shown(value: object) -> str:
    """Write a value shortly, for the text of an error."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def as_object(value: object, what: str) -> dict[str, Any]:
    """Return a JSON object."""
    if isinstance(value, dict):
        return value
    raise Misshapen(f"{what} should be an object, but is {shown(value)}")


def as_items(value: object, what: str) -> list[Any]:
    """Return the items of an array; a lone object counts as an array of one."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [value]
    raise Misshapen(f"{what} should be a list, but is {shown(value)}")


def folded(value: object, what: str) -> dict[str, Any]:
    """Return a JSON object with its names in lower case, for members that the document spells in several ways."""
    return {name.lower(): item for name, item in as_object(value, what).items()}


def text_in(members: Mapping[str, Any], name: str) -> str:
    """Read a text; "" where it is absent or null, digits where a number came."""
    value = members.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        # An id that a server keeps as a floating-point number is the same id.
        return str(int(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise Misshapen(f"{name} should be a text, but is {shown(value)}")


def needed_text_in(members: Mapping[str, Any], name: str) -> str:
    """Read a text that has to be there."""
    text = text_in(members, name)
    if not text:
        raise Misshapen(f"{name} is missing or empty")
    return text


# What the documents count, time or weigh is far below; nothing above can be kept or reckoned with.
_LARGEST = 2**53


def number_in(members: Mapping[str, Any], name: str) -> float | None:
    """Read a number, also one written as a string; None where it is absent, null or empty."""
    value = number = members.get(name)
    if isinstance(value, str):
        try:
            number = float(value) if value.strip() else None
        except ValueError:
            number = value
    if number is None:
        return None
    # What is not a number, as JSON has no word for but strings do, is within no bounds.
    if isinstance(number, int | float) and not isinstance(number, bool) and -_LARGEST <= number <= _LARGEST:
        return number
    raise Misshapen(f"{name} should be a number, but is {shown(value)}")


def integer_in(members: Mapping[str, Any], name: str) -> int | None:
    """Read a whole number, also one written as a string; None where it is absent, null or empty."""
    number = number_in(members, name)
    if number is None or type(number) is int:
        return number
    if number != int(number):
        raise Misshapen(f"{name} should be a whole number, but is {shown(members.get(name))}")
    return int(number)


def needed_integer_in(members: Mapping[str, Any], name: str) -> int:
    """Read a whole number that has to be there."""
    number = integer_in(members, name)
    if number is None:
        raise Misshapen(f"{name} is missing")
    return number


def bool_in(members: Mapping[str, Any], name: str) -> bool | None:
    """Read a yes or no, also one written as a string or as 0 and 1; None where it is absent, null or empty."""
    value = members.get(name)
    if value is None or isinstance(value, bool):
        return value
    match str(value).strip().lower():
        case "true" | "1":
            return True
        case "false" | "0":
            return False
        case "":
            return None
    raise Misshapen(f"{name} should be true or false, but is {shown(value)}")


def needed_bool_in(members: Mapping[str, Any], name: str) -> bool:
    """Read a yes or no that has to be there."""
    value = bool_in(members, name)
    if value is None:
        raise Misshapen(f"{name} is missing")
    return value


def time_in(members: Mapping[str, Any], name: str) -> datetime | None:
    """Read a time in UTC, which the platform writes without an offset; None where it is absent or empty.

    The first and the last year of the calendar are how servers write that there is no time, and no clock that goes
    differently reaches past them.
    """
    value = members.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            when = datetime.fromisoformat(value.strip())
        except ValueError:
            pass
        else:
            if when.year in (MINYEAR, MAXYEAR):
                return None
            return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    raise Misshapen(f"{name} should be a time such as 2023-01-19T20:46:35.000, but is {shown(value)}")


def choice_in(members: Mapping[str, Any], name: str, choices: type[EnumT], default: EnumT) -> EnumT:
    """Read one of `choices` whatever its capitals; `default` where it is absent or of a later version."""
    word = text_in(members, name).strip().upper()
    return next((choice for choice in choices if choice.value == word), default)
