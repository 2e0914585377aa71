"""manage.py dnc_add TENANT DNC (KEY… | --file FILE): add to a Do Not Call list, and see that it is done."""

from __future__ import annotations

from dnc.kinds import DNC_ADD
from dnc.management.change import ChangingCommand


class Command(ChangingCommand):
    """Add to a Do Not Call list."""

    help = "Add to a Do Not Call list: keys on the command line, or a file."
    kind = DNC_ADD
