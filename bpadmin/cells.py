"""What is seen of a cell: without signs that nobody sees, and whether a spreadsheet has failed in it.

A zero-width space in a key makes a second customer of one, and a full-width digit that a telephone rule drops makes a
stranger's number of a mistake. Texts keep theirs (some scripts need them), but for byte-order marks, which are left in
the middle of a text where files were joined.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

BYTE_ORDER_MARK = "\ufeff"
# What has no width, whatever its class: format characters, joiners, fillers, marks that choose a form.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef]"
)
_BLANK = re.compile("[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u0085]")
_WIDE = re.compile("[\uff01-\uff5e]")
_DASH = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63]")
_FOREIGN = re.compile("[^\x00-\x7f]")
_NAMES = {
    "\u00a0": "no-break space",
    "\u00ad": "soft hyphen",
    "\u200b": "zero-width space",
    "\u200c": "zero-width non-joiner",
    "\u200d": "zero-width joiner",
    "\u202f": "narrow no-break space",
    "\u3000": "full-width space",
    BYTE_ORDER_MARK: "byte-order mark",
}
# What our own reader writes for a formula of which the workbook holds no result; the formula follows.
NOT_CALCULATED = "#FORMULA!"
# As Excel writes them in English, German, French, Spanish, Italian, Portuguese, Dutch and Polish, and columns that are
# too narrow for their numbers.
_ERROR = re.compile(
    r"#(?:REF|NAME|VALUE|NUM|NULL|DIV/0|SPILL|CALC|FIELD|BLOCKED|CONNECT|UNKNOWN|BUSY|PYTHON|EXTERNAL"
    r"|BEZUG|WERT|ZAHL|ÜBERLAUF|NOM|VALEUR|NOMBRE|NUL|¡REF|¡VALOR|¡NUM|¡DIV/0|¡NULO|¿NOMBRE"
    r"|RIF|VALORE|NOME|NULLO|VALOR|VERW|WAARDE|NAAM|GETAL|DEEL/0|LEEG|ADR|ARG|LICZBA|NAZWA|ZERO|DZIEL/0)[!?]"
    r"|#(?:N/A|N/D|N/B|NV|GETTING_DATA)[!?]?|#{3,}|" + re.escape(NOT_CALCULATED) + r".*",
    re.IGNORECASE | re.DOTALL,
)


def seen(text: str) -> str:
    """Give what is seen of a text: signs without width go, other blanks become spaces, full-width signs narrow ones."""
    if text.isascii():
        return text
    text = _WIDE.sub(lambda found: chr(ord(found[0]) - 0xFEE0), _UNSEEN.sub("", text))
    return _BLANK.sub(" ", text).strip()


def seen_number(text: str) -> str:
    """Return what is seen of a number: also digits of all scripts as 0-9, and every dash as a hyphen."""
    if text.isascii():
        return text
    return _DASH.sub("-", _FOREIGN.sub(_as_digit, seen(text)))


def has_unseen(text: str) -> bool:
    """Return whether a text holds signs without width."""
    if text.isascii():
        return False
    try:
        # Of the signs of Western Europe only the soft hyphen is one, which bytes tell much faster.
        return b"\xad" in text.encode("latin-1")
    except UnicodeEncodeError:
        return _UNSEEN.search(text) is not None


def without_marks(text: str) -> str:
    """Take the byte-order marks out of a text; one of nothing but signs that nobody sees is blank."""
    if text.isascii():
        return text
    text = text.replace(BYTE_ORDER_MARK, "").strip() if BYTE_ORDER_MARK in text else text
    return text if _UNSEEN.sub("", text).strip() else ""


def signs_named(text: str) -> str:
    """Name what `seen_number` takes off a text or replaces, each sign once, in words."""
    found = dict.fromkeys(sign for sign in text if not sign.isascii() and seen_number(f"a{sign}a") != f"a{sign}a")
    return ", ".join(_NAMES.get(sign) or unicodedata.name(sign, f"U+{ord(sign):04X}").lower() for sign in found)


def differing(before: Sequence[str], after: Sequence[str]) -> list[int]:
    """Return the places at which two columns differ."""
    return [at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]


def is_error(cell: str) -> bool:
    """Return whether a spreadsheet has written here that it failed, such as `#REF!`, or never calculated a formula."""
    return cell[:1] == "#" and _ERROR.fullmatch(cell) is not None


def error_words(cell: str) -> tuple[str, str]:
    """Say what is wrong with such a cell, and what to do: (detail, suggested fix)."""
    if cell.startswith(NOT_CALCULATED):
        return (
            "the formula was never calculated: the workbook holds no result for it",
            "Open the workbook in Excel, save it, and upload it again.",
        )
    if set(cell) == {"#"}:
        return (
            "the spreadsheet's column was too narrow to write the number",
            "Widen the column and save the file again.",
        )
    return f"the spreadsheet's formula failed with {cell}", "Correct the formula, or clear the cell."


def _as_digit(found: re.Match[str]) -> str:
    value = unicodedata.decimal(found[0], None)
    return found[0] if value is None else str(value)
