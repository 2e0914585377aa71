"""List formats: their fields, and the compiled rules that every record of a list goes through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bpadmin.sandbox.errors import bad_request
from bpadmin.sandbox.state.rows import Value
from bpadmin.sandbox.state.values import date_format_named, date_reader, other_phone, us_canada_phone, whole_number


class FieldType(StrEnum):
    """The field types of the document's table."""

    ACCOUNT = "ACCOUNT"
    AGENT_LOGIN_ID = "AGENT_LOGIN_ID"
    CALLING_NUMBER = "CALLING_NUMBER"
    COMPANY = "COMPANY"
    DATETIME = "DATETIME"
    DATETIME_CALL_AT = "DATETIME_CALL_AT"
    FIRST_NAME = "FIRST_NAME"
    INTEGER = "INTEGER"
    LAST_NAME = "LAST_NAME"
    OTHER = "OTHER"
    PHONE = "PHONE"
    ZIP_CODE = "ZIP_CODE"
    PRIORITY = "PRIORITY"
    STATE = "STATE"


DATE_TYPES = {FieldType.DATETIME, FieldType.DATETIME_CALL_AT}
SWITCHES = ("required", "searchable", "skip", "key")
EXTRAS = {
    FieldType.PHONE: {"phoneType", "removePrefix", "defaultCountryCode", "defaultCoutryCode"},
    FieldType.DATETIME: {"timeZone", "format"},
    FieldType.DATETIME_CALL_AT: {"timeZone", "format"},
    FieldType.PRIORITY: {"order", "expiresAfter"},
}
_ALL_EXTRAS = frozenset().union(*EXTRAS.values())

# Takes the texts of one column; unusable values are named in `bad` by their place and come back as "".
Normaliser = Callable[[Sequence[Any], dict[int, str]], Sequence[Value]]


@dataclass(slots=True)
class Field:
    """One field of a format; `extras` are the type's own properties, as the document spells them."""

    name: str
    type: FieldType = FieldType.OTHER
    required: bool = False
    searchable: bool = False
    skip: bool = False
    key: bool = False
    extras: dict[str, str] = field(default_factory=dict)
    normalise: Normaliser = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.normalise = _normaliser(self)

    def as_json(self) -> dict[str, Any]:
        """Return the field as createListWithNewFormat takes it."""
        own = {name: getattr(self, name) for name in SWITCHES}
        return {"name": self.name, "type": self.type.value, **own, **self.extras}


@dataclass(slots=True)
class Format:
    """A list format. `stored` are the fields that a record keeps, in order: all but the skipped ones."""

    id: str
    name: str
    fields: tuple[Field, ...]
    stored: tuple[Field, ...] = field(init=False)
    places: dict[str, int] = field(init=False)
    names: frozenset[str] = field(init=False)
    keys: tuple[int, ...] = field(init=False)
    phones: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.stored = tuple(f for f in self.fields if not f.skip)
        self.places = {f.name: place for place, f in enumerate(self.stored)}
        self.names = frozenset(f.name for f in self.fields)
        self.keys = tuple(place for place, f in enumerate(self.stored) if f.key)
        self.phones = self.places_of(FieldType.PHONE)

    def places_of(self, kind: FieldType) -> tuple[int, ...]:
        """Return the places of the stored fields of a type."""
        return tuple(place for place, f in enumerate(self.stored) if f.type is kind)


def as_texts(values: Sequence[Any], bad: dict[int, str]) -> Sequence[str]:
    """Trim a column of strings; whole numbers become strings, null becomes "", anything else is named in `bad`."""
    if set(map(type, values)) == {str}:
        return list(map(str.strip, values))
    texts = []
    for place, value in enumerate(values):
        kind = type(value)
        if kind is str:
            texts.append(value.strip())
        elif kind is int:
            texts.append(str(value))
        else:
            texts.append("")
            if value is not None:
                bad.setdefault(place, "string is expected")
    return texts


def _normaliser(spec: Field) -> Normaliser:
    if spec.type is FieldType.PHONE:
        if spec.extras.get("phoneType") == "US_CANADA":
            return _us_canada_phones
        prefix, code = spec.extras.get("removePrefix", ""), spec.extras.get("defaultCountryCode", "")
        normalise = _one_by_one(other_phone(prefix, code), "invalid phone number")
        return normalise if prefix or code else _digits_pass(normalise)
    if spec.type is FieldType.INTEGER:
        return _one_by_one(whole_number, "integer is expected")
    if spec.type in DATE_TYPES:
        return _dates(spec.extras.get("format", ""))
    return lambda texts, bad: texts


def _us_canada_phones(texts: Sequence[str], bad: dict[int, str]) -> Sequence[Value]:
    joined = "".join(texts)
    # The common case, told without looking at single values: eleven digits each, the first of them a 1.
    if joined.isascii() and joined.isdecimal() and set(map(len, texts)) == {11} and set(joined[::11]) == {"1"}:
        return texts
    return _one_by_one(us_canada_phone, "invalid US/Canada phone number")(texts, bad)


def _digits_pass(normalise: Normaliser) -> Normaliser:
    """Let a column of plain digits pass without looking at single values."""

    def quick(texts: Sequence[str], bad: dict[int, str]) -> Sequence[Value]:
        joined = "".join(texts)
        is_plain = not joined or (joined.isascii() and joined.isdecimal())
        return texts if is_plain else normalise(texts, bad)

    return quick


def _one_by_one(rule: Callable[[str], Value | None], complaint: str) -> Normaliser:
    def normalise(texts: Sequence[str], bad: dict[int, str]) -> Sequence[Value]:
        values: list[Value | None] = [rule(text) if text else "" for text in texts]
        if None in values:
            for place, value in enumerate(values):
                if value is None:
                    bad.setdefault(place, complaint)
        return ["" if value is None else value for value in values] if None in values else values  # type: ignore[return-value]

    return normalise


def _dates(format_name: str) -> Normaliser:
    pattern = date_format_named(format_name) or ""
    is_date = date_reader(pattern)
    known: set[str] = {""}

    def normalise(texts: Sequence[str], bad: dict[int, str]) -> Sequence[Value]:
        fresh = set(texts) - known
        if fresh:
            good = {text for text in fresh if is_date(text)}
            if len(known) > 100_000:
                known.clear()
                known.add("")
            known.update(good)
            if wrong := fresh - good:
                for place, text in enumerate(texts):
                    if text in wrong:
                        bad.setdefault(place, f"enter date in the correct format '{pattern}'")
        return texts

    return normalise


def parse_fields(items: Any) -> tuple[Field, ...]:
    """Read a format's fields from a request; refuses with 400 whatever the document does not allow."""
    if not isinstance(items, list) or not items:
        raise bad_request("'fields' must be a list of at least one field")
    fields = tuple(_parse_field(item) for item in items)
    names = [f.name for f in fields]
    if len(set(names)) != len(names):
        raise bad_request("'fields' has unsupported value: field names must be unique")
    if sum(f.type is FieldType.ACCOUNT for f in fields) > 1:
        raise bad_request("'fields' has unsupported value: only one field of type ACCOUNT is allowed")
    if not any(f.type is FieldType.PHONE and not f.skip for f in fields):
        raise bad_request("'fields' has unsupported value: at least one field of type PHONE is required")
    return fields


def _parse_field(item: Any) -> Field:
    if not isinstance(item, dict):
        raise bad_request("'fields' has unsupported value: each field must be an object")
    name, kind = item.get("name"), item.get("type")
    if not isinstance(name, str) or not name.strip():
        raise bad_request("'fields.name' is required")
    if not isinstance(kind, str) or kind not in FieldType.__members__:
        raise bad_request(f"'fields.type' has unsupported value '{kind}'")
    switches = {}
    for switch in SWITCHES:
        value = item.get(switch)
        if value is not None and not isinstance(value, bool):
            raise bad_request(f"'fields.{switch}' has unsupported value '{value}': boolean is expected")
        switches[switch] = bool(value)
    if switches["skip"] and (switches["required"] or switches["searchable"] or switches["key"]):
        raise bad_request(f"field '{name}': a skipped field cannot be required, searchable or key")
    return Field(name=name.strip(), type=FieldType(kind), **switches, extras=_parse_extras(item, FieldType(kind)))


def _parse_extras(item: Mapping[str, Any], kind: FieldType) -> dict[str, str]:
    extras: dict[str, str] = {}
    for name, value in item.items():
        if name in {"name", "type", *SWITCHES}:
            continue
        if name not in _ALL_EXTRAS:
            raise bad_request(f"'fields.{name}' is not supported")
        if value is None or value == "":
            continue
        if name not in EXTRAS.get(kind, set()):
            raise bad_request(f"'fields.{name}' is not supported for a field of type {kind}")
        extras["defaultCountryCode" if name == "defaultCoutryCode" else name] = str(value).strip()
    if kind is FieldType.PHONE and extras.setdefault("phoneType", "OTHER") not in {"OTHER", "US_CANADA"}:
        raise bad_request(f"'fields.phoneType' has unsupported value '{extras['phoneType']}'")
    if kind in DATE_TYPES:
        pattern = date_format_named(extras.get("format", ""))
        if pattern is None:
            raise bad_request(f"'fields.format' has unsupported value '{extras['format']}'")
        extras["format"] = pattern
    return extras
