"""The rules for single values: phone numbers, whole numbers, dates. Each gives None for what it cannot take."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

DEFAULT_DATE_FORMAT = "MM/dd/yyyy hh:mm a"

# The document prints its default pattern with the hours missing; the tenant's messages name the real one.
_MISPRINTED_DEFAULT = "MM/dd/yyyy ::mm"

_DATE_SHAPES = {
    DEFAULT_DATE_FORMAT: (r"\d\d/\d\d/\d{4} (0[1-9]|1[0-2]):\d\d ([AaPp][Mm])", "%m/%d/%Y %I:%M %p"),
    "dd.MM.yyyy HH:mm": (r"\d\d\.\d\d\.\d{4} \d\d:\d\d", "%d.%m.%Y %H:%M"),
    "yyyy-MM-dd HH:mm": (r"\d{4}-\d\d-\d\d \d\d:\d\d", "%Y-%m-%d %H:%M"),
    "yyyy-MM-dd": (r"\d{4}-\d\d-\d\d", "%Y-%m-%d"),
    "dd-MM-yyyy": (r"\d\d-\d\d-\d{4}", "%d-%m-%Y"),
    "MM-dd-yyyy": (r"\d\d-\d\d-\d{4}", "%m-%d-%Y"),
    "MM/dd/yyyy HH:mm:ss": (r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", "%m/%d/%Y %H:%M:%S"),
}
DATE_FORMATS = frozenset(_DATE_SHAPES)

_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_NOT_DIGIT = re.compile(r"[^0-9]")
_LARGEST = 2**63 - 1


def date_format_named(name: str) -> str | None:
    """Return the pattern that `name` means ("" is the default); None when the tenant does not know it."""
    if name in {"", _MISPRINTED_DEFAULT}:
        return DEFAULT_DATE_FORMAT
    return name if name in DATE_FORMATS else None


def date_reader(pattern: str) -> Callable[[str], bool]:
    """Make a check for one date pattern: right shape and a day that exists."""
    shape, directives = _DATE_SHAPES[pattern]
    matches = re.compile(shape, re.ASCII).fullmatch

    def is_date(text: str) -> bool:
        if not matches(text):
            return False
        try:
            datetime.strptime(text, directives)
        except ValueError:
            return False
        return True

    return is_date


def whole_number(text: str) -> int | None:
    """Read a whole number of at most 64 bits."""
    if not _WHOLE.fullmatch(text):
        return None
    number = int(text)
    return number if -_LARGEST - 1 <= number <= _LARGEST else None


def digits_of(text: str) -> str:
    """Drop everything but ASCII digits, a leading plus included."""
    return _NOT_DIGIT.sub("", text)


def us_canada_phone(text: str) -> str | None:
    """Bring a US or Canadian number to its stored form."""
    digits = digits_of(text)
    if digits.startswith("011"):
        return digits
    if len(digits) == 11 and digits[0] == "1":
        return digits
    if len(digits) == 10 and digits[0] != "1":
        return "1" + digits
    return None


def other_phone(remove_prefix: str, country_code: str) -> Callable[[str], str | None]:
    """Make the rule for numbers of other countries; both arguments may be empty."""
    prefix, code = digits_of(remove_prefix), digits_of(country_code)

    def stored(text: str) -> str | None:
        digits = digits_of(text)
        if prefix and digits.startswith(prefix):
            digits = digits[len(prefix) :]
        if digits and code and not digits.startswith(code):
            digits = code + digits
        return digits or None

    return stored
