"""Which column of a file goes into which field of a list: suggested, corrected by a person, remembered."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from bpadmin.platforms.brightpattern.phone import digits_of
from bpadmin.platforms.types import FieldSpec, FieldType
from lists import words
from lists.models import SavedMapping, UploadMode

SAVED_SCORE, SAME_SCORE, LIKE_SCORE, ALIAS_SCORE, TYPE_SCORE, LEAST_SIMILAR, VALUES_SCORE = 100, 100, 95, 90, 75, 72, 60
SAMPLES = 3
# Words for one thing: a column called by one of a set's words suits a field called by another.
_ALIAS_LINES = """
phone telephone tel phonenumber phoneno telephonenumber number telefon telefono fon telefonnummer rufnummer telnr
mobile cell cellphone mobilephone mobilenumber cellnumber handy handynummer mobil mobilnummer mobiltelefon movil
workphone businessphone officephone phonework officenumber
homephone phonehome privatephone homenumber
id key recordid customerid customernumber customerno clientid contactid externalid kundennummer kundennr
account accountnumber accountno accountid acct acctno acctnumber
firstname first givenname forename fname vorname prenom nombre
lastname last surname familyname lname nachname nom apellido apellidos
company companyname organisation organization employer business firma empresa
zip zipcode postcode postalcode postal plz zippostalcode
state province region stateprovince statecode
email emailaddress mail mailaddress
date datetime callbackdate createdat created datum fecha
callat callbacktime calltime scheduledat scheduledtime callbackat schedulecallat
agent agentlogin agentloginid agentid assignedagent login
callingnumber callerid cli fromnumber
amount balance sum amountdue betrag
note notes comment comments remark remarks bemerkung bemerkungen notiz
street address streetaddress address1 addressline1 strasse
city town ort wohnort stadt ciudad ville
priority prio
"""
ALIASES = tuple(set(line.split()) for line in _ALIAS_LINES.strip().splitlines())
TYPE_WORDS: Mapping[FieldType, set[str]] = {
    FieldType.PHONE: ALIASES[0] | ALIASES[1] | ALIASES[2] | ALIASES[3],
    FieldType.ACCOUNT: ALIASES[5],
    FieldType.FIRST_NAME: ALIASES[6],
    FieldType.LAST_NAME: ALIASES[7],
    FieldType.COMPANY: ALIASES[8],
    FieldType.ZIP_CODE: ALIASES[9],
    FieldType.STATE: ALIASES[10],
    FieldType.DATETIME: ALIASES[12],
    FieldType.DATETIME_CALL_AT: ALIASES[13],
    FieldType.AGENT_LOGIN_ID: ALIASES[14],
    FieldType.CALLING_NUMBER: ALIASES[15],
    FieldType.PRIORITY: ALIASES[20],
}
_NAMELESS = re.compile(r"(Column \d+)?")  # as bpadmin.tabular.headers.column_names has it
_PHONE = re.compile(r"\+?[\d\s().\-/]{7,24}")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One column and the field it most likely feeds ("" when none); `score` 0-100, `why` in words."""

    index: int
    column: str
    field: str = ""
    score: int = 0
    why: str = ""
    samples: tuple[str, ...] = ()


def mapping_suggest(
    *,
    header: Sequence[str],
    fields: Sequence[FieldSpec],
    saved: Mapping[str, str] | None = None,
    rows: Sequence[Sequence[str]] = (),
    by_values: bool = False,
) -> tuple[Suggestion, ...]:
    """Suggest a field for every column: the saved mapping first, then same name, alias, similarity. One field once.

    `by_values` also looks into the cells of columns without a name: for suggestions that a person sees first.
    """
    names = {spec.name for spec in fields}
    kept = {int(index): name for index, name in (saved or {}).items() if name in names and index.isdecimal()}
    chosen = {at: (name, SAVED_SCORE, "Mapped so the last time") for at, name in kept.items() if at < len(header)}
    # Once a person has mapped this header, columns left out were left out on purpose.
    if not chosen:
        for score, why, at, name in sorted(_candidates(header, fields), key=lambda one: (-one[0], one[2])):
            if at not in chosen and name not in {taken for taken, _, _ in chosen.values()}:
                chosen[at] = (name, score, why)
        if by_values and (found := _phones_without_name(header, fields, rows, chosen)):
            chosen[found[0]] = (found[1], VALUES_SCORE, "Its values look like phone numbers")
    samples = [tuple(_samples(rows, at)) for at in range(len(header))]
    return tuple(
        Suggestion(at, column, *chosen.get(at, ("", 0, "")), samples=samples[at]) for at, column in enumerate(header)
    )


def mapping_saved(*, tenant_id: int, list_id: str, header: Sequence[str]) -> Mapping[str, str]:
    """Give the mapping last used for this list and header ({} when none)."""
    found = SavedMapping.objects.filter(tenant_id=tenant_id, list_id=list_id, header_hash=header_hash(header)).first()
    return dict(found.mapping) if found else {}


def mapping_remember(*, tenant_id: int, list_id: str, header: Sequence[str], mapping: Mapping[str, str]) -> None:
    """Keep a mapping for the next file with this header."""
    SavedMapping.objects.update_or_create(
        tenant_id=tenant_id,
        list_id=list_id,
        header_hash=header_hash(header),
        defaults={"header": list(header), "mapping": dict(mapping)},
    )


def mapping_problems(
    *, header: Sequence[str], mapping: Mapping[str, str], fields: Sequence[FieldSpec], mode: str
) -> list[str]:
    """Give every reason why a mapping cannot be used, as sentences; an empty list when it can."""
    if mode not in UploadMode.values:
        return ["Say what to do with the rows: add, update, add or update, or replace."]
    by_name = {spec.name: spec for spec in fields}
    problems = []
    if strange := [index for index in mapping if not index.isdecimal() or int(index) >= len(header)]:
        problems.append(f"The file has no column number {strange[0]}: it has {len(header)}.")
    if unknown := sorted({name for name in mapping.values() if name not in by_name}):
        problems.append(f"The list has no field “{unknown[0]}”. Choose one of its fields.")
    if twice := sorted(name for name, count in Counter(mapping.values()).items() if count > 1):
        problems.append(f"Two columns are mapped to the field “{twice[0]}”. Choose one of them.")
    mapped = [spec for name in dict.fromkeys(mapping.values()) if (spec := by_name.get(name)) and not spec.skip]
    if not mapped:
        return [*problems, "Map at least one column to a field."]
    return problems + _missing_fields(mapped, fields, UploadMode(mode))


def _missing_fields(mapped: Sequence[FieldSpec], fields: Sequence[FieldSpec], mode: UploadMode) -> list[str]:
    problems = []
    keys = [spec for spec in fields if spec.key]
    names = {spec.name for spec in mapped}
    if mode in (UploadMode.UPDATE, UploadMode.UPSERT) and not keys:
        problems.append("Records can be updated only by a key. Say which field is the list's key, or only add records.")
    problems += [f"The key field “{spec.name}” needs a column." for spec in keys if spec.name not in names]
    if mode is UploadMode.UPDATE:
        if keys and all(spec.key for spec in mapped):
            problems.append("Only key fields are mapped: map at least one field that is to be changed.")
        return problems
    problems += [
        f"The required field “{spec.name}” needs a column."
        for spec in fields
        if spec.required and not spec.key and not spec.skip and spec.name not in names
    ]
    if not any(spec.type is FieldType.PHONE for spec in mapped):
        phones = [spec.name for spec in fields if spec.type is FieldType.PHONE]
        which = f" ({', '.join(phones)})" if phones else ", and say that it holds telephone numbers"
        problems.append(f"A record needs at least one telephone number: map a column to a phone field{which}.")
    return problems


def header_hash(header: Sequence[str]) -> str:
    """Give a header's fingerprint; case and spacing do not matter."""
    return hashlib.sha256("\x1f".join(" ".join(name.casefold().split()) for name in header).encode()).hexdigest()


def fields_propose(*, header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[FieldSpec, ...]:
    """Propose fields for a list of unknown format: text everywhere, PHONE where a column looks like it.

    Nothing else is guessed: a type that is wrong would refuse or change good values.
    """
    by_values = {at for at in range(len(header)) if looks_like_phones([row[at] for row in rows if at < len(row)])}
    by_name = {at for at, name in enumerate(header) if plain(name) in TYPE_WORDS[FieldType.PHONE]}
    phones = (by_values & by_name) or by_values or by_name
    proposed: dict[str, FieldSpec] = {}
    for at, name in enumerate(header):
        kind = FieldType.PHONE if at in phones else FieldType.OTHER
        proposed.setdefault(name.casefold(), FieldSpec(name=name, type=kind))
    return tuple(proposed.values())


def looks_like_phones(values: Sequence[str]) -> bool:
    """Tell whether most of a column's cells look like telephone numbers."""
    filled = [value.strip() for value in values if value.strip()]
    likely = [value for value in filled if _PHONE.fullmatch(value) and 9 <= len(digits_of([value])[0]) <= 15]
    return len(filled) > 0 and len(likely) * 10 >= len(filled) * 7


def plain(name: str) -> str:
    """Reduce a name to its letters and digits, without case and accents."""
    spelled = unicodedata.normalize("NFKD", name).casefold()
    return "".join(sign for sign in spelled if sign.isalnum())


def _candidates(header: Sequence[str], fields: Sequence[FieldSpec]) -> list[tuple[int, str, int, str]]:
    found = []
    for at, column in enumerate(header):
        for spec in fields:
            score, why = _compare(column, spec)
            if score:
                found.append((score, why, at, spec.name))
    return found


def _compare(column: str, spec: FieldSpec) -> tuple[int, str]:
    """Weigh how well a column's name suits a field: (score, why); 0 when it does not."""
    if column.strip() == spec.name.strip():
        return SAME_SCORE, "Same name"
    left, right = plain(column), plain(spec.name)
    if not left or not right:
        return 0, ""
    if left == right:
        return LIKE_SCORE, "Same name, written otherwise"
    if any(left in words and right in words for words in ALIASES):
        return ALIAS_SCORE, f"“{column}” often means {spec.name}"
    if left in TYPE_WORDS.get(spec.type, set()):
        return TYPE_SCORE, f"“{column}” suits the type {words.TYPE_WORDS[spec.type]}"
    if min(len(left), len(right)) >= 4 and (left in right or right in left):
        return 80, "One name holds the other"
    score = round(SequenceMatcher(None, left, right).ratio() * 100)
    # "Phone 1" and "Phone 2" are nearly the same text and two different things.
    same_numbers = re.findall(r"\d+", left) == re.findall(r"\d+", right)
    return (min(score, 79), "Similar name") if score >= LEAST_SIMILAR and same_numbers else (0, "")


def _phones_without_name(
    header: Sequence[str], fields: Sequence[FieldSpec], rows: Sequence[Sequence[str]], chosen: Mapping[int, Any]
) -> tuple[int, str] | None:
    """Give the only column that looks like phones, if it has no name, and the first phone field, if none is fed."""
    phones = [spec.name for spec in fields if spec.type is FieldType.PHONE]
    likely = [at for at in range(len(header)) if looks_like_phones([row[at] for row in rows if at < len(row)])]
    is_fed = any(name in phones for name, *_ in chosen.values())
    if is_fed or not phones or len(likely) != 1 or not _NAMELESS.fullmatch(header[likely[0]]):
        return None
    return likely[0], phones[0]


def _samples(rows: Sequence[Sequence[str]], at: int) -> list[str]:
    values = (row[at].strip() for row in rows if at < len(row))
    return list(dict.fromkeys(value for value in values if value))[:SAMPLES]
