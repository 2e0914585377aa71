"""The groups of newer methods that a tenant has or has not, each with what pages may then offer."""

from __future__ import annotations

from bpadmin.platforms.base import Capability
from bpadmin.platforms.info import NewerGroup

DNC_GROUP = frozenset({Capability.DNC_READ, Capability.DNC_LISTS_MANAGE, Capability.DNC_BIND})
SETTINGS_GROUP = frozenset({Capability.CAMPAIGN_SETTINGS, Capability.CAMPAIGN_CLONE, Capability.CAMPAIGN_DELETE})
LISTS_GROUP = frozenset({Capability.LISTS_FETCH})
LINKS_GROUP = frozenset({Capability.LINK_GROUPS})

GROUPS = (
    NewerGroup(
        "Do Not Call lists",
        DNC_GROUP,
        "Do Not Call lists can be read back from the tenant, created, and bound to campaigns.",
        "This tenant's version of the platform does not let Do Not Call lists be read back, created or bound from "
        "here. They can be changed, and the dashboard shows what it changed itself.",
    ),
    NewerGroup(
        "Settings of campaigns",
        SETTINGS_GROUP,
        "Campaigns can be copied, deleted and set: how they dial, their dispositions, teams and caller IDs.",
        "The settings of campaigns are not offered: the tenant's version is older, no campaign is enabled that could "
        "show it, or the platform user may not read them.",
    ),
    NewerGroup(
        "Lists without a campaign",
        LISTS_GROUP,
        "Lists can be read, renamed and given an expiry, also those that no campaign has.",
        "Lists that no campaign has are not readable: the tenant's version is older, or it has no list that could show "
        "it.",
    ),
    NewerGroup(
        "Link groups",
        LINKS_GROUP,
        "Campaigns can be put into link groups, in which one follows the other.",
        "Link groups are not offered: the tenant's version is older, or the platform user may not read them.",
    ),
)
NEWER = frozenset[Capability]().union(*(group.capabilities for group in GROUPS))
