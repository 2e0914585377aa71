"""How numbers of a country are written within it, and what they are with the country's code in front."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """A country's calling code, the digit that stands before its numbers at home ("" for none), and their length.

    `length` counts the digits behind the code where all numbers have as many, and is 0 where they differ. `mobile` is
    how mobile numbers begin where the zero of the others is a part of the number. `bare` are lengths of numbers
    that are written with their area code and without the zero before it.
    """

    code: str
    trunk: str = "0"
    length: int = 0
    mobile: str = ""
    bare: tuple[int, ...] = ()


# Digits of a mobile number of Italy without the country's code.
MOBILE_DIGITS = (9, 10)
# Digits of a number of the US or Canada without the 1.
US_DIGITS = 10
# ITU-T E.164, national numbering plans. Italy's zero is a part of the number.
COUNTRIES = {
    "US": Country("1", "1", 10), "CA": Country("1", "1", 10),
    "GB": Country("44"), "IE": Country("353"), "DE": Country("49"), "AT": Country("43"), "CH": Country("41", "0", 9),
    "FR": Country("33", "0", 9), "BE": Country("32"), "NL": Country("31", "0", 9), "LU": Country("352", ""),
    "ES": Country("34", "", 9), "PT": Country("351", "", 9), "PL": Country("48", "", 9),
    "IT": Country("39", "", mobile="3"),
    "CZ": Country("420", "", 9), "SK": Country("421", "0", 9), "DK": Country("45", "", 8), "NO": Country("47", "", 8),
    "SE": Country("46"), "FI": Country("358"), "RO": Country("40", "0", 9), "HU": Country("36", "06"),
    "AU": Country("61", "0", 9), "NZ": Country("64"), "BR": Country("55", bare=(10, 11)), "MX": Country("52", "", 10),
    "IN": Country("91", "0", 10), "ZA": Country("27", "0", 9), "GR": Country("30", "", 10),
    "TR": Country("90", "0", 10), "RU": Country("7", "8", 10), "UA": Country("380", "0", 9), "BG": Country("359"),
    "HR": Country("385"), "RS": Country("381"), "SI": Country("386", "0", 8), "LV": Country("371", "", 8),
    "EE": Country("372", ""), "IS": Country("354", "", 7), "IL": Country("972"), "JP": Country("81"),
    "KR": Country("82"), "TW": Country("886"), "HK": Country("852", "", 8),
    "TH": Country("66"), "VN": Country("84"), "AE": Country("971"), "SA": Country("966", "0", 9), "EG": Country("20"),
}  # fmt: skip
# Where numbers have ten digits behind the code 1 (North American Numbering Plan).
NORTH_AMERICA = frozenset(
    [
        "US", "CA", "AG", "AI", "AS", "BB", "BM", "BS", "DM", "DO", "GD", "GU", "JM", "KN", "KY", "LC", "MP", "MS",
        "PR", "SX", "TC", "TT", "VC", "VG", "VI", "UM",
    ]
)  # fmt: skip
_ALSO = {"USA": "US", "CAN": "CA", "UK": "GB", "GBR": "GB", "DEU": "DE", "FRA": "FR", "POL": "PL", "ESP": "ES"}


def country_of(name: str) -> Country | None:
    """Return the country that a code such as GB, UK or 44 (also +44) names, None for none that is known here."""
    said = name.strip().upper().lstrip("+")
    if said.isdecimal():
        return next((each for each in COUNTRIES.values() if each.code == said), None)
    return COUNTRIES.get(_ALSO.get(said, said))


def code_held(least: str, most: str) -> str:
    """Return the calling code with which the first and the last key of a list both begin, "" where there is none."""
    codes = {each.code for each in COUNTRIES.values() if _has_code(least, each) and _has_code(most, each)}
    return max(codes, key=len, default="")


def _has_code(key: str, country: Country) -> bool:
    """Return whether a key begins with a country's code; ten digits may be a number of the US without its 1 as well."""
    is_whole = len(key) != US_DIGITS or len(country.code) + country.length == US_DIGITS
    return key.startswith(country.code) and is_whole


def national_key(digits: str, country: Country, *, is_international: bool) -> str | None:
    """Return a number with its country's code, from digits as they are written at home or with a code. None: neither.

    `is_international`: a plus stood before them, so that a code comes first, of whatever country.
    """
    if is_international:
        return digits
    if digits.startswith("00"):
        return digits[2:]
    if country.mobile and (digits.startswith("0") or _is_mobile(digits, country)):
        return f"{country.code}{digits}"
    if country.trunk and digits.startswith(country.trunk) and (country.code != "1" or len(digits) == 11):
        rest = digits[len(country.trunk) :]
        return f"{country.code}{rest}" if not country.length or len(rest) == country.length else None
    if len(digits) in ((country.length,) if country.length else country.bare):
        return f"{country.code}{digits}"
    return digits if digits.startswith(country.code) and len(digits) > len(country.code) + 6 else None


def _is_mobile(digits: str, country: Country) -> bool:
    """Return whether digits are a mobile number as it is written at home, though it may begin as the code does.

    With Italy's code the shortest numbers have as many digits, but then a zero behind the code.
    """
    return (
        digits.startswith(country.mobile) and len(digits) in MOBILE_DIGITS and not digits.startswith(f"{country.code}0")
    )
