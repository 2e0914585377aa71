"""manage.py list_create TENANT NAME (--like LIST | --format FILE.json): make an empty list."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import list_find
from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Act, Actor
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import FieldSpec
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant
from lists.formats.format_file import format_read
from lists.manage.create import CreationRefused, list_create_like, list_create_with_format

SHELL = Actor(name="shell")


class Command(TenantCommand):
    """Make an empty calling list, of another list's format or with fields from a JSON file."""

    help = "Make an empty calling list, of another list's format or with fields from a JSON file."
    needs = Capability.LIST_CREATE
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, LookupRefused, CreationRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add NAME and where the fields come from."""
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME", help="name of the new list")
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--like", metavar="LIST", help="name or id of the list whose format the new one gets")
        source.add_argument(
            "--format",
            metavar="FILE.json",
            help='a JSON object {"name": …, "fields": [{"name": …, "type": …, "key": …}, …]}; members are named as '
            "the vendor names them (phoneType, format, timeZone, …) or phone_type, date_format, time_zone, …",
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Make the list and print its id."""
        name = options["name"]
        if options["like"]:
            like = list_find(tenant=tenant, name_or_id=options["like"])
            act = list_create_like(tenant=tenant, name=name, like=like, actor=SHELL)
        else:
            format_name, fields = _format_read(options["format"])
            act = list_create_with_format(
                tenant=tenant, name=name, format_name=format_name or name, fields=fields, actor=SHELL
            )
        return self._told(tenant, name, act)

    def _told(self, tenant: Tenant, name: str, act: Act) -> Result:
        data = {"tenant": tenant.slug, "name": name, "id": act.id, "outcome": act.outcome.value}
        if not act.is_done:
            raise CommandRefused(act.sentence, **data)
        self.say(f"{act.sentence} Its id is {act.id}.")
        return Result({**data, "message": act.sentence})


def _format_read(path: str) -> tuple[str, list[FieldSpec]]:
    try:
        return format_read(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CommandRefused(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise CommandRefused(f"{path} is not a format: {error}.") from error
