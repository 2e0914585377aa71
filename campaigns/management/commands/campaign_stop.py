"""manage.py campaign_stop TENANT CAMPAIGN: stop a campaign by its name or id."""

from __future__ import annotations

from campaigns.commands import ChangeCommand
from campaigns.services import campaign_stop


class Command(ChangeCommand):
    """Stop a campaign."""

    help = "Stop a campaign. Exit code 0 when this command stopped it, 1 when it was refused or is not known to stand."

    service = staticmethod(campaign_stop)
