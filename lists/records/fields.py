"""The fields of one record: what is known of them, and the platform's own rules for a single value or record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.record_rules.dates import known_pattern, write_date
from bpadmin.platforms.record_rules.phone import normal_phone
from bpadmin.platforms.record_rules.rules import DATE_TYPES, Fault, Problem, RecordRules, canonical_key
from bpadmin.platforms.types import CallingList, FieldSpec, FieldType
from lists.formats.services import format_fields, format_get, format_learn
from lists.models import ListFormat

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

NO_FIELD = ""
SAMPLE_MOMENT = datetime(2026, 12, 31, 13, 30)
# What a person is told when a record is not found by fields that may be no key.
KEY_UNKNOWN = "It looks by whole keys alone, and that this is the key is not known here: it can be there all the same."


class RecordRefused(Exception):
    """A record breaks the platform's rules; nothing was sent. `problems` maps a field (or "") to a sentence."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {words}" if name else words for name, words in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class RecordFields:
    """What is known of a list's fields: `specs` without skipped ones, () when nothing is.

    `is_learnt`: the names come from records read back, which tell neither keys nor rules.
    """

    specs: tuple[FieldSpec, ...] = ()
    is_learnt: bool = False

    @property
    def keys(self) -> tuple[FieldSpec, ...]:
        """Return the fields that tell one record from another."""
        return tuple(spec for spec in self.specs if spec.key)

    @property
    def others(self) -> tuple[FieldSpec, ...]:
        """Return the fields that are no key, the searchable ones first."""
        return tuple(sorted((spec for spec in self.specs if not spec.key), key=lambda spec: not spec.searchable))

    def is_key(self, names: Iterable[str]) -> bool:
        """Return whether these fields are known to be the whole key: by others the dialler may find nothing."""
        return bool(self.keys) and {spec.name.casefold() for spec in self.keys} <= {name.casefold() for name in names}

    def named(self, name: str) -> FieldSpec | None:
        """Return the field of this name, whatever its case."""
        wanted = name.strip().casefold()
        return next((spec for spec in self.specs if spec.name.casefold() == wanted), None)

    def spelled(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return values under the names as the list spells them. RecordRefused where it has no such field."""
        if not self.specs:
            return dict(values)
        spelled, unknown = {}, {}
        for name, value in values.items():
            if spec := self.named(name):
                spelled[spec.name] = value
            else:
                unknown[name] = f"The list has no such field. It has: {', '.join(spec.name for spec in self.specs)}."
        if unknown:
            raise RecordRefused(unknown)
        return spelled

    def specs_of(self, names: Sequence[str]) -> list[FieldSpec]:
        """Return the fields of these names, plain texts for names not known."""
        return [self.named(name) or FieldSpec(name) for name in names]


def record_fields(*, tenant: Tenant, list_id: str, calling_list: CallingList | None = None) -> RecordFields:
    """Return what is known of a list's fields."""
    known = format_get(tenant=tenant, list_id=list_id, format_id=calling_list.format_id if calling_list else "")
    specs = tuple(spec for spec in format_fields(known) if not spec.skip)
    return RecordFields(specs, is_learnt=known is not None and known.source == ListFormat.Source.LEARNT)


def record_fields_learn(
    *, tenant: Tenant, list_id: str, client: PlatformClient, calling_list: CallingList | None = None
) -> RecordFields:
    """Return what is known of a list's fields, learnt from its records first where nothing is."""
    known = record_fields(tenant=tenant, list_id=list_id, calling_list=calling_list)
    if known.specs:
        return known
    try:
        format_learn(tenant=tenant, list_id=list_id, client=client)
    except PlatformError:
        return known  # the page says by itself that the dialler does not answer
    return record_fields(tenant=tenant, list_id=list_id, calling_list=calling_list)


def record_key_learn(*, tenant: Tenant, list_id: str, name: str) -> None:
    """Keep that `name` is the key of a list whose fields were learnt: the platform found a record by it alone."""
    known = ListFormat.objects.filter(tenant=tenant, list_id=list_id, source=ListFormat.Source.LEARNT).first()
    if known is None or any(field.get("key") for field in known.fields):
        return
    specs = [replace(spec, key=spec.name.casefold() == name.casefold()) for spec in format_fields(known)]
    known.fields = [spec.as_json() for spec in specs]
    known.save(update_fields=["fields", "updated_at"])


@dataclass(frozen=True, slots=True)
class ValueVerdict:
    """What the platform would do with a value: keep it as `kept`, or refuse it for `problem` (a sentence)."""

    kept: str = ""
    problem: str = ""
    is_changed: bool = False


def value_judge(value: str, spec: FieldSpec, *, is_partial: bool = False) -> ValueVerdict:
    """Apply the platform's rules to one value; `is_partial` as in an update, where only keys must be given."""
    text = value.strip()
    checked = RecordRules([spec], is_partial=is_partial).check([[text]])
    # One phone of several may be empty: whether any is given is seen in the whole record only.
    problems = [each for each in checked.problems if each.fault != Fault.NO_PHONE]
    if problems:
        return ValueVerdict(problem=problem_words(problems[0]))
    if not text:
        return ValueVerdict()
    kept = checked.normal[0][0] if spec.type is FieldType.PHONE else checked.values[0][0]
    return ValueVerdict(kept=str(kept), is_changed=str(kept) != text)


def record_judge(values: Mapping[str, str], specs: Sequence[FieldSpec]) -> dict[str, str]:
    """Return what is wrong with a whole new record, by field name; {} when the platform should take it."""
    checked = RecordRules(specs).check([[values.get(spec.name, "").strip()] for spec in specs])
    problems: dict[str, str] = {}
    for each in checked.problems:
        name = specs[each.field].name if each.field >= 0 and each.fault != Fault.NO_PHONE else NO_FIELD
        problems.setdefault(name, problem_words(each))
    return problems


def record_values(values: Mapping[str, str], specs: Sequence[FieldSpec]) -> dict[str, Any]:
    """Return a record as it is sent: empty values left out, dates padded; phones as they were typed."""
    sent: dict[str, Any] = {}
    for spec in specs:
        if text := values.get(spec.name, "").strip():
            verdict = value_judge(text, spec, is_partial=True)
            is_rewritten = spec.type in (*DATE_TYPES, FieldType.INTEGER) and not verdict.problem
            sent[spec.name] = verdict.kept if is_rewritten else text
            if is_rewritten and spec.type is FieldType.INTEGER:
                sent[spec.name] = int(verdict.kept)
    return sent


def problem_words(problem: Problem) -> str:
    """Say a problem in a sentence or two: what is wrong, what to do."""
    if problem.fault is Fault.MISSING_KEY:
        return "This is the key of the record: it cannot be empty."
    if problem.fault is Fault.MISSING_REQUIRED:
        return "The list requires this field."
    if problem.fault is Fault.NO_PHONE:
        return "Give at least one telephone number: without one the record cannot be called."
    detail = f"{problem.detail[:1].upper()}{problem.detail[1:]}."
    return f"{detail} {problem.fix}" if problem.fix.endswith(".") else f"{detail} Try {problem.fix}"


def key_candidates(key: Mapping[str, str], fields: RecordFields) -> list[dict[str, str]]:
    """Return the spellings under which to ask for a key: the platform's normal form first, then as it was typed.

    A phone key is found only as it is stored or as it was loaded.
    """
    normal = dict(key)
    for name, value in key.items():
        spec = fields.named(name)
        if spec and spec.type is FieldType.PHONE:
            normal[name] = normal_phone(value, spec) or value
    return [normal] if normal == dict(key) else [normal, dict(key)]


def key_words(key: Mapping[str, Any]) -> str:
    """Write a key for people: “id 17, phone 16505550100”."""
    return ", ".join(f"{name} {value}" for name, value in key.items())


def is_same(one: Mapping[str, Any], other: Mapping[str, Any], specs: Sequence[FieldSpec]) -> bool:
    """Return whether two records say the same in these fields, however they spell it."""
    return canonical_key(one, specs) == canonical_key(other, specs)


def date_sample(spec: FieldSpec) -> str:
    """Return a date as this field writes it."""
    return write_date(SAMPLE_MOMENT, known_pattern(spec.date_format))


def values_spelled(name: str, values: Iterable[str], fields: RecordFields) -> frozenset[str]:
    """Return the values of a field as they were given and as the list would have stored them."""
    spec, found = fields.named(name), set[str]()
    for value in values:
        found.add(value)
        if spec and (stored := value_judge(value, spec, is_partial=True).kept):
            found.add(stored)
    return frozenset(found)
