"""manage.py campaign_settings TENANT CAMPAIGN: show how a campaign dials, or change it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import campaign_find
from bpadmin.platforms.base import Capability
from bpadmin.tenants.management.base import CommandRefused, Result
from bpadmin.tenants.models import Tenant
from campaigns.management.base import SHELL, CampaignCommand, told
from campaigns.settings.forms import METHODS, MODES, SettingsForm
from campaigns.settings.services import details_now, settings_change, settings_told

NUMBERS = ("no_answer_seconds", "overdial_percent", "initial_overdial_percent", "concurrent_calls")


class Command(CampaignCommand):
    """Show or change the settings of a campaign."""

    help = "Print how a campaign dials, with teams and caller IDs; with options, change it."
    needs = Capability.CAMPAIGN_SETTINGS

    def add_arguments(self, parser: CommandParser) -> None:
        """Add an option for each setting."""
        super().add_arguments(parser)
        parser.add_argument("--name", help="a new name")
        parser.add_argument("--enabled", choices=("yes", "no"))
        parser.add_argument("--mode", choices=[mode.value for mode, _ in MODES])
        for name in NUMBERS:
            parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N")
        parser.add_argument("--adjusts-overdial", choices=("yes", "no"))
        parser.add_argument("--caller-id-method", choices=[method.value for method, _ in METHODS])
        parser.add_argument("--default-caller-id", metavar="NUMBER")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Print the settings, or change those that were given."""
        campaign = campaign_find(tenant=tenant, name_or_id=options["campaign"])
        details = details_now(tenant=tenant, campaign_id=campaign.id)
        before = settings_told(details)
        given = {name: options[name] for name in before if options.get(name) is not None}
        given |= {name: given[name] == "yes" for name in ("enabled", "adjusts_overdial") if name in given}
        if not given:
            for name, value in before.items():
                self.say(f"{name:<26}{value}")
            teams = [asdict(team) for team in details.teams or ()]
            numbers = [asdict(each) for each in details.caller_ids or ()]
            data = {"tenant": tenant.slug, "id": campaign.id, "settings": before, "teams": teams, "caller_ids": numbers}
            return Result(data)
        form = SettingsForm({**before, **given}, details=details)
        if not form.is_valid():
            raise CommandRefused(
                " ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())
            )
        wanted = {name: form.cleaned_data.get(name) for name in given}
        act = settings_change(tenant=tenant, campaign=campaign, wanted=wanted, actor=SHELL)
        return told(self, act, {"tenant": tenant.slug, "id": campaign.id, **dict(act.details)})
