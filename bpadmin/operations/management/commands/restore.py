"""manage.py restore"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.operations.archive import ArchiveDamaged
from bpadmin.operations.backup import BackupRefused, backup_restore
from bpadmin.tenants.management.base import CommandRefused, PlainCommand, Result


class Command(PlainCommand):
    """Restore a backup into an empty database, held."""

    help = (
        "Restore what manage.py backup has saved from FILE (- for standard input) into an empty database, on whichever "
        "database it was made. Nothing is sent before the hold is released: manage.py status says what is held."
    )
    refusals: ClassVar[tuple[type[Exception], ...]] = (*PlainCommand.refusals, BackupRefused, ArchiveDamaged)
    is_on_empty_database = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the place."""
        parser.add_argument("file", metavar="FILE", help="where from; - for standard input")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> Result:
        """Restore and say what was."""
        name: str = options["file"]
        if name == "-":
            counts = backup_restore(sys.stdin.buffer, tell=self.say)
        else:
            try:
                with Path(name).open("rb") as stream:
                    counts = backup_restore(stream, tell=self.say)
            except FileNotFoundError as error:
                raise CommandRefused(f"There is no file {name}.") from error
        return Result({"rows": counts.rows, "files": counts.files})
