"""manage.py campaign_show TENANT CAMPAIGN: everything that the platform says of a campaign."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.platforms.base import Capability
from bpadmin.tenants.capabilities import capabilities_known
from bpadmin.tenants.commands import Result
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from campaigns.commands import CampaignCommand
from campaigns.managing import LANGUAGES, campaign_described
from campaigns.services import campaign_find


class Command(CampaignCommand):
    """Print a campaign's members and result codes."""

    help = "Print a campaign's members and result codes, on platforms that describe campaigns so."
    needs = Capability.CAMPAIGN_FIELDS

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --language."""
        super().add_arguments(parser)
        parser.add_argument("--language", default="en", choices=[value for value, _ in LANGUAGES])

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Read the campaign and its result codes, and print them."""
        found = campaign_find(tenant=tenant, name_or_id=options["campaign"])
        with tenant_client(tenant) as client:
            campaign = client.get_campaign(found.id)
            has_codes = Capability.RESULT_CODES in capabilities_known(tenant)
            codes = client.get_result_codes(found.id, language=options["language"]) if has_codes else ()
        self.say(f"{campaign.name}  {campaign.id}")
        groups, _ = campaign_described(tenant, campaign)
        for group in groups:
            self.say(f"\n{group.title}")
            for shown in group.shown:
                self.say(f"  {shown.label}: {shown.value.words}")
        if codes:
            self.say("\nResult codes")
        for code in codes:
            self.say(f"  {code.id}  {code.export_key:<12}  {code.type.value:<12}  {code.name}")
        data = {
            "tenant": tenant.slug,
            "id": campaign.id,
            "name": campaign.name,
            "fields": dict(campaign.fields),
            "result_codes": [dict(code.fields) for code in codes],
        }
        return Result(data)
