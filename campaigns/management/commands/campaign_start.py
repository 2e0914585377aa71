"""manage.py campaign_start TENANT CAMPAIGN: start a campaign by its name or id."""

from __future__ import annotations

from campaigns.management.base import ChangeCommand
from campaigns.services import campaign_start


class Command(ChangeCommand):
    """Start a campaign."""

    help = "Start a campaign. Exit code 0 when it runs by this command, 1 when it was refused or is not known to run."

    service = staticmethod(campaign_start)
