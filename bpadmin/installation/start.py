"""What every process that serves or sends looks at when it starts; what it finds is said in the log and in health."""

from __future__ import annotations

import logging

from django.db import Error

from bpadmin.installation.files import files_problem
from bpadmin.installation.hold import hold_reason
from bpadmin.installation.identity import identity_check

log = logging.getLogger(__name__)


def start_check() -> bool:
    """Look whether the database is the one of the last start and the files can be written; True where it is another.

    Never raises: a database that does not answer yet is looked at by whoever asks it next.
    """
    is_another = False
    try:
        is_another = bool(identity_check())
        if reason := hold_reason():
            log.warning("nothing is sent: %s", reason)
        if problem := files_problem():
            log.error("%s", problem)
    except Error as error:
        log.warning("the database could not be asked at the start: %s", error)
    return is_another
