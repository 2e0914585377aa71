"""manage.py dnc_delete TENANT DNC (KEY… | --file FILE): remove from a Do Not Call list, and see that it is done."""

from __future__ import annotations

from dnc.kinds import DNC_DELETE
from dnc.management.change import ChangingCommand


class Command(ChangingCommand):
    """Remove from a Do Not Call list."""

    help = "Remove from a Do Not Call list: keys on the command line, or a file."
    kind = DNC_DELETE
