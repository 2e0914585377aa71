"""Whether a text holds one telephone number, or more: digits of two numbers are never joined to a third one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bpadmin.platforms.record_rules.phone import digits_of

# What a change list says of each number, in a column of its own or beside the number: that it is added or removed.
ADDS = frozenset({"a", "add", "added", "addition", "new", "i", "ins", "insert", "inserted", "+"})
REMOVES = frozenset({"d", "del", "delete", "deleted", "deletion", "r", "remove", "removed", "removal", "-"})

# What one number is written with. Everything else calls for a closer look.
PLAIN = str.maketrans("", "", "0123456789+-. ()")
_SIGNS = r"\d\s+().\-\u2010-\u2015/\u00b7"
_ONE = re.compile(rf"[{_SIGNS}]*")
_WORDS = re.compile(r"^[^\d+(]+|[^\d]+$")
_EXTENSION = re.compile(
    r"(?P<number>.*?\d\)?)[\s,;]*(?:\(\s*)?"
    r"(?:extension|ext|extn|durchwahl|dw|poste|interno|int|wew|toestel|anexo|ramal|x|#)[\s.:#]*\d{1,6}\s*\)?",
    re.IGNORECASE,
)
_WILD = re.compile(r"[*%?]|\d[xX]{2,}")
# 650-555-0101 and more digits behind: a number of the US and something else.
_US_AND_MORE = re.compile(r"(?:\+?1[\s.\-]*)?\(?[2-9]\d\d\)?[\s.\-]+\d{3}[\s.\-]+\d{4}[\s.\-()/]+\d[\d\s]*\)?")
_TWO = re.compile(r"(?<!\d)\d{7,}+[\s\-]++\d{7}")
_LATE_BRACKET = re.compile(r"\d(?:\D*+\d){6}[^(]*+\(\D*+\d")
_HOME_ZERO = re.compile(r"(?<=\d)\s*\(0\)\s*")
_LETTER = re.compile(r"[^\W\d_]")
WHOLE_US = 10
# One word before a number or behind it, with signs between them or none.
_BESIDE = re.compile(rf"[\s\W]*(?P<before>[^\W\d_]+)?[{_SIGNS},;:|]+(?P<behind>[^\W\d_]+)?[\s\W]*")


def is_plain(values: Sequence[str]) -> bool:
    """Tell of many values at once that each is written with the signs of a number alone, and without brackets late."""
    joined = "".join(values)
    if joined.isascii() and joined.isdecimal():
        return True
    return not joined.translate(PLAIN) and "(0)" not in joined and not any(map(_is_odd, values))


def number_in(value: str) -> str | None:
    """Return the text of the one number that a value holds, None where it holds several, or it is not certain which.

    Words around it are left out, and an extension behind a number that is whole without it.
    """
    if not value or _WILD.search(value) or action_beside(value):
        return None if value else ""
    text = _WORDS.sub("", value).strip()
    if found := _EXTENSION.fullmatch(value.strip()):
        before = _WORDS.sub("", found["number"]).strip()
        return before if _is_whole(before) and number_in(before) else None
    if not _ONE.fullmatch(text) or _is_odd(text):
        return None
    return _HOME_ZERO.sub(" ", text, count=1)


def action_beside(value: str) -> str:
    """Return the word beside a number by which change lists say that it is added or removed, "" where there is none."""
    found = _BESIDE.fullmatch(value)
    words = [word for word in found.groups() if word] if found else []
    if "-" in (value[:1], value[-1:]) and not words:
        return "-"
    return words[0] if len(words) == 1 and words[0].casefold() in ADDS | REMOVES else ""


def action_apart(value: str) -> tuple[str, str]:
    """Return what a change list says beside a number in one cell, "A" or "D", and the number's text; ("", all) else."""
    text = value.strip()
    if text[:1] in ("+", "-") and not _LETTER.search(text):
        return ("A" if text[0] == "+" else "D"), text[1:].strip()
    if text[-1:] in ("+", "-") and not _LETTER.search(text):
        return ("A" if text[-1] == "+" else "D"), text[:-1].strip()
    word = action_beside(text)
    if not _LETTER.search(word):
        return "", value
    before, _, behind = text.partition(word)
    action = "A" if word.casefold() in ADDS else "D"
    return action, (behind or before).strip(" -,:;|.") if not (before and behind) else f"{before}{behind}".strip()


def several_words(value: str) -> tuple[str, str]:
    """Say why a value is not one number, and what to do."""
    if beside := action_beside(value):
        return (
            f"“{beside}” beside the number may say that it is added or removed, which is done by a column of its own",
            "Put the number and what is done into two columns, or write the number alone.",
        )
    if _WILD.search(value):
        return (
            "it holds a wild card, and a list of numbers holds whole numbers",
            "Enter the whole numbers; an area code belongs into a list of area codes.",
        )
    return (
        "it holds more than one number, or a number and other digits, and which is meant is not certain",
        "Keep one whole number in the cell, and put the rest into another column.",
    )


def _is_whole(text: str) -> bool:
    count = len(digits_of([text])[0])
    return text.startswith("+") or count == WHOLE_US or (count == WHOLE_US + 1 and digits_of([text])[0][0] == "1")


def _is_odd(text: str) -> bool:
    """Return whether a text of such signs is written as two numbers are."""
    if text.isdecimal():
        return False
    if "-" in (text[:1], text[-1:]):
        return True
    if "+" in text.lstrip("( ")[1:] or _US_AND_MORE.fullmatch(text) or _LATE_BRACKET.match(text) or _TWO.search(text):
        return True
    left, slash, right = text.partition("/")
    return bool(slash) and (
        "/" in right or len(digits_of([left])[0]) > 6 or len(digits_of([right])[0]) < 4  # 030/1234567 is one number
    )
