"""manage.py dnc_add TENANT DNC (KEY… | --file FILE): add to a Do Not Call list, and see that it is done."""

from __future__ import annotations

from bpadmin.jobs.models import JobKind
from dnc.changing_command import ChangingCommand


class Command(ChangingCommand):
    """Add to a Do Not Call list."""

    help = "Add to a Do Not Call list: keys on the command line, or a file."
    kind = JobKind.DNC_ADD
