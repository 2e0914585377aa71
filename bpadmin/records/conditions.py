"""Conditions on records: made of what a person said, checked, read back in words, and written into addresses.

In an address the n-th condition is `f<n>=name`, `o<n>=operator`, `k<n>=key` and `v<n>=value`, the last one several
times where there are several values. Times stand there as on the clocks of the tenant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from bpadmin.platforms.sources import CONDITION_MEMBERS, Condition, FilterKind, SourceFilter
from bpadmin.tenants.times.local_times import TimeUnclear, moment_said, time_written

FILTER, OPERATOR, KEY, VALUE = "f", "o", "k", "v"
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
SEVERAL = re.compile(r"[\n,]")
LISTED = 5
LONGEST = 20_000
YES = "true"


class ConditionRefused(Exception):
    """A condition cannot be put like this; `part` is FILTER, OPERATOR, KEY or VALUE, the message a sentence."""

    def __init__(self, part: str, sentence: str) -> None:
        super().__init__(sentence)
        self.part = part


def condition_made(
    found: SourceFilter, *, values: Sequence[str], operator: str = "", key: str = "", zone: tzinfo
) -> Condition | None:
    """Make a condition of what was said of a filter; None where nothing was. Raises ConditionRefused.

    Several values may also stand in one text, one a line or with commas between. Times without an offset are `zone`'s.
    """
    given = [text.strip() for text in values]
    if found.kind in (FilterKind.TEXTS, FilterKind.NUMBERS):
        given = [text.strip() for each in given for text in SEVERAL.split(each)]
    given = list(dict.fromkeys(text for text in given if text))
    key = key.strip()
    if not given:
        if key:
            raise ConditionRefused(VALUE, "Say which value is meant, or remove this filter.")
        return None
    if sum(map(len, given)) > LONGEST:
        raise ConditionRefused(VALUE, f"That is too much for one filter: {LONGEST:,} characters at most.")
    if found.key_label and not key:
        raise ConditionRefused(KEY, f"This filter needs it: {found.key_label}.")
    operators = [value for value, _ in found.operators]
    if operator and operator not in operators:
        known = ", ".join(operators) or "none"
        raise ConditionRefused(OPERATOR, f"“{found.label}” has no operator “{operator}”. It has: {known}.")
    operator = operator or (operators[0] if operators else "")
    made = [_value(found, text, zone) for text in given]
    if not found.kind.takes_several and len(made) > 1:
        raise ConditionRefused(VALUE, f"“{found.label}” takes one value at a time.")
    return Condition(found.name, tuple(made) if found.kind.takes_several else made[0], operator, key)


def _value(found: SourceFilter, text: str, zone: tzinfo) -> str:
    if found.kind in (FilterKind.NUMBER, FilterKind.NUMBERS):
        if not NUMBER.fullmatch(text):
            raise ConditionRefused(VALUE, f"“{text[:60]}” is no number. Write digits alone, such as 3 or 2.5.")
    elif found.kind is FilterKind.TIME:
        try:
            return moment_said(text, zone).astimezone(UTC).isoformat()
        except TimeUnclear as unclear:
            raise ConditionRefused(VALUE, str(unclear)) from unclear
        except ValueError:
            raise ConditionRefused(
                VALUE, f"“{text[:60]}” is no time. Write it like 2026-03-01T09:00, or pick it."
            ) from None
    elif found.kind is FilterKind.FLAG:
        if text.casefold() not in (YES, "on", "1", "yes"):
            raise ConditionRefused(VALUE, f"“{found.label}” is either ticked (“{YES}”) or left out.")
        return YES
    elif found.kind in (FilterKind.CHOICE, FilterKind.CHOICES) and found.choices:
        known = dict(found.choices)
        if text not in known:
            some = ", ".join(list(known)[:20])
            raise ConditionRefused(VALUE, f"“{found.label}” is never “{text[:60]}”. It is one of: {some}.")
    return text


def conditions_read(
    given: Iterable[Mapping[str, Any]], filters: Sequence[SourceFilter], *, zone: tzinfo
) -> tuple[Condition, ...]:
    """Take conditions as JSON has them. Raises ConditionRefused for what this source cannot be filtered by.

    An object that says `property` in place of `name` is spelled as Conpeek documents it, where times are UTC.
    """
    known = {each.name: each for each in filters}
    made = []
    for each in given:
        if not isinstance(each, Mapping):
            raise ConditionRefused(FILTER, 'A filter is a JSON list of objects such as {"name": …, "value": …}.')
        is_spelled_out = "property" in each and "name" not in each
        known_members = {*CONDITION_MEMBERS, *(["property"] if is_spelled_out else [])}
        if unknown := [str(member) for member in each if member not in known_members]:
            names = ", ".join(f"“{member}”" for member in unknown)
            raise ConditionRefused(FILTER, f"A condition has no {names}, only: {', '.join(sorted(known_members))}.")
        data = {**each, "name": each["property"]} if is_spelled_out else each
        try:
            condition = Condition.from_json(data)
        except ValueError as error:
            raise ConditionRefused(FILTER, str(error)) from error
        found = known.get(condition.name)
        if found is None:
            names = ", ".join(known) or "nothing"
            raise ConditionRefused(FILTER, f"This source cannot be filtered by “{condition.name}”, only by: {names}.")
        values = (condition.value,) if isinstance(condition.value, str) else condition.value
        if found.kind is FilterKind.FLAG:
            values = tuple(value.casefold() for value in values)
        read = condition_made(
            found,
            values=values,
            operator=condition.operator,
            key=condition.key,
            zone=UTC if is_spelled_out else zone,
        )
        if read is None:
            raise ConditionRefused(VALUE, f"The condition on “{condition.name}” needs a value.")
        made.append(read)
    return tuple(made)


def conditions_told(
    conditions: Sequence[Condition], filters: Sequence[SourceFilter], *, zone: tzinfo
) -> list[tuple[str, str]]:
    """Read conditions back as pairs: what is looked at, and what it has to be; times in `zone`."""
    known = {each.name: each for each in filters}
    return [_told(condition, known.get(condition.name), zone) for condition in conditions]


def conditions_sentence(conditions: Sequence[Condition], filters: Sequence[SourceFilter], *, zone: tzinfo) -> str:
    """Read conditions back as one sentence, "" where there are none."""
    told = conditions_told(conditions, filters, zone=zone)
    return "; ".join(f"{label}: {words}" for label, words in told)


def _told(condition: Condition, found: SourceFilter | None, zone: tzinfo) -> tuple[str, str]:
    if found is None:
        value = condition.value if isinstance(condition.value, str) else ", ".join(condition.value)
        return condition.name, f"{condition.operator} {value}".strip()
    label = f"{found.label} “{condition.key}”" if condition.key else found.label
    operator = dict(found.operators).get(condition.operator, condition.operator)
    values = (condition.value,) if isinstance(condition.value, str) else condition.value
    words = [_value_told(found, value, zone) for value in values[:LISTED]]
    more = f" and {len(values) - LISTED} more" if len(values) > LISTED else ""
    several = "one of " if len(values) > 1 else ""
    return label, f"{operator} {several}{', '.join(words)}{more}".strip()


def _value_told(found: SourceFilter, value: str, zone: tzinfo) -> str:
    if found.kind is FilterKind.TIME:
        return f"{datetime.fromisoformat(value).astimezone(zone):%-d %b %Y, %H:%M %Z}"
    if found.kind is FilterKind.FLAG:
        return "yes"
    return dict(found.choices).get(value, value)


def conditions_query(
    conditions: Iterable[Condition], filters: Sequence[SourceFilter], *, zone: tzinfo
) -> list[tuple[str, str]]:
    """Write conditions as the parts of an address."""
    times = {each.name for each in filters if each.kind is FilterKind.TIME}
    parts: list[tuple[str, str]] = []
    for number, condition in enumerate(conditions, 1):
        parts.append((f"{FILTER}{number}", condition.name))
        if condition.operator:
            parts.append((f"{OPERATOR}{number}", condition.operator))
        if condition.key:
            parts.append((f"{KEY}{number}", condition.key))
        values = (condition.value,) if isinstance(condition.value, str) else condition.value
        parts += [
            (f"{VALUE}{number}", time_local(value, zone) if condition.name in times else value) for value in values
        ]
    return parts


def time_local(value: str, zone: tzinfo) -> str:
    """Write a time as a picker of the tenant's clock has it; what is no time stays as it is."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if moment.tzinfo is None:
        return value
    return time_written(moment.astimezone(zone))
