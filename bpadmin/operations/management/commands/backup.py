"""manage.py backup"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from bpadmin.operations.backup import backup_write
from bpadmin.tenants.management.base import CommandRefused, PlainCommand, Result


class Command(PlainCommand):
    """Save rows and files into one file or stream."""

    help = (
        "Save everything but the keys into FILE (- for standard output), while everything runs. It holds personal "
        "data: encrypt it on its way, as in: manage.py backup - | age -r RECIPIENT > bpadmin.age"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the place."""
        parser.add_argument("file", metavar="FILE", help="where to; - for standard output")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> Result:
        """Write under a temporary name and rename: a backup that bears its name is whole."""
        name: str = options["file"]
        if name == "-":
            if self.is_json:
                raise CommandRefused("--json and - both want standard output; give a file's name.")
            counts = backup_write(sys.stdout.buffer, tell=self.stderr.write)
            sys.stdout.buffer.flush()
            return Result()
        path, part = Path(name), Path(f"{name}.part")
        try:
            with open(part, "wb", opener=_private) as stream:
                counts = backup_write(stream, tell=self.say)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        except BaseException as error:
            part.unlink(missing_ok=True)
            if not isinstance(error, OSError):
                raise
            raise CommandRefused(f"The backup could not be written to {name}: {error.strerror}.") from error
        return Result({"file": name, "rows": counts.rows, "files": counts.files, "missing": counts.missing})


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
