"""What the platform does to telephone numbers when it takes a record, column by column.

Everything that is no digit goes. US_CANADA: "011…" and eleven digits from 1 on stay, ten digits get a 1 in front, the
rest is refused. OTHER: one `remove_prefix` goes, then `default_country_code` is put in front where it is missing.
(List Management API v3.0, "When importing records or updating records".)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bpadmin.platforms.types import FieldSpec

US_CANADA = "US_CANADA"
_NOT_DIGITS = bytes(set(range(256)) - set(b"0123456789\n"))
# 6.5055501E+09 is what a spreadsheet leaves of a long number: the last digits are gone for good.
SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
_DECIMAL = re.compile(r"(\+?\d{6,})[.,]0+")
# What no damaged number is without; looked for in all values at once, single characters being found much faster.
_DAMAGE_MARKS = {"E": ("E+", "E1"), "e": ("e+", "e1"), ".": (".0",), ",": (",0",)}
_EXTENSION = re.compile(r"(?:ext\.?|extension|x|#)\s*+\d{1,6}\Z", re.IGNORECASE)


def digits_of(values: Sequence[str]) -> list[str]:
    """Return the ASCII digits of each value, all at once: a loop over cells would cost ten times as much."""
    return _digits("\n".join(values), values)


def _digits(joined: str, values: Sequence[str]) -> list[str]:
    if joined.count("\n") != len(values) - 1:
        return [re.sub(r"[^0-9]", "", value) for value in values]
    return joined.encode("ascii", "replace").translate(None, _NOT_DIGITS).decode().split("\n")


def normal_phones(values: Sequence[str], spec: FieldSpec) -> list[str | None]:
    """Return each number as the platform will keep it: "" for an empty cell, None for one that it refuses.

    Numbers that a spreadsheet has damaged (scientific notation, `.0` at the end) are refused too: the platform would
    take their digits for another number, and somebody else would be called.
    """
    if not values:
        return []
    joined = "\n".join(values)
    digits = _digits(joined, values)
    normal: list[str | None]
    if spec.phone_type == US_CANADA:
        normal = [
            "1" + number
            if len(number) == 10 and number[0] not in "01"
            else (number if len(number) == 11 and number[0] == "1" else _us_rest(number))
            for number in digits
        ]
    elif not spec.remove_prefix and not spec.default_country_code:
        normal = [number or None for number in digits]
    else:
        rule = _other_rule(spec)
        normal = [rule(number) if number else None for number in digits]
    if "" in values:
        normal = [found if value else "" for value, found in zip(values, normal, strict=True)]
    if any(sign in joined and any(mark in joined for mark in marks) for sign, marks in _DAMAGE_MARKS.items()):
        normal = [None if is_damaged(value) else found for value, found in zip(values, normal, strict=True)]
    return normal


def normal_phone(value: str, spec: FieldSpec) -> str | None:
    """Return one number as the platform will keep it; see `normal_phones`."""
    return normal_phones([value.strip()], spec)[0]


def identity_of(value: str, spec: FieldSpec) -> str:
    """Return a number's identity, the same for the number as sent and as the platform keeps and echoes it."""
    normal = normal_phone(value, spec)
    if normal is None:
        return value.strip()
    if spec.phone_type == US_CANADA or normal_phone(normal, spec) == normal:
        return normal
    # With such a prefix the platform's rule changes its own results again: compare what is left of both.
    prefix = digits_of([spec.remove_prefix])[0]
    while prefix and normal.startswith(prefix):
        normal = normal[len(prefix) :]
    return normal


def is_damaged(value: str) -> bool:
    """Return whether a spreadsheet has turned the number into something else."""
    return bool(SCIENTIFIC.fullmatch(value) or _DECIMAL.fullmatch(value))


def phone_fault(value: str, spec: FieldSpec) -> tuple[str, str]:
    """Say in words why a number is refused, and what to do: (detail, suggested fix)."""
    if SCIENTIFIC.fullmatch(value):
        return (
            "a spreadsheet has shortened the number and its last digits are lost",
            "Take the number from the original source; format the column as text before opening it in Excel.",
        )
    if found := _DECIMAL.fullmatch(value):
        return "the number was written with decimals", found[1]
    digits = digits_of([value])[0]
    if not digits:
        return "there is no digit in it", "Enter a telephone number, or clear the cell."
    if spec.phone_type != US_CANADA:
        return "nothing is left of it after its prefix is removed", "Enter the whole number."
    if (found := _EXTENSION.search(value)) and normal_phone(value[: found.start()].rstrip(), spec):
        return "it ends with an extension, which cannot be dialled", value[: found.start()].strip()
    count = len(digits)
    if count in {20, 21, 22}:
        return "there are two numbers in one cell", "Keep one number, and put the other into another column."
    if count == 10:
        return "ten digits that begin with 1: one digit is missing", "Enter 1, the area code and seven digits."
    if count == 7:
        return "it has 7 digits: the area code is missing", "Put the area code in front."
    if count < 10:
        lost = ": a leading zero or another digit may be lost" if count == 9 else ""
        return f"it has {count} digits, a US or Canadian number has 10{lost}", "Enter all 10 digits."
    return (
        f"it has {count} digits, a US or Canadian number has 10, or 11 with the 1 in front",
        "Enter 10 digits; put 011 in front of a number abroad.",
    )


def _us_rest(number: str) -> str | None:
    if number.startswith("011"):
        return number
    return "1" + number if len(number) == 10 and number[0] != "1" else None


def _other_rule(spec: FieldSpec) -> Callable[[str], str | None]:
    prefix = digits_of([spec.remove_prefix])[0] if spec.remove_prefix else ""
    code = digits_of([spec.default_country_code])[0] if spec.default_country_code else ""

    def rule(number: str) -> str | None:
        left = number.removeprefix(prefix) if prefix else number
        if not left:
            return None
        return left if left.startswith(code) else code + left

    return rule
