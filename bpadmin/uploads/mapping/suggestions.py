"""Which column of a file goes into which field of a list: suggested, corrected by a person, remembered."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from bpadmin.cells import seen_number
from bpadmin.platforms.record_rules.phone import digits_of
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tabular.formula import unguard
from bpadmin.tabular.headers import is_nameless
from bpadmin.uploads.mapping import field_labels
from bpadmin.uploads.mapping.column_words import (
    DOUBTFUL,
    GROUPS,
    NEUTRAL,
    NOT_DIALLED,
    OTHER_THINGS,
    STATE_CODES,
    TYPE_WORDS,
    plain,
    words_of,
)
from bpadmin.uploads.models import SavedMapping, UploadMode

SAVED_SCORE, SAME_SCORE, LIKE_SCORE, ALIAS_SCORE, WITH_TYPE_SCORE, HOLDS_SCORE = 100, 100, 95, 90, 88, 80
PART_SCORE, TYPE_SCORE, LEAST_SIMILAR, VALUES_SCORE = 78, 75, 72, 60
SAMPLES = 3
_NAMES = (FieldType.FIRST_NAME, FieldType.LAST_NAME, FieldType.COMPANY)
# What has a name and is nobody, in exports of lead forms and campaigns.
_NO_PERSON = frozenset({"ad", "adset", "form", "campaign", "page", "platform", "file", "domain", "list", "queue"})
DIALLED = (FieldType.PHONE, FieldType.CALLING_NUMBER)
_NUMBERED = re.compile(r"(\D+)(\d+)", re.ASCII)
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

    A name alone decides nothing against its values: a column of labels is no telephone number, whatever it is called.
    `by_values` also looks into the cells of columns without a name: for suggestions that a person sees first.
    """
    names = {spec.name.casefold(): spec.name for spec in fields}
    kept = {
        int(index): names[name.casefold()]
        for index, name in (saved or {}).items()
        if name.casefold() in names and index.isdecimal()
    }
    chosen = {at: (name, SAVED_SCORE, "Mapped so the last time") for at, name in kept.items() if at < len(header)}
    # Once a person has mapped this header, columns left out were left out on purpose.
    if not chosen:
        for score, why, at, name in sorted(_candidates(header, fields, rows), key=lambda one: (-one[0], one[2])):
            if at not in chosen and name not in {taken for taken, _, _ in chosen.values()}:
                chosen[at] = (name, score, why)
        if by_values and (found := _phones_without_name(header, fields, rows, chosen)):
            chosen[found[0]] = (found[1], VALUES_SCORE, "Its values look like phone numbers")
        if found := _states_by_values(header, fields, rows, chosen):
            chosen[found[0]] = (found[1], VALUES_SCORE, "Its values are codes of states")
    samples = [tuple(_samples(rows, at)) for at in range(len(header))]
    return tuple(
        Suggestion(at, column, *chosen.get(at, ("", 0, "")), samples=samples[at]) for at, column in enumerate(header)
    )


def mapping_saved(*, tenant_id: int, list_id: str, header: Sequence[str]) -> Mapping[str, str]:
    """Return the mapping last used for this list and header ({} when none)."""
    found = SavedMapping.objects.filter(tenant_id=tenant_id, list_id=list_id, header_hash=header_hash(header)).first()
    return dict(found.mapping) if found else {}


def conversion_saved(*, tenant_id: int, list_id: str, header: Sequence[str]) -> Mapping[str, Any]:
    """Return what was done last to the cells of a file with this header in this list, as JSON ({} when nothing)."""
    found = SavedMapping.objects.filter(tenant_id=tenant_id, list_id=list_id, header_hash=header_hash(header)).first()
    return dict(found.conversion or {}) if found else {}


def mapping_remember(
    *,
    tenant_id: int,
    list_id: str,
    header: Sequence[str],
    mapping: Mapping[str, str],
    conversion: Mapping[str, Any] | None = None,
) -> None:
    """Keep a mapping, and what is done to the cells, for the next file with this header."""
    SavedMapping.objects.update_or_create(
        tenant_id=tenant_id,
        list_id=list_id,
        header_hash=header_hash(header),
        defaults={"header": list(header), "mapping": dict(mapping), "conversion": dict(conversion or {})},
    )


def conversion_keep(*, tenant_id: int, list_id: str, header: Sequence[str], conversion: Mapping[str, Any]) -> None:
    """Keep what is done to the cells for the next file with this header, where its mapping is kept."""
    kept = SavedMapping.objects.filter(tenant_id=tenant_id, list_id=list_id, header_hash=header_hash(header))
    kept.update(conversion=dict(conversion))


def mapping_problems(
    *, header: Sequence[str], mapping: Mapping[str, str], fields: Sequence[FieldSpec], mode: str
) -> list[str]:
    """Return every reason why a mapping cannot be used, as sentences; an empty list when it can."""
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


def _needs_column(spec: FieldSpec) -> str:
    return f"“{spec.name}” needs a column (in a shell: --map COLUMN={spec.name})."


def _missing_fields(mapped: Sequence[FieldSpec], fields: Sequence[FieldSpec], mode: UploadMode) -> list[str]:
    problems = []
    keys = [spec for spec in fields if spec.key]
    names = {spec.name for spec in mapped}
    if mode in (UploadMode.UPDATE, UploadMode.UPSERT) and not keys:
        problems.append("Records can be updated only by a key. Say which field is the list's key, or only add records.")
    problems += [f"The key field {_needs_column(spec)}" for spec in keys if spec.name not in names]
    if mode is UploadMode.UPDATE:
        if keys and all(spec.key for spec in mapped):
            problems.append("Only key fields are mapped: map at least one field that is to be changed.")
        return problems
    problems += [
        f"The required field {_needs_column(spec)}"
        for spec in fields
        if spec.required and not spec.key and not spec.skip and spec.name not in names
    ]
    if not any(spec.type is FieldType.PHONE for spec in mapped):
        phones = [spec.name for spec in fields if spec.type is FieldType.PHONE]
        which = f" ({', '.join(phones)})" if phones else ", and say that it holds telephone numbers"
        problems.append(f"A record needs at least one telephone number: map a column to a phone field{which}.")
    return problems


def header_hash(header: Sequence[str]) -> str:
    """Return a header's fingerprint; case and spacing do not matter."""
    return hashlib.sha256("\x1f".join(" ".join(name.casefold().split()) for name in header).encode()).hexdigest()


def fields_propose(*, header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[FieldSpec, ...]:
    """Propose fields for a list of unknown format: text everywhere, PHONE where a column looks like it.

    Nothing else is guessed: a type that is wrong would refuse or change good values.
    """
    proposed: dict[str, FieldSpec] = {}
    for name, kind in zip(header, column_types(header=header, rows=rows), strict=True):
        if not is_nameless(name):
            proposed.setdefault(name.casefold(), FieldSpec(name=name, type=kind))
    return tuple(proposed.values())


def column_types(*, header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[FieldType, ...]:
    """Return for each column the type that its name and values look like: PHONE, or a text."""
    by_values = {at for at in range(len(header)) if looks_like_phones([row[at] for row in rows if at < len(row)])}
    by_name = {at for at, name in enumerate(header) if plain(name) in TYPE_WORDS[FieldType.PHONE]}
    phones = (by_values & by_name) or by_values or by_name
    return tuple(FieldType.PHONE if at in phones else FieldType.OTHER for at in range(len(header)))


def looks_like_phones(values: Sequence[str]) -> bool:
    """Return whether most of a column's cells look like telephone numbers."""
    filled = [unguard(text, True) for value in values if (text := value.strip())]
    likely = [value for value in filled if _PHONE.fullmatch(value) and 9 <= len(digits_of([value])[0]) <= 15]
    return len(filled) > 0 and len(likely) * 10 >= len(filled) * 7


def _candidates(
    header: Sequence[str], fields: Sequence[FieldSpec], rows: Sequence[Sequence[str]]
) -> list[tuple[int, str, int, str]]:
    found = []
    for at, column in enumerate(header):
        if is_nameless(column):
            continue
        values = _filled(rows, at)
        for spec in fields:
            score, why = _compare(column, spec)
            is_doubtful = score < LIKE_SCORE and plain(column) in DOUBTFUL
            if score and (score >= LIKE_SCORE or _suits(spec, column, values, is_doubtful=is_doubtful)):
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
    if spec.type in _NAMES and any(
        left in TYPE_WORDS[other] and left not in TYPE_WORDS[spec.type] for other in _NAMES if other is not spec.type
    ):
        return 0, ""  # a last name is no first name, though a field that is called "name" is held by either
    if spec.type in _NAMES[:2] and _NO_PERSON.intersection(words_of(column)).difference(words_of(spec.name)):
        return 0, ""
    if any(left in group and right in group for group in GROUPS):
        return ALIAS_SCORE, f"“{column}” often means {spec.name}"
    its_words, wanted = words_of(column), words_of(spec.name)
    others = NOT_DIALLED if spec.type in DIALLED else OTHER_THINGS - {"code"}
    if others.intersection(its_words).difference(wanted) and left not in TYPE_WORDS.get(spec.type, ()):
        return 0, ""
    if set(its_words) - NEUTRAL == set(wanted) - NEUTRAL != set() and _numbers(left) == _numbers(right):
        return WITH_TYPE_SCORE, "Same name, and what it is"
    if left in TYPE_WORDS.get(spec.type, ()):
        return TYPE_SCORE, f"“{column}” suits the type {field_labels.TYPE_WORDS[spec.type]}"
    if spec.type in DIALLED and (found := _of_number(column, spec.name)):
        return found
    if min(len(left), len(right)) >= 4 and (_holds(its_words, right) or _holds(wanted, left)):
        return HOLDS_SCORE, "One name holds the other"
    if _numbers(right) in ([], _numbers(left)) and _has_part(its_words, right, spec):
        return (PART_SCORE if _groups_of(right) else TYPE_SCORE - 1), f"“{column}” may mean {spec.name}"
    score = round(SequenceMatcher(None, left, right).ratio() * 100)
    # "Phone 1" and "Phone 2" are nearly the same text and two different things.
    is_similar = score >= LEAST_SIMILAR and _numbers(left) == _numbers(right)
    return (min(score, HOLDS_SCORE - 1), "Similar name") if is_similar else (0, "")


def _of_number(column: str, wanted: str) -> tuple[int, str] | None:
    """Weigh names that are words for telephones and a number, such as number1, phone_2 or Phone 3."""
    (its, its_number), (field, number) = _without_number(column), _without_number(wanted)
    phones = TYPE_WORDS[FieldType.PHONE]
    if not its_number or its not in phones or field not in phones:
        return None
    if its_number == number:
        return ALIAS_SCORE, f"“{column}” often means {wanted}"
    return (TYPE_SCORE, f"“{column}” may mean {wanted}") if its_number == "1" and not number else None


def _without_number(name: str) -> tuple[str, str]:
    found = _NUMBERED.fullmatch(plain(name))
    return (found[1], found[2].lstrip("0")) if found else (plain(name), "")


def _holds(words: Sequence[str], name: str) -> bool:
    """Return whether some words on end make a name, or a name of one word has it in it."""
    if len(words) == 1:
        return name in words[0]
    return any("".join(words[at:end]) == name for at in range(len(words)) for end in range(at + 1, len(words) + 1))


def _numbers(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def _groups_of(word: str) -> set[str]:
    return {other for group in GROUPS if word in group for other in group}


def _has_part(its_words: Sequence[str], right: str, spec: FieldSpec) -> bool:
    """Return whether a name ends with words for the field, as “Address 1 - Postal Code” does, or begins with them."""
    named = [word for word in its_words if not word.isdecimal()]
    known = _groups_of(right) | TYPE_WORDS.get(spec.type, frozenset()) - DOUBTFUL
    ends = any("".join(named[at:]) in known for at in range(1, len(named)))
    begins = any("".join(named[:at]) in known and set(named[at:]) <= NEUTRAL for at in range(1, len(named)))
    return ends or begins or "".join(named) in known


def _filled(rows: Sequence[Sequence[str]], at: int) -> list[str]:
    return [value for row in rows if at < len(row) and (value := seen_number(unguard(row[at].strip(), True)))]


def _suits(spec: FieldSpec, column: str, values: Sequence[str], *, is_doubtful: bool) -> bool:
    """Return whether most values may belong into a field of this type; of no values nothing is said.

    `is_doubtful`: the name means it only where the values agree.
    """
    looks_right = _LOOKS.get(spec.type)
    if spec.type is FieldType.STATE or plain(column) == "st":
        looks_right = _is_state_code if is_doubtful else _is_words
    if looks_right is None:
        return True
    if not values:
        return not (is_doubtful and spec.type is FieldType.STATE)
    return sum(map(looks_right, values)) * 2 >= len(values)


def _is_dialled(value: str) -> bool:
    digits = sum(sign.isdecimal() for sign in value)
    return digits >= 3 and digits >= sum(sign.isalpha() for sign in value)


def _has_digit(value: str) -> bool:
    return any(sign.isdecimal() for sign in value)


def _is_words(value: str) -> bool:
    return not _has_digit(value) and len(value) <= 40


def _is_state_code(value: str) -> bool:
    return value.upper() in STATE_CODES


def _is_short_code(value: str) -> bool:
    return _has_digit(value) and len(value) <= 12


_LOOKS: Mapping[FieldType, Callable[[str], bool]] = {
    FieldType.PHONE: _is_dialled,
    FieldType.CALLING_NUMBER: _is_dialled,
    FieldType.INTEGER: _has_digit,
    FieldType.DATETIME: _has_digit,
    FieldType.DATETIME_CALL_AT: _has_digit,
    FieldType.ZIP_CODE: _is_short_code,
    FieldType.STATE: _is_words,
    FieldType.FIRST_NAME: _is_words,
    FieldType.LAST_NAME: _is_words,
}


def _states_by_values(
    header: Sequence[str], fields: Sequence[FieldSpec], rows: Sequence[Sequence[str]], chosen: Mapping[int, Any]
) -> tuple[int, str] | None:
    """Return the only column that holds nothing but codes of states, and the field for them, if none feeds it."""
    named = [spec.name for spec in fields if spec.type is FieldType.STATE or plain(spec.name) == "state"]
    fed = {name for name, *_ in chosen.values()}
    likely = [
        at for at in range(len(header))
        if at not in chosen and len(set(values := _filled(rows, at))) > 1 and all(map(_is_state_code, values))
    ]  # fmt: skip
    wanted = [name for name in named if name not in fed]
    return (likely[0], wanted[0]) if len(likely) == 1 and len(wanted) == 1 else None


def _phones_without_name(
    header: Sequence[str], fields: Sequence[FieldSpec], rows: Sequence[Sequence[str]], chosen: Mapping[int, Any]
) -> tuple[int, str] | None:
    """Return the only column that looks like phones, if it has no name, and the first phone field, if none is fed."""
    phones = [spec.name for spec in fields if spec.type is FieldType.PHONE]
    likely = [at for at in range(len(header)) if looks_like_phones([row[at] for row in rows if at < len(row)])]
    is_fed = any(name in phones for name, *_ in chosen.values())
    if is_fed or not phones or len(likely) != 1 or not is_nameless(header[likely[0]]):
        return None
    return likely[0], phones[0]


def _samples(rows: Sequence[Sequence[str]], at: int) -> list[str]:
    values = (row[at].strip() for row in rows if at < len(row))
    return list(dict.fromkeys(value for value in values if value))[:SAMPLES]
