"""manage.py tenant_reencrypt"""

from __future__ import annotations

from typing import Any

from bpadmin.installation.encryption import SecretUnreadable
from bpadmin.tenants.management.base import CommandRefused, PlainCommand, Result
from bpadmin.tenants.services import tenants_reencrypt


class Command(PlainCommand):
    """Encrypt all stored secrets with the newest key."""

    help = (
        "Encrypt all stored secrets with the first key of BPADMIN_ENCRYPTION_KEY. To replace a key: put the new one in "
        "front of the old one with a comma between them, restart, run this, take the old one away, restart."
    )

    def run(self, options: dict[str, Any]) -> Result:
        """Encrypt anew and say how many."""
        try:
            count = tenants_reencrypt()
        except SecretUnreadable as exc:
            raise CommandRefused(str(exc)) from exc
        self.say(f"Secrets of {count} tenants are now encrypted with the newest key.")
        return Result({"tenants": count})
