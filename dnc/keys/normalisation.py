"""What becomes of a key before it is sent: the platform checks nothing, so that what is wrong here is never dialled.

Numbers become what calling lists make of them, since the dialler compares texts: a number with a bracket in it would
block nobody. Capitals matter everywhere; spaces at both ends do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import ne

from bpadmin.cells import seen, seen_number
from bpadmin.platforms.record_rules.phone import (
    US_CANADA,
    digits_of,
    is_damaged,
    normal_phones,
    phone_fault,
)
from bpadmin.platforms.record_rules.rules import Checked, Fault, Problem, drop_consequences, look_closely
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tabular.encoding.languages import countries_of_zone
from dnc.keys.countries import NORTH_AMERICA, Country, code_held, country_of, national_key
from dnc.keys.one_number import is_plain, number_in, several_words
from dnc.models import DncEntry, DncKind, DncList, EntryState, PhoneRule

KEY, COMMENT = "key", "comment"
KEY_LENGTH = 200
COMMENT_LENGTH = 300
# The shortest and longest number of a country other than the US and Canada, with its country code (ITU-T E.164).
SHORTEST, LONGEST = 8, 15
# Digits of a number of the US or Canada, with the 1 in front.
US_LENGTH = 11
_US = FieldSpec(KEY, FieldType.PHONE, phone_type=US_CANADA)
_US_AREA = re.compile(r"[2-9]\d\d", re.ASCII)
_US_ZIP = re.compile(r"(\d{5})(?:[- ]?\d{4})?", re.ASCII)
_CA_POSTAL = re.compile(r"([A-Z]\d[A-Z])\s?(\d[A-Z]\d)", re.ASCII | re.IGNORECASE)
# Digits, and at least seven of them, as telephone numbers are written.
_TELEPHONE = re.compile(r"[+(]*(?:\d[-+./() ]*+){7,}+", re.ASCII)
# Postal codes of nothing but digits as long as that: with four more digits (US), and those of Brazil and Portugal.
_LONG_POSTAL = re.compile(r"\d{5}[- ]?\d{4}|\d{5}-\d{3}|\d{4}-\d{3}", re.ASCII)
_AREA_PUNCTUATION = str.maketrans("", "", "()+ .-")

Column = Sequence[str]
Normal = list[str | None]


@dataclass(frozen=True, slots=True)
class KeyRules:
    """The rules for the keys of one list: of which type, country and phone rule it is.

    `is_adding`: what should not be in such a list is refused, too. It may be there all the same, and is then found and
    taken out by rules without it. `holds` is the calling code with which the list's numbers begin, "" where they
    differ or none is known. `home` is the country whose numbers may be written as they are at home: somebody said so.
    `place` are the countries of the tenant's time zone, where nothing else tells of which country numbers are.
    """

    kind: DncKind
    phone_rule: PhoneRule = PhoneRule.AUTO
    country: str = ""
    is_adding: bool = False
    holds: str = ""
    home: Country | None = None
    place: frozenset[str] = frozenset()

    @classmethod
    def of(cls, dnc_list: DncList, *, is_adding: bool = False, home: str = "") -> KeyRules:
        """Return the rules of a list; `home` names the country of numbers that are written without its code."""
        country = dnc_list.country.upper()
        its, kind = country_of(country), DncKind(dnc_list.type)
        holds = its.code if its else ""
        if is_adding and not holds and kind is DncKind.INTERNAL:
            holds = _code_in(dnc_list)
        rule = PhoneRule(dnc_list.phone_rule)
        said = country_of(home) or (its if its and its.code != "1" else None)
        is_open = is_adding and kind is DncKind.INTERNAL and rule is PhoneRule.AUTO and not (holds or said)
        place = countries_of_zone(dnc_list.tenant.time_zone) if is_open else frozenset()
        return cls(kind, rule, country, is_adding, holds, said, place)

    @property
    def is_open(self) -> bool:
        """Return whether nothing tells of which country numbers without a code are."""
        is_unsaid = self.home is None and not self.holds and self.phone_rule is PhoneRule.AUTO
        return self.is_adding and self.kind is DncKind.INTERNAL and is_unsaid

    @property
    def is_us_likely(self) -> bool:
        """Return whether numbers of the list are, as far as is known, those of the US and Canada."""
        if self.kind is not DncKind.INTERNAL or self.phone_rule is not PhoneRule.AUTO or self.is_abroad:
            return False
        return self.holds in ("", "1") and (self.home is None or self.home.code == "1")

    @property
    def is_abroad(self) -> bool:
        """Return whether nothing but the tenant's place tells it, and that is not in the US, Canada or beside them."""
        return self.is_open and bool(self.place) and self.place.isdisjoint(NORTH_AMERICA)

    def normal(self, values: Column) -> Normal:
        """Return each trimmed value as it is sent: "" for an empty one, None for one that must be refused."""
        if not "".join(values).isascii():
            tidy = seen if self.kind in (DncKind.EXCLUSION, DncKind.GEOGRAPHIC_STATE) else seen_number
            values = list(map(tidy, values))
        ways: dict[DncKind, Callable[[Column], Normal]] = {
            DncKind.INTERNAL: self._numbers,
            DncKind.GEOGRAPHIC_AREACODE: self._area_codes,
            DncKind.GEOGRAPHIC_POSTAL: self._postal_codes,
        }
        found: Normal = ways[self.kind](values) if self.kind in ways else [*values]
        if any(len(value) > KEY_LENGTH for value in values):
            found = [None if len(value) > KEY_LENGTH else key for value, key in zip(values, found, strict=True)]
        return found

    def normal_one(self, value: str) -> str | None:
        """Return one value as it is sent; see `normal`."""
        return self.normal([value.strip()])[0]

    def fault(self, value: str) -> tuple[str, str]:
        """Say in words why a value is refused, and what to do: (detail, suggested fix)."""
        if len(value) > KEY_LENGTH:
            return f"it has more than {KEY_LENGTH} characters", "Shorten it."
        if self.kind is DncKind.GEOGRAPHIC_AREACODE:
            if self.is_american:
                return "an area code has three digits, the first from 2 to 9", "Enter the three digits only."
            return "an area code has digits only", "Enter the digits only."
        if self.kind is DncKind.GEOGRAPHIC_POSTAL:
            if _TELEPHONE.fullmatch(value):
                return "it is written like a telephone number, and this list is of postal codes", "Enter a postal code."
            return "it is no postal code of the list's country", "Enter 5 digits for the US, or A1A 1A1 for Canada."
        if self.kind is DncKind.INTERNAL and number_in(value) is None and not is_damaged(value):
            return several_words(value)
        digits = digits_of([value])[0]
        if self.phone_rule is PhoneRule.US_CANADA and lacks_one(value):
            words = "it has a plus and no 1 behind it, so that it is written like a number of another country"
            return words, f"Enter +1{digits} if it is one of the US or Canada."
        if self.home is not None and self.home.code != "1" and digits.startswith("0") and not is_damaged(value):
            return f"it is no whole number of the country with the code {self.home.code}", "Enter the whole number."
        if self.is_adding and digits.startswith("0") and not is_damaged(value) and len(digits) >= SHORTEST:
            return self._zero_fault(digits)
        is_home_like = not value.startswith("+") and SHORTEST <= len(digits) < US_LENGTH
        if self.is_abroad and is_home_like and not is_damaged(value):
            return self._open_fault(digits)
        if self.home is not None and self.home.code != "1" and not value.startswith("+") and digits:
            code, trunk = self.home.code, self.home.trunk
            at_home = "a zero" if trunk == "0" else trunk
            words = f"it has neither the country's code {code} nor {at_home} in front as at home"
            words = words if trunk else f"it is no whole number of the country with the code {code}"
            return words, f"Enter {code}{digits} if it is a number of that country."
        is_of_others = self.is_adding and self.phone_rule is PhoneRule.AUTO and self.holds not in ("", "1")
        if is_of_others and self._lacks_code(value) and not is_damaged(value):
            words = f"it has no country's code, and the numbers of the list begin with {self.holds}"
            return words, f"Enter {self.holds}{digits} if it is a number of that country, else +1{digits}."
        if self.is_adding and self.phone_rule is not PhoneRule.OTHER and not is_damaged(value):
            if _is_impossible(digits):
                return (
                    "no number of the US or Canada has such an area code, so it cannot exist",
                    "Enter the whole number.",
                )
            if len(national := _national(digits)) == US_LENGTH - 1 and national[3] in "01":
                words = (
                    f"the number behind the area code {national[:3]} begins with {national[3]}, as none does in the US"
                )
                return f"{words} or Canada", "Enter the right number."
        if self.phone_rule is PhoneRule.OTHER or value.startswith("+"):
            count = len(digits_of([value])[0])
            words = f"it has {count} digits; a number with its country code has {SHORTEST} to {LONGEST}"
            return (words, "Enter the whole number.") if count else phone_fault(value, _US)
        return phone_fault(value, _US)

    def _zero_fault(self, digits: str) -> tuple[str, str]:
        words = "it begins with the zero that is dialled within a country, and the list holds numbers with their code"
        if digits.startswith("00"):
            return "it begins with 00, and the list holds numbers with their country's code alone", digits[2:]
        if self.holds and self.holds != "1":
            return words, f"Enter {self.holds}{digits[1:]}, or say of which country the numbers are."
        return words, "Enter it with the country's code, or say of which country the numbers are (GB for 0 → 44)."

    def _open_fault(self, digits: str) -> tuple[str, str]:
        words = "it has no country's code, and nothing tells of which country the numbers of the list are"
        likely = sorted(self.place)[0]
        us = f"+1{digits} if it is one of the US or Canada, else " if len(digits) == US_LENGTH - 1 else ""
        return words, f"Enter {us}it with its country's code, or say of which country numbers are (--country {likely})."

    @property
    def is_american(self) -> bool:
        """Return whether codes are those of the US and Canada; an empty country is taken for it."""
        return self.country in ("", "US", "USA", "CA", "CAN")

    def _numbers(self, values: Column) -> Normal:
        if is_plain(values):
            return self._of_numbers(values)
        texts = [value if is_damaged(value) else number_in(value) for value in values]
        found = self._of_numbers([text or "" for text in texts])
        return [
            None if text is None or (value and not key) else key
            for value, text, key in zip(values, texts, found, strict=True)
        ]

    def _of_numbers(self, values: Column) -> Normal:
        """Return keys of values each of which holds one number."""
        home = self.home
        if home is not None and (home.code != "1" or self.phone_rule is PhoneRule.OTHER):
            return [self._at_home(value, home) for value in values]
        if self.phone_rule is PhoneRule.OTHER:
            return [self._foreign(value) for value in values]
        found = normal_phones(values, _US)
        if self.is_adding:
            found = [None if key and _is_no_us_number(key) else key for key in found]
            if self.holds not in ("", "1"):
                found = [
                    None if key and self._lacks_code(value) else key for value, key in zip(values, found, strict=True)
                ]
            elif self.is_abroad:
                found = [
                    None if key and _has_ten_digits(value) else key for value, key in zip(values, found, strict=True)
                ]
        if self.phone_rule is PhoneRule.US_CANADA:
            return [None if key and lacks_one(value) else key for value, key in zip(values, found, strict=True)]
        # "+49 30 …" is no number of the US, however many digits it has.
        abroad = "+" in "".join(values)
        if abroad or None in found:
            found = [
                self._foreign(value) if key is None or (value.startswith("+") and not _is_us(value)) else key
                for value, key in zip(values, found, strict=True)
            ]
        return found

    def _lacks_code(self, value: str) -> bool:
        """Return whether a number of ten digits has no code where the list's numbers all begin with another country's.

        It may be one of the US, or one of that country without zero and code.
        """
        digits = digits_of([value])[0]
        return not value.startswith("+") and len(digits) == US_LENGTH - 1 and not digits.startswith(self.holds)

    def _foreign(self, value: str) -> str | None:
        """Return a number of another country, None for what cannot be one, or looks like one of the US with a fault."""
        found = _foreign(value)
        if not found or not self.is_adding or value.startswith("+"):
            return found
        if self.phone_rule is PhoneRule.OTHER:
            return None if found[0] == "0" and self.holds not in ("", "1") else found
        if self.holds not in ("", "1") and self._lacks_code(value):
            return None
        if self.is_abroad and len(found) < US_LENGTH:
            return None
        is_broken = len(found) < US_LENGTH or found[0] in "01"
        return None if found[0] == "0" or (self.is_american and is_broken) else found

    def _at_home(self, value: str, home: Country) -> str | None:
        if not value or is_damaged(value):
            return None if value else ""
        digits = digits_of([value])[0]
        found = national_key(digits, home, is_international=value.startswith("+"))
        return found if found and SHORTEST <= len(found) <= LONGEST else None

    def _area_codes(self, values: Column) -> Normal:
        plain = [value.translate(_AREA_PUNCTUATION) for value in values]
        if self.is_american:
            plain = [code[1:] if len(code) == 4 and code[0] == "1" else code for code in plain]
            return [
                code if not value or _US_AREA.fullmatch(code) else None
                for value, code in zip(values, plain, strict=True)
            ]
        return [
            code if not value or (code.isascii() and code.isdecimal() and len(code) <= 8) else None
            for value, code in zip(values, plain, strict=True)
        ]

    def _postal_codes(self, values: Column) -> Normal:
        return [self._postal_code(value) for value in values]

    def _postal_code(self, value: str) -> str | None:
        if self.country in ("US", "USA"):
            found = _US_ZIP.fullmatch(value)
            return found[1] if found else (None if value else "")
        if self.country in ("CA", "CAN"):
            found = _CA_POSTAL.fullmatch(value)
            return f"{found[1]} {found[2]}".upper() if found else (None if value else "")
        if self.is_adding and not self.country and _TELEPHONE.fullmatch(value) and not _LONG_POSTAL.fullmatch(value):
            return None
        text = " ".join(value.split())
        return text if not text or (len(text) <= 12 and any(sign.isdigit() for sign in text)) else None


class KeyCheck:
    """The check of a DNC file's columns (key, and comment where it is mapped); the staging calls it block by block.

    Unlike with calling lists, what is sent is the number as it was made, not as it was written. `unguard` takes off a
    cell what a spreadsheet has put around it.
    """

    def __init__(
        self, fields: Sequence[FieldSpec], rules: KeyRules, *, unguard: Callable[[str, bool], str] | None = None
    ) -> None:
        self.fields = tuple(fields)
        self.rules = rules
        self.unguard = unguard
        self.keys = [at for at, spec in enumerate(fields) if spec.name == KEY]

    def check(self, columns: Sequence[Column]) -> Checked:
        """Check a block: `columns[i]` holds the trimmed cells of field i."""
        checked = Checked([])
        columns = look_closely(checked, self.fields, columns, self.unguard)
        for at, (spec, column) in enumerate(zip(self.fields, columns, strict=True)):
            if spec.name == KEY:
                checked.values.append(self._keys(checked, at, column))
                checked.absent.append(())
            else:
                checked.values.append([cell[:COMMENT_LENGTH] for cell in column])
                checked.absent.append([row for row, cell in enumerate(column) if not cell])
        drop_consequences(checked)
        return checked

    def _keys(self, checked: Checked, at: int, column: Column) -> list[str]:
        normal = self.rules.normal(column)
        for row, key in enumerate(normal) if None in normal or "" in normal else ():
            if key == "":
                fix = "Fill in the cell, or remove the row."
                checked.problems.append(Problem(row, Fault.MISSING_KEY, at, fix=fix))
            elif key is None:
                cell = column[row]
                detail, fix = self.rules.fault(cell)
                checked.problems.append(Problem(row, self._fault_of(cell), at, cell, detail, fix))
        checked.normal[at] = normal
        checked.changed[at] = bytes(map(ne, column, normal))
        keys = [key or "" for key in normal]
        checked.identities.append(keys)
        return keys

    def _fault_of(self, cell: str) -> Fault:
        if self.rules.kind is DncKind.INTERNAL:
            return Fault.PHONE_DAMAGED if is_damaged(cell) else Fault.PHONE_INVALID
        return Fault.CODE_INVALID


def key_fields(dnc_list: DncList) -> tuple[FieldSpec, ...]:
    """Return the fields of a list's entries, for mapping a file's columns to them."""
    kind = FieldType.PHONE if dnc_list.type == DncKind.INTERNAL else FieldType.OTHER
    if dnc_list.type == DncKind.GEOGRAPHIC_POSTAL:
        kind = FieldType.ZIP_CODE
    key = FieldSpec(KEY, kind, required=True, key=True)
    return (key,) if dnc_list.type == DncKind.EXCLUSION else (key, FieldSpec(COMMENT))


def _foreign(value: str) -> str | None:
    if not value:
        return ""
    digits = digits_of([value])[0]
    return digits if SHORTEST <= len(digits) <= LONGEST and not is_damaged(value) else None


def _national(digits: str) -> str:
    """Return the digits of a number without the 1 of the US and Canada."""
    return digits[1:] if len(digits) == US_LENGTH and digits[0] == "1" else digits


def _is_no_us_number(key: str) -> bool:
    """Return whether area code or exchange of what would be a number of the US begin with 0 or 1, as none does."""
    return len(key) == US_LENGTH and key[0] == "1" and (key[1] in "01" or key[4] in "01")


def _is_impossible(digits: str) -> bool:
    national = _national(digits)
    return len(national) == US_LENGTH - 1 and national[0] in "01"


def _code_in(dnc_list: DncList) -> str:
    """Return the calling code with which all numbers of a list begin, as far as its first and last one tell."""
    keys = DncEntry.objects.filter(dnc_list=dnc_list, state=EntryState.PRESENT).values_list("key", flat=True)
    least, most = keys.order_by("key").first(), keys.order_by("-key").first()
    return code_held(least, most) if least and most and dnc_list.pk else ""


def _has_ten_digits(value: str) -> bool:
    """Return whether a number has ten digits and no plus: nothing but their count says that it is one of the US."""
    return not value.startswith("+") and len(digits_of([value])[0]) == US_LENGTH - 1


def lacks_one(value: str) -> bool:
    """Return whether a number has a plus and ten digits as one of the US or Canada has them without the 1.

    It may be one of Singapore (+65), Belgium (+32) or Denmark (+45) as well: nothing but a person tells.
    """
    digits = digits_of([value])[0] if value.startswith("+") else ""
    return len(digits) == US_LENGTH - 1 and digits[0] not in "01" and digits[3] not in "01"


def _is_us(value: str) -> bool:
    digits = digits_of([value])[0]
    return len(digits) == 11 and digits[0] == "1"
