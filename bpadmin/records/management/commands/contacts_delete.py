"""manage.py contacts_delete TENANT: delete contacts by their user data, said or in a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from bpadmin.approvals.services import MANY, is_two_people
from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.records.contacts.services import EFFECT, contacts_delete, user_data_read
from bpadmin.tenants.management.base import OK, SOME_REJECTED, CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Delete contacts by their user data."""

    help = (
        "Delete contacts by their user data, where the platform offers that; user data that several contacts share is "
        "passed over. It cannot be taken back. Exit code 0: all are deleted; 3: some; 1: none."
    )
    needs = Capability.CONTACTS_DELETE

    def add_arguments(self, parser: CommandParser) -> None:
        """Add whom to delete, and the word that they are meant."""
        super().add_arguments(parser)
        add = parser.add_argument
        add("--user-data", action="append", default=[], metavar="VALUE", help="user data of a contact")
        add("--file", metavar="FILE", help="a text in UTF-8 with user data, one a line; - reads standard input")
        add("--yes", action="store_true", help="they are to be deleted; without it nothing happens")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Delete one contact after another and say what came of each."""
        wanted = user_data_read([*options["user_data"], *_lines(options["file"])])
        if not wanted:
            raise CommandRefused("Whom to delete is not said: --user-data VALUE, or --file FILE with one a line.")
        if not options["yes"]:
            raise CommandRefused(f"{EFFECT} Say --yes to delete {len(wanted):,} by their user data.")
        if len(wanted) > MANY and is_two_people(tenant):
            raise CommandRefused(
                f"{tenant.name} is under the rule of two people, and these are more than {MANY:,}. Send the file on "
                "the page of the contacts: another person approves it there."
            )
        rows = []
        for user_data, act in contacts_delete(tenant=tenant, user_data=wanted, actor=Actor(name="shell")):
            self.say(act.sentence)
            rows.append({"user_data": user_data, "outcome": act.outcome.value, "message": act.sentence})
        done = sum(row["outcome"] == "done" for row in rows)
        self.say(f"{done:,} of {len(rows):,} deleted.")
        code = OK if done == len(rows) else SOME_REJECTED if done else 1
        return Result({"tenant": tenant.slug, "asked": len(rows), "deleted": done, "contacts": rows}, code)


def _lines(path: str | None) -> Iterable[str]:
    if not path:
        return ()
    try:
        if path == "-":
            return sys.stdin.read().splitlines()
        return Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandRefused(f"{path} cannot be read: {error}") from error
