"""What a cell of a workbook shows of the number in it, as far as that is part of what is meant.

A mask such as `00000` or `(000) 000-0000` is: without it a ZIP code is another one. Dates and times are written as ISO
does, since each list has a form of its own for them; but a cell that shows a month or a year alone, or a time alone,
holds no day, whatever is stored. Thousands, decimals, currencies and percent signs only dress a
number, which stays as it is. Source: ECMA-376, part 1, 18.8.30 and 18.8.31.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from bpadmin.tabular.workbooks.numbers import date_text, number_text

Show = Callable[[str], str]

# The formats that a spreadsheet knows by number and shows as dates or times; the upper ranges are East Asian ones.
BUILTIN_DATES = {
    **dict.fromkeys([*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58], "yyyy-mm-dd"),
    **dict.fromkeys([18, 20, 32, 34, 55, 56], "h:mm"),
    **dict.fromkeys([19, 21, 33, 35], "h:mm:ss"),
    17: "mmm-yy",
    22: "yyyy-mm-dd h:mm",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss",
}
BUILTIN_PERCENTS = {"9": "0%", "10": "0.00%"}
_LAST_DATE = 2_958_466
_CACHED = 10_000
# Excel's own formats have 255 characters at most.
LONGEST_CODE = 1_000
_PERCENT = re.compile(r"[0#?](?:\.([0#?]{1,30}))?(\s?%)")
_PARTS = re.compile(
    r'"(?P<quoted>[^"]{0,255})"|\\(?P<escaped>.)|(?P<room>_.|\*.)|\[(?P<inner>[^\]]{0,255})\]|(?P<bare>.)', re.DOTALL
)
_NOT_CODE = re.compile(r'"[^"]{0,255}"|\\.|_.|\*.|\[(?!h{1,9}\]|m{1,9}\]|s{1,9}\])[^\]]{0,255}\]', re.IGNORECASE)
_DATE_CODE = re.compile(r"[ymdhs]", re.IGNORECASE)
_ELAPSED = re.compile(r"\[(?:h++|m++|s++)\]", re.IGNORECASE)
_DATE_PARTS = re.compile(r"y+|m+|d+", re.IGNORECASE)
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_LOCALE = re.compile(r"\[\$[^\]-]{0,20}-([0-9a-f]{1,8})\]", re.IGNORECASE)
_ENGLISH = "09"  # the last two digits of the codes of all its locales
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?[\d.]+)")
# What a mask may hold between its digits without quotes.
_BARE = frozenset("-+(): !&'~{}<>")
_PLACES = frozenset("0#?")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": lambda value, limit: value <= limit,
    ">=": lambda value, limit: value >= limit,
    "<>": lambda value, limit: value != limit,
    "<": lambda value, limit: value < limit,
    ">": lambda value, limit: value > limit,
    "=": lambda value, limit: value == limit,
}


def is_date_code(code: str) -> bool:
    """Return whether a number format shows dates or times."""
    positive = split_sections(code)[0]
    return bool(_DATE_CODE.search(_NOT_CODE.sub("", positive))) and "general" not in positive.lower()


def split_sections(code: str) -> list[str]:
    """Cut a format into its sections; a semicolon in a text divides nothing."""
    sections = [""]
    for found in _PARTS.finditer(code):
        if found["bare"] == ";":
            sections.append("")
        else:
            sections[-1] += found[0]
    return sections


def shown_by(code: str, *, offset: int = 0) -> Show | None:
    """Return what writes a stored number as a format shows it, None where it is best written plainly.

    `offset` is the number of days that the workbook's dates begin after 1900.
    """
    sections = split_sections(code)
    if is_date_code(code):
        return _DateText(sections[0], offset).text
    masks = [_mask_of(section) for section in sections[:3]]
    return _MaskText(masks).text if any(mask and mask.is_telling for mask in masks) else None


def _percent(code: str) -> Show:
    """Return what writes a share as a format with a percent sign shows it; digits that it would round away stay."""
    shown = _PERCENT.search(code)
    decimals, sign = (len(shown[1] or ""), shown[2]) if shown else (0, "%")

    def show(text: str) -> str:
        try:
            share = Decimal(text).scaleb(2)
        except InvalidOperation:
            return text
        places = max(decimals, -int(share.normalize().as_tuple().exponent))
        return f"{share:.{places}f}{sign}"

    return show


class CellStyles:
    """How the cell styles of a workbook show numbers, read from its styles part element by element."""

    def __init__(self, *, is_1904: bool = False) -> None:
        self.offset = 1462 if is_1904 else 0
        self.codes: dict[str, str] = {}
        self.formats: list[str] = []
        self.in_cell_formats = False
        self.percents: dict[str, Show] = {}
        self._shows: dict[str, Show | None] = {}

    def element(self, name: str, given: dict[str, str]) -> None:
        """Take one element of the styles part."""
        if name == "numFmt":
            self.codes[given.get("numFmtId", "")] = given.get("formatCode", "")[:LONGEST_CODE]
        elif name == "cellXfs":
            self.in_cell_formats = True
        elif name in {"cellStyles", "cellStyleXfs", "dxfs"}:
            self.in_cell_formats = False
        elif name == "xf" and self.in_cell_formats:
            number = given.get("numFmtId", "0")
            code = BUILTIN_PERCENTS.get(number) or _NOT_CODE.sub("", self.codes.get(number, ""))
            if "%" in code:
                self.percents[str(len(self.formats))] = _percent(code)
            self.formats.append(number)

    def text(self, text: str, style: str) -> str:
        """Write a stored number in a style, as a person sees it."""
        if style not in self._shows:
            self._shows[style] = self._show_of(style)
        show = self._shows[style]
        return show(text) if show else number_text(text)

    def _show_of(self, style: str) -> Show | None:
        index = int(style) if style.isdecimal() else 0
        if index >= len(self.formats):
            return None
        number = self.formats[index]
        code = self.codes.get(number)
        if code is None:
            code = BUILTIN_DATES.get(int(number), "") if number.isdecimal() else ""
        show = shown_by(code, offset=self.offset)
        return _Remembered(show) if show else None


class _Remembered:
    """Calls a function once for each distinct text, as long as there are not too many."""

    def __init__(self, show: Show) -> None:
        self.show = show
        self.known: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        known = self.known.get(text)
        if known is None:
            if len(self.known) > _CACHED:
                self.known.clear()
            known = self.known[text] = self.show(text)
        return known


class _DateText:
    """Writes day numbers as ISO dates, with the parts that a format shows: day, time of day, or hours gone by."""

    def __init__(self, section: str, offset: int) -> None:
        self.offset = offset
        plain = _NOT_CODE.sub("", section).lower()
        elapsed = _ELAPSED.search(plain)
        self.is_elapsed, self.unit = bool(elapsed), elapsed[0][1] if elapsed else ""
        self.has_clock = self.is_elapsed or any(sign in plain for sign in "hs")
        # Without hours and seconds an m is a month.
        self.has_day = any(sign in plain for sign in "yde") or not self.has_clock
        is_whole = any(run in ("d", "dd") for run in _DATE_PARTS.findall(plain)) or "e" in plain
        self.partly = None if self.has_clock or is_whole else _partly(section)

    def text(self, text: str) -> str:
        """Write one; what is no date that a spreadsheet knows is written as a number."""
        try:
            stored = float(text)
        except ValueError:
            return text
        if self.is_elapsed and abs(stored) < _LAST_DATE:
            return _duration(stored, self.unit)
        serial = stored + self.offset
        if serial < 0 or serial >= _LAST_DATE:
            return number_text(text)
        whole, seconds = divmod(round(serial * 86_400), 86_400)
        clock = (datetime.min + timedelta(seconds=seconds)).time()
        if whole == self.offset and not (self.has_day and self.offset):
            # A day that does not exist, as an empty cell gives that another one refers to.
            if self.has_day and not seconds:
                return number_text(text)
            return clock.isoformat("seconds" if clock.second else "minutes")
        # Spreadsheets believe that 29 February 1900 existed; days before it count from one day later.
        day = date(1899, 12, 30) + timedelta(days=whole + (whole < 60))
        if self.partly is not None:
            return "".join(_date_part(day, part) if is_part else part for part, is_part in self.partly).strip()
        if not self.has_day:
            return clock.isoformat("seconds" if clock.second else "minutes")
        # A time of day that the format leaves out may be what the list wants: it is not lost.
        return date_text(datetime.combine(day, clock))


def _partly(section: str) -> list[tuple[str, bool]] | None:
    """Take apart a format that shows no day of a month: its parts, and whether each is one of the date.

    None where months or weekdays are named in another language than English, which are not known here.
    """
    found = _LOCALE.search(section)
    parts: list[tuple[str, bool]] = []
    for piece in _PARTS.finditer(section):
        if piece["room"] or piece["inner"] is not None:
            continue
        bare = piece["bare"]
        if bare is None:
            parts.append((piece["quoted"] if piece["quoted"] is not None else piece["escaped"], False))
        elif bare.lower() not in "ymd":
            parts.append((bare, False))
        elif parts and parts[-1][1] and parts[-1][0][0] == bare.lower():
            parts[-1] = (parts[-1][0] + bare.lower(), True)
        else:
            parts.append((bare.lower(), True))
    has_names = any(is_part and part[0] in "md" and len(part) > 2 for part, is_part in parts)
    return None if has_names and found and not found[1].rjust(2, "0").endswith(_ENGLISH) else parts


def _date_part(day: date, part: str) -> str:
    """Write one part of a date as a format does."""
    if part[0] == "y":
        return f"{day.year:04}" if len(part) > 2 else f"{day.year % 100:02}"
    name = _MONTHS[day.month - 1] if part[0] == "m" else _WEEKDAYS[day.weekday()]
    if len(part) > 2:
        return name[:3] if len(part) == 3 else name[:1] if len(part) == 5 else name
    return f"{day.month:0{len(part)}}"


def _duration(days: float, unit: str) -> str:
    """Write a length of time in hours, minutes or seconds ("h", "m", "s"), however many they are."""
    seconds = round(abs(days) * 86_400)
    sign = "-" if days < 0 else ""
    if unit == "s":
        return f"{sign}{seconds}"
    if unit == "m":
        return f"{sign}{seconds // 60}:{seconds % 60:02}"
    rest = f":{seconds % 60:02}" if seconds % 60 else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}{rest}"


@dataclass(frozen=True, slots=True)
class _Mask:
    """A section that shows whole numbers digit by digit: `texts` in their order, None where a digit has its place.

    At `least` so many digits are shown. `condition` is (sign, limit). `is_telling`: what it adds is part of the value.
    """

    texts: tuple[str | None, ...]
    least: int
    condition: tuple[str, float] | None
    is_telling: bool

    def shown(self, value: int) -> str:
        places = self.texts.count(None)
        digits = str(value).rjust(self.least, "0") if value or self.least else ""
        # The first place takes all digits that have none of their own.
        surplus = max(len(digits) - places, 0)
        cells = [""] * (places - len(digits)) + list(digits[surplus:])
        cells[0] = digits[:surplus] + cells[0]
        waiting = iter(cells)
        return "".join(next(waiting) if text is None else text for text in self.texts).strip()


class _MaskText:
    """Writes whole numbers through the section of a format that is for them."""

    def __init__(self, sections: Sequence[_Mask | None]) -> None:
        self.sections = list(sections)

    def text(self, text: str) -> str:
        """Write one; a number with decimals stays as it is stored, since a mask would round it."""
        plain = number_text(text)
        digits = plain.removeprefix("-")
        if not digits.isdecimal():
            return plain
        value, is_negative = int(digits), plain != digits
        conditional = [each for each in self.sections if each and each.condition]
        if conditional:
            signed = -value if is_negative else value
            for each in conditional:
                sign, limit = each.condition or ("=", 0.0)
                if _COMPARE[sign](signed, limit):
                    return each.shown(value)
            rest = next((each for each in self.sections if each and not each.condition), None)
            return rest.shown(value) if rest else plain
        if is_negative and len(self.sections) > 1:
            return self.sections[1].shown(value) if self.sections[1] else plain
        if not value and len(self.sections) > 2:
            return self.sections[2].shown(value) if self.sections[2] else plain
        first = self.sections[0]
        return f"{'-' if is_negative else ''}{first.shown(value)}" if first else plain


def _mask_of(section: str) -> _Mask | None:
    """Read a section as a mask; None where it shows decimals, thousands, percents, exponents, fractions or texts."""
    texts: list[str | None] = []
    least, condition = 0, None
    for found in _PARTS.finditer(section):
        bare, inner = found["bare"], found["inner"]
        if found["room"]:
            continue
        if inner is not None:
            if compared := _CONDITION.fullmatch(inner.replace(" ", "")):
                condition = (compared[1], float(compared[2]))
            elif inner.startswith("$") and inner[1:].partition("-")[0]:
                return None  # a currency
            continue
        if bare is None:
            texts.append(found["quoted"] if found["quoted"] is not None else found["escaped"])
        elif bare in _PLACES:
            texts.append(None)
            least += 1 if bare == "0" or least else 0
        elif bare in _BARE:
            texts.append(bare)
        else:
            return None
    places = texts.count(None)
    words = "".join(text for text in texts if text is not None)
    if not places or any(unicodedata.category(sign) == "Sc" for sign in words):
        return None
    before = "".join(text or "" for text in texts[: texts.index(None)]).strip()
    last = len(texts) - 1 - texts[::-1].index(None)
    within = "".join(text or "" for text in texts[texts.index(None) : last]).strip()
    is_unit = any(sign.isalpha() for text in texts[last + 1 :] for sign in text or "")
    is_telling = least > 1 or bool(before.strip("-")) or bool(within)
    if is_unit and least < 2:
        return None  # "12 kg" is twelve
    return _Mask(tuple(texts), least, condition, is_telling)
