"""The files of editions in storage, and the manifest beside each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePath
from typing import BinaryIO, cast

from django.core.files.storage import default_storage

from bpadmin.reports.models import Edition
from bpadmin.web.downloads import FileGone

FOLDER = "reports"
GONE = "The file of this report is no longer kept. Have the report made again."


def edition_open(edition: Edition) -> BinaryIO:
    """Open the file of an edition, as long as it is as it was made. Raises FileGone, StorageAway and OSError."""
    if not edition.path:
        raise FileGone(GONE if edition.sha256 else edition.sentence or "This report has no file yet.")
    try:
        file = default_storage.open(edition.path, "rb")
    except FileNotFoundError as error:
        raise FileGone(GONE) from error
    if file.size != edition.size:
        file.close()
        raise FileGone("The file of this report is not as it was made. Have the report made again.")
    return cast(BinaryIO, file)


def manifest_bytes(edition: Edition) -> bytes:
    """Return the manifest as a file."""
    return (json.dumps(edition.manifest, indent=2, ensure_ascii=False, default=str) + "\n").encode()


def manifest_name(edition: Edition) -> str:
    """Return the manifest's name beside the file."""
    return f"{PurePath(edition.file_name).name}.manifest.json"


def files_forget(editions: Iterable[Edition]) -> int:
    """Remove the files of editions that are their own; those of exports go with their job. Returns how many."""
    count = 0
    for edition in editions:
        if edition.path.startswith(f"{FOLDER}/"):
            default_storage.delete(edition.path)
            count += 1
        if edition.path:
            Edition.objects.filter(pk=edition.pk).update(path="")
    return count
