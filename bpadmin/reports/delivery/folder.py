"""Delivery into a folder of this server, beneath what the operator allows: `<root>/<tenant>/`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from bpadmin.reports.delivery.types import DeliveryFailed, DestinationRefused, Parcel
from bpadmin.web.downloads import file_write

NO_ROOT = "No folder is allowed for reports here: the operator names one with BPADMIN_REPORT_FOLDER."


def check(said: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """Return the settings as they are kept. Raises DestinationRefused."""
    folder = str(said.get("folder", "")).strip().strip("/")
    if not settings.REPORT_FOLDER:
        raise DestinationRefused(NO_ROOT)
    kept = {"folder": folder, "tenant": str(said["tenant"])}
    if "\0" in folder or _folder(kept) is None:
        raise DestinationRefused("Name a folder beneath the one that is allowed, such as daily/sales.", "folder")
    return kept


def place(kept: Mapping[str, Any]) -> str:
    """Say where it is."""
    return f"folder {kept['folder']}" if kept["folder"] else "the tenant's own folder for reports"


def send(kept: Mapping[str, Any], secret: str, parcel: Parcel) -> str:
    """Write file and manifest, each under a temporary name first; returns where. Raises DeliveryFailed."""
    if not settings.REPORT_FOLDER:
        raise DeliveryFailed(NO_ROOT)
    folder = _folder(kept)
    if folder is None:
        raise DeliveryFailed("The folder does not lie beneath the one that is allowed (any more).")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Looked at again: a link may have been put there meanwhile.
        if _folder(kept) is None:
            raise DeliveryFailed("The folder leads out of the one that is allowed.")
        for name in (parcel.name, parcel.manifest_name):
            _place_check(folder / name)
        file_write(folder / parcel.name, parcel.pieces())
        file_write(folder / parcel.manifest_name, [parcel.manifest])
    except OSError as error:
        raise DeliveryFailed(f"The folder cannot be written: {error.strerror or error}.", may_retry=True) from error
    return f"Written as {folder / parcel.name}."


def _place_check(path: Path) -> None:
    """Refuse to write through what is no plain file: a link may lead anywhere, and a pipe waits for a reader."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise DeliveryFailed(f"In the place of {path.name} lies something that is no file. Remove it.")


def _folder(kept: Mapping[str, Any]) -> Path | None:
    """Return the folder, None where it does not lie beneath the tenant's own, links followed.

    Reports of two tenants may have the same name, and what is written takes the place of what is there.
    """
    root = (Path(settings.REPORT_FOLDER) / kept["tenant"]).resolve()
    found = (root / kept["folder"]).resolve()
    return found if found == root or found.is_relative_to(root) else None
