"""Signs of life as files: their date can be asked for by a shell, without starting Python."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path


def alive_touch(part: str) -> None:
    """Date the file of a part (`bpadmin-worker`, `bpadmin-beat` in the temporary folder) as of now."""
    with suppress(OSError):  # a full disk is told elsewhere
        (Path(tempfile.gettempdir()) / f"bpadmin-{part}").touch()
