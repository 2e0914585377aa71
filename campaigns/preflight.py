"""What can be said before a campaign is started or stopped, from what the platform tells about it."""

from __future__ import annotations

from dataclasses import dataclass

from bpadmin.platforms.types import Campaign, CampaignState, ListBinding


@dataclass(frozen=True, slots=True)
class Preflight:
    """A look at a campaign before the act; nothing here keeps anybody from it but what the platform would refuse."""

    campaign: Campaign
    wanted: CampaignState

    @property
    def is_pointless(self) -> bool:
        """Tell whether the campaign is in the wanted state already."""
        return self.campaign.state == self.wanted

    @property
    def is_impossible(self) -> bool:
        """Tell whether the platform would refuse: a disabled campaign can be neither started nor stopped."""
        return self.campaign.enabled is False

    @property
    def enabled_lists(self) -> tuple[ListBinding, ...]:
        """Give the lists that will be dialled, in the order in which the dialler takes them."""
        enabled = [binding for binding in self.campaign.lists or () if binding.enabled]
        return tuple(sorted(enabled, key=lambda binding: (binding.order, binding.list_name)))

    @property
    def records(self) -> int:
        """Count the records in the enabled lists."""
        return sum(binding.total_records or 0 for binding in self.enabled_lists)

    @property
    def has_nothing_to_dial(self) -> bool:
        """Tell whether it is known that no enabled list holds a record."""
        return self.campaign.lists is not None and all(binding.total_records == 0 for binding in self.enabled_lists)

    @property
    def has_no_dnc(self) -> bool:
        """Tell whether it is known that no Do-Not-Call list protects this campaign."""
        return self.campaign.dnc_lists is not None and not self.campaign.dnc_lists
