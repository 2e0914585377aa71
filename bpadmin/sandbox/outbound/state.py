"""How campaigns dial, for which teams, with which numbers and dispositions, and which follow one another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_SYSTEM = (
    ("Answering machine", "Connection problem", "CONTINUE", {"action": "WAIT", "doRetry": False, "minWaitMin": 1440}),
    ("No answer", "Connection problem", "CONTINUE", {"action": "WAIT", "doRetry": False, "minWaitMin": 60}),
    ("Number matches DNC", "Final", "DO_NOT_CALL", None),
)


@dataclass(slots=True)
class Profile:
    """The settings of one campaign beyond its lists, by the document's defaults; `teams` maps ids to skill levels."""

    mode: str = "PREVIEW"
    no_answer: int = 45
    overdial: int = 100
    adjusts: bool = True
    initial: int = 100
    concurrent: int = 1
    method: str = "DEFAULT"
    default_number: str | None = None
    teams: dict[str, int] = field(default_factory=dict)
    caller_ids: dict[str, dict[str, Any]] = field(default_factory=dict)
    dispositions: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class LinkGroup:
    """Campaigns that follow one another, by id; `serial` numbers the groups in order of creation."""

    id: str
    name: str
    serial: int
    campaigns: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Outbound:
    """All of it; `teams` and `numbers` are what the tenant has to assign."""

    teams: dict[str, str] = field(default_factory=dict)
    numbers: set[str] = field(default_factory=set)
    profiles: dict[str, Profile] = field(default_factory=dict)
    groups: dict[str, LinkGroup] = field(default_factory=dict)

    def profile(self, campaign_id: str) -> Profile:
        """Return a campaign's settings, made with the system's dispositions at the first look."""
        if campaign_id not in self.profiles:
            made = self.profiles[campaign_id] = Profile()
            for number, (name, folder, kind, rule) in enumerate(_SYSTEM):
                # The same ids each time: they are the campaign's, and no other's.
                id_ = f"{campaign_id[:-4]}D{number:03d}"
                made.dispositions[id_] = {
                    "id": id_,
                    "isSystem": True,
                    "scope": {"preview": False, "outbound": True},
                    "folder": folder,
                    "orderNumber": number,
                    "name": name,
                    "description": "",
                    "code": None,
                    "type": kind,
                    "agentCanSelect": False,
                    "agentCanReschedule": False,
                    **({"dialRule": dict(rule)} if rule else {}),
                }
        return self.profiles[campaign_id]

    def group_of(self, campaign_id: str) -> LinkGroup | None:
        """Return the link group that a campaign is in."""
        return next((group for group in self.groups.values() if campaign_id in group.campaigns), None)
