"""What an entry of the log tells besides its sentence, in words for people.

A change is stored as such: {"before": …, "after": …}; what is a list is told as a list. Until version 0.2.0 some acts
stored a change as a list of two, which their verbs tell. What only programs need, such as ids, hashes and the filter
that the sentence reads back, stays in the stored details and is not told here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bpadmin.audit.verbs import Verb

BEFORE, AFTER = "before", "after"
# Values of people's records; who may only look is told that they changed, and not from what to what.
PERSONAL = "values"
MASKED = "•••"
LONGEST, LISTED = 120, 10

_CHANGES_AS_PAIRS = frozenset({Verb.TENANT_CHANGE, Verb.MEMBER_CHANGE, Verb.DNC_CHANGE, Verb.DNC_LIST_UPDATE})
_FOR_PROGRAMS = frozenset(
    {
        *("job", "act", "instance", "instances", "sha256", "filter", "counted", "list_id", "campaign_id", "source_id"),
        *("conditions", "sources", "id", "remote_id", "what", "wanted_json", "csv"),
    }
)
_ID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9a-f]{32,}")
_LABELS = {"to_send": "rows to send", "in_reserve": "rows in reserve", "time_zone": "time zone", "base_url": "address"}


def change(before: Any, after: Any) -> dict[str, Any]:
    """Return a change as the log stores it."""
    return {BEFORE: before, AFTER: after}


def notes_told(verb: str, details: Mapping[str, Any], *, sees_values: bool = True) -> list[tuple[str, str]]:
    """Give the details of an entry as pairs of label and words; `sees_values` tells whether personal data are shown."""
    told: list[tuple[str, str]] = []
    for name, value in details.items():
        if name in _FOR_PROGRAMS:
            continue
        if name == PERSONAL and isinstance(value, Mapping):
            told += [(field, _told(verb, each, is_masked=not sees_values)) for field, each in value.items()]
            continue
        if words := _told(verb, value):
            told.append((_label(name), words))
    return told


def _told(verb: str, value: Any, *, is_masked: bool = False) -> str:
    if isinstance(value, Mapping) and value.keys() == {BEFORE, AFTER}:
        return _change(value[BEFORE], value[AFTER], is_masked=is_masked)
    if isinstance(value, list) and len(value) == 2 and verb in _CHANGES_AS_PAIRS:
        return _change(*value, is_masked=is_masked)
    if isinstance(value, Mapping):
        parts = ((_label(name), _told(verb, each)) for name, each in value.items() if name not in _FOR_PROGRAMS)
        return "; ".join(f"{name} {words}" for name, words in parts if words)
    return MASKED if is_masked else _words(value)


def _change(before: Any, after: Any, *, is_masked: bool) -> str:
    if is_masked:
        return f"{MASKED} → {MASKED}"
    return f"{_words(before) or 'nothing'} → {_words(after) or 'nothing'}"


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == "":
        return ""
    if isinstance(value, list | tuple):
        texts = [text for each in value if (text := _words(each))]
        more = f" and {len(texts) - LISTED:,} more" if len(texts) > LISTED else ""
        return ", ".join(texts[:LISTED]) + more
    if isinstance(value, Mapping):
        # A field of a list's format is known by its name.
        if "name" in value:
            return str(value["name"])
        return ", ".join(f"{_label(name)} {words}" for name, each in value.items() if (words := _words(each)))
    text = f"{value:,}" if isinstance(value, int) else str(value)
    if _ID.fullmatch(text):
        return ""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _label(name: str) -> str:
    return _LABELS.get(name, name.replace("_", " "))
