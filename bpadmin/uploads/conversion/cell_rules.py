"""How the text of one cell is converted: dates, numbers, telephone numbers and words in another form.

Each function gives the new text, or raises Unfit with the words why it cannot. A blank cell is nobody's business here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from bpadmin.cells import seen_number
from bpadmin.platforms.record_rules.dates import (
    FORMATS,
    excel_date,
    known_pattern,
    parse_date,
    write_date,
)
from bpadmin.platforms.types import FieldSpec, FieldType

ISO = "yyyy-MM-dd"
DAY_NUMBER = "day number"
# How dates are found written in files; the order is that in which a page offers them.
DATE_PATTERNS = (
    "dd.MM.yyyy",
    "dd.MM.yy",
    "dd.MM.yyyy HH:mm",
    "dd.MM.yyyy HH:mm:ss",
    "dd/MM/yyyy",
    "dd/MM/yy",
    "dd/MM/yyyy HH:mm",
    "dd/MM/yyyy HH:mm:ss",
    "MM/dd/yyyy",
    "MM/dd/yy",
    "MM/dd/yyyy HH:mm",
    "MM/dd/yyyy hh:mm a",
    "MM/dd/yyyy HH:mm:ss",
    "MM/dd/yyyy hh:mm:ss a",
    "dd-MM-yyyy",
    "MM-dd-yyyy",
    ISO,
    "yyyy-MM-dd HH:mm",
    "yyyy-MM-dd HH:mm:ss",
    "yyyy-MM-ddTHH:mm:ss",
    "yyyy/MM/dd",
    "yyyyMMdd",
    "dd MMM yyyy",
    "MMM dd, yyyy",
    DAY_NUMBER,
)
_DATE_TYPES = (FieldType.DATETIME, FieldType.DATETIME_CALL_AT)
# A cell that a workbook or a database wrote in this form means one day only, whatever the others look like.
_ISO_FORMS = (ISO, "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm:ss")
_ISO_LIKE = re.compile(r"\d{4}-\d{2}-\d{2}\b.*", re.ASCII)
_SHORT_YEAR = re.compile(r"(?<!\d)(\d{2})(?= |$)", re.ASCII)
_MONTH = re.compile(r"[^\W\d_]{3,}\.?")
_MONTH_WORDS = (
    "jan januar january janvier enero gennaio",
    "feb februar february février febrero febbraio fév",
    "mar mär mrz märz march mars marzo",
    "apr april avril abril aprile avr",
    "may mai mayo maggio",
    "jun juni june juin junio giugno",
    "jul juli july juillet julio luglio juil",
    "aug august août agosto ago aoû",
    "sep sept september septembre septiembre settembre",
    "oct okt oktober october octobre octubre ottobre",
    "nov november novembre noviembre",
    "dec dez dezember december décembre diciembre dicembre déc",
)
_MONTHS = {word: at for at, words in enumerate(_MONTH_WORDS, 1) for word in words.split()}
# Two-digit years up to this many years ahead are of this century, as in spreadsheets.
_LAST_OF_CENTURY = 49
_MONEY = re.compile(
    r"^(?:[€$£]|(?:eur|usd|gbp|chf|pln)\b)\s*|(?<!\s)\s*+(?:[€$£]|\b(?:eur|usd|gbp|chf|pln|zł|kr))$", re.IGNORECASE
)
_NUMBERS = {
    ",": re.compile(r"([+-]?)(\d{1,3}(?:[. '’]\d{3})++|\d+)(?:,(\d+))?", re.ASCII),
    ".": re.compile(r"([+-]?)(\d{1,3}(?:[, '’]\d{3})++|\d+)(?:\.(\d+))?", re.ASCII),
}
_NUMBER_EXAMPLES = {",": "1.234,56", ".": "1,234.56"}
_NOT_DIGIT = re.compile(r"[^0-9]")
_LETTER = re.compile(r"[^\W\d_]")
_NORTH_AMERICA, _NORTH_AMERICAN_DIGITS = "1", 10
# Countries in which the 0 in front of a number is a part of it.
_KEEPS_ZERO = ("39", "378")
_LONGEST, _LEAST_WITH_CODE = 15, 11


class Unfit(ValueError):
    """A cell cannot be converted; the message says why, `fix` what would do."""

    def __init__(self, words: str, fix: str = "") -> None:
        super().__init__(words)
        self.fix = fix


def date_target(spec: FieldSpec | None) -> str:
    """Return the form in which a field's dates are written: the list's, or the international one for other fields."""
    return known_pattern(spec.date_format) if spec is not None and spec.type in _DATE_TYPES else ISO


def date_read(text: str, pattern: str) -> datetime | None:
    """Read a date in one of DATE_PATTERNS or FORMATS; None when it is no such date."""
    if pattern == DAY_NUMBER:
        return excel_date(text)
    if "MMM" in pattern:
        found = _MONTH.search(text)
        month = _MONTHS.get(found[0].rstrip(".").casefold()) if found else None
        if found is None or month is None:
            return None
        text = " ".join(f"{text[: found.start()]} {month} {text[found.end() :]}".replace(",", " ").split())
        text = text.replace(". ", " ")
        return parse_date(text, " ".join(pattern.replace("MMM", "MM").replace(",", " ").split()))
    if "yyyy" not in pattern:
        years = list(_SHORT_YEAR.finditer(text))
        if not years or "yy" not in pattern:
            return None
        last = years[-1]
        century = "20" if int(last[1]) <= _LAST_OF_CENTURY else "19"
        text = f"{text[: last.start()]}{century}{text[last.start() :]}"
        pattern = pattern.replace("yy", "yyyy")
    return parse_date(text, pattern)


def date_written(text: str, pattern: str, target: str) -> str:
    """Write a date that is in one pattern in another. A cell in the international form is what it is."""
    plain = seen_number(text)
    moment = date_read(plain, pattern)
    if moment is None and _ISO_LIKE.fullmatch(plain):
        moment = next(filter(None, (parse_date(plain, iso) for iso in _ISO_FORMS)), None)
    if moment is None:
        raise Unfit(f"it is no date written {pattern}", f"Write it as in {date_example(pattern)}.")
    return write_date(moment, target)


def date_example(pattern: str) -> str:
    """Return the last day of a year as a pattern writes it."""
    moment = datetime(2026, 12, 31, 14, 30)
    if pattern == DAY_NUMBER:
        return "46387"
    if "MMM" in pattern:
        return pattern.replace("dd", "31").replace("MMM", "Dec").replace("yyyy", "2026")
    if "yyyy" not in pattern:
        return write_date(moment, pattern.replace("yy", "yyyy")).replace("2026", "26")
    return write_date(moment, pattern)


def dates_offered(cells: Sequence[str], spec: FieldSpec) -> tuple[str, ...]:
    """Return the patterns in which a date column's cells are written, if that is not the list's form; () if it is.

    Where days and months can be told apart by no cell, both orders are given: a person has to say which.
    """
    filled = [plain for cell in cells if (plain := seen_number(cell.strip()))]
    wanted = date_target(spec)
    strange = [cell for cell in filled if parse_date(cell, wanted) is None]
    if spec.type not in _DATE_TYPES or not strange:
        return ()
    found: dict[tuple[datetime | None, ...], tuple[int, str]] = {}
    for pattern in dict.fromkeys((*DATE_PATTERNS, *FORMATS)):
        readings = tuple(date_read(cell, pattern) for cell in strange)
        count = len(readings) - readings.count(None)
        if count:
            found.setdefault(readings, (count, pattern))
    most = max((count for count, _ in found.values()), default=0)
    if most * 2 < len(strange):
        return ()
    return tuple(pattern for count, pattern in found.values() if count == most)


def number_written(text: str, decimal: str) -> str:
    """Write a number with `decimal` as its decimal sign as 1234.56; zeros after the sign go where nothing else is."""
    plain = _MONEY.sub("", seen_number(text)).strip()
    if plain.endswith("-") and not plain.startswith(("-", "+")):
        plain = f"-{plain[:-1].strip()}"
    found = _NUMBERS[decimal].fullmatch(plain)
    if found is None:
        raise Unfit(f"it is no number written like {_NUMBER_EXAMPLES[decimal]}", "Enter a number, or clear the cell.")
    sign, whole, rest = found[1].replace("+", ""), _NOT_DIGIT.sub("", found[2]), found[3] or ""
    return f"{sign}{whole}.{rest}" if rest.strip("0") else f"{sign}{whole}"


def digits_only(text: str) -> str:
    """Return the digits of a text."""
    digits = _NOT_DIGIT.sub("", seen_number(text))
    if not digits:
        raise Unfit("it holds no digit", "Enter digits, or clear the cell.")
    return digits


def with_country(text: str, code: str) -> str:
    """Return a telephone number with its country in front; what has one already keeps it.

    +, 00 and 011 say that a country follows. Otherwise the 0 in front goes, except where it belongs to the number.
    """
    plain = seen_number(text).replace("(0)", "")
    if _LETTER.search(plain):
        raise Unfit("it holds letters, so which digits are the number is not certain", "Leave only the number.")
    digits = _NOT_DIGIT.sub("", plain)
    if plain.lstrip(" (").startswith("+"):
        return _whole(digits, text)
    if digits.startswith("00"):
        return _whole(digits[2:], text)
    if code == _NORTH_AMERICA:
        if digits.startswith("011"):
            return _whole(digits[3:], text)
        national = digits[1:] if len(digits) == _NORTH_AMERICAN_DIGITS + 1 and digits[0] == "1" else digits
        if len(national) != _NORTH_AMERICAN_DIGITS:
            raise Unfit(f"it has {len(digits)} digits, a number without its country has 10", "Correct the number.")
        return code + national
    if digits.startswith("0"):
        return _whole(code + (digits if code in _KEEPS_ZERO else digits[1:]), text)
    if digits.startswith(code) and len(digits) >= _LEAST_WITH_CODE:
        return _whole(digits, text)
    return _whole(code + digits, text)


def _whole(digits: str, text: str) -> str:
    if not 7 <= len(digits) <= _LONGEST:
        raise Unfit(f"with its country it would have {len(digits)} digits", "Correct the number, or clear the cell.")
    return digits


def value_mapped(text: str, values: Mapping[str, str], *, keeps_others: bool) -> str:
    """Return what a value is to become; case and blanks around it make no difference."""
    found = values.get(value_key(text))
    if found is not None:
        return found
    if keeps_others:
        return text
    raise Unfit("it is none of the values that the rule of its column names", "Name it in the rule, or correct it.")


def value_key(text: str) -> str:
    """Return what values are compared by."""
    return " ".join(text.casefold().split())


def cell_part(text: str, separator: str, number: int) -> str:
    """Return a part of a text that is cut up at a separator, counted from 1, or from the end where it is negative."""
    parts = [each.strip() for each in (text.split(separator) if separator.strip() else text.split())]
    at = number - 1 if number > 0 else len(parts) + number
    return parts[at] if 0 <= at < len(parts) else ""
