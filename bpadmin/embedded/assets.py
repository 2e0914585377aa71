"""Collect the static files, but only when one of them changed: it is the slowest step of a start."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def assets_digest() -> str:
    """Name the present state of all source files by path, size and time of change."""
    seen = []
    for finder in get_finders():
        for path, storage in finder.list(None):
            stat = Path(storage.path(path)).stat()
            seen.append((path, stat.st_size, stat.st_mtime_ns))
    return hashlib.sha256(json.dumps(sorted(seen)).encode()).hexdigest()


def assets_collect() -> bool:
    """Bring STATIC_ROOT up to date; tell whether there was something to do."""
    mark = Path(settings.STATIC_ROOT) / ".collected"
    wanted = assets_digest()
    if mark.exists() and mark.read_text() == wanted:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(wanted)
    return True
