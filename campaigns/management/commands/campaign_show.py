"""manage.py campaign_show TENANT CAMPAIGN: everything that the platform says of a campaign."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import campaign_find
from bpadmin.platforms.base import Capability
from bpadmin.platforms.codes import codes_grouped
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from campaigns.copying.services import LANGUAGES, campaign_described, campaign_outlined
from campaigns.management.base import CampaignCommand


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
        outline = campaign_outlined(tenant, campaign)
        if outline.hours:
            self.say("\nHours of the week")
        for day, begin, end in outline.hours:
            self.say(f"  {day:<10} {f'{begin} to {end}' if begin or end else 'not set'}")
        if codes:
            self.say("\nResult codes")
        for title, meaning, those in codes_grouped(codes):
            self.say(f"  {title}: {meaning}")
            for code in those:
                self.say(f"    {code.id}  {code.export_key:<12}  {code.name}")
        data = {
            "tenant": tenant.slug,
            "id": campaign.id,
            "name": campaign.name,
            "fields": dict(campaign.fields),
            "hours": [{"day": day, "from": begin, "to": end} for day, begin, end in outline.hours],
            "flags": dict(outline.flags),
            "weights": dict(outline.weights),
            "result_codes": [dict(code.fields) for code in codes],
        }
        return Result(data)
