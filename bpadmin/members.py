"""The members of a thing as a platform describes it, in groups and searchable: nothing that came is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bpadmin.platforms.sources import ColumnKind, SourceColumn

OTHER = "Other"


@dataclass(frozen=True, slots=True)
class Member:
    """One member: `name` is the platform's, `label` ours where the documents tell what it means."""

    name: str
    label: str
    kind: ColumnKind
    value: Any

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to show; 0 and false are something."""
        return self.value is None or self.value == "" or self.value == [] or self.value == {}


@dataclass(frozen=True, slots=True)
class MemberGroup:
    """Members that belong together, in the documents' order."""

    name: str
    members: tuple[Member, ...]

    @property
    def filled(self) -> tuple[Member, ...]:
        """Those with a value."""
        return tuple(member for member in self.members if not member.is_empty)

    @property
    def empty(self) -> tuple[Member, ...]:
        """Those without one."""
        return tuple(member for member in self.members if member.is_empty)


def members_grouped(
    members: Mapping[str, Any], columns: Sequence[SourceColumn], *, query: str = ""
) -> list[MemberGroup]:
    """Group members by what is known of them, unknown ones last; `query` is looked for in name, label and value."""
    known = {column.name: column for column in columns}
    ordered = [column for column in columns if column.name in members]
    ordered += [SourceColumn(name, group=OTHER) for name in members if name not in known]
    groups: dict[str, list[Member]] = {}
    for column in ordered:
        member = Member(column.name, column.label or column.name, column.kind, members[column.name])
        if _is_found(query, member):
            groups.setdefault(column.group or OTHER, []).append(member)
    # What nobody knows comes last, also where the documents themselves call something "Other".
    names = sorted(groups, key=lambda name: name == OTHER)
    return [MemberGroup(name, tuple(groups[name])) for name in names]


def _is_found(query: str, member: Member) -> bool:
    wanted = query.strip().casefold()
    return not wanted or any(wanted in str(text).casefold() for text in (member.name, member.label, member.value))
