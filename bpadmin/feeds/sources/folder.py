"""Files in a folder of this machine, beneath what the operator allows: `<root>/<tenant>/`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from bpadmin.feeds.naming import Wanted
from bpadmin.feeds.sources.base import (
    MOST_ENTRIES,
    Entry,
    Place,
    Setting,
    Source,
    SourceAway,
    SourceRefused,
    moment_read,
    oldest_first,
    pieces,
)

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant


class FolderSource(Source):
    """A folder that is watched; every machine with workers must see the same one."""

    key = "folder"
    label = "A folder on this server"
    help = "Files that somebody copies, or another program writes, into a folder that the operator has set up."
    requests = 0
    settings = (
        Setting("folder", "Folder", "Beneath the tenant's own folder, such as crm/leads; empty for that one itself."),
    )

    def check(self, tenant: Tenant, address: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
        """Refuse a folder that is not beneath the tenant's own."""
        kept = super().check(tenant, address, secrets)
        try:
            folder_of(tenant, kept["folder"])
        except SourceAway as away:
            raise SourceRefused(str(away), "folder") from away
        return kept

    def words(self, address: Mapping[str, str]) -> str:
        """Say which folder."""
        return f"the folder {address['folder']}" if address.get("folder") else "the tenant's own folder"

    @contextmanager
    def place(self, tenant: Tenant, address: Mapping[str, str], secrets: Mapping[str, str]) -> Iterator[Place]:
        """Open it."""
        yield FolderPlace(folder_of(tenant, address.get("folder", "")))


def folder_of(tenant: Tenant, name: str) -> Path:
    """Return a folder beneath the tenant's own, wherever links lead. Raises SourceAway."""
    if not settings.FEED_FOLDER:
        raise SourceAway("No folder is set up for feeds here. The operator names one in BPADMIN_FEED_FOLDER.")
    root = (Path(settings.FEED_FOLDER) / tenant.slug).resolve()
    if "\0" in name:
        raise SourceAway("That is no name of a folder.")
    folder = (root / name.strip("/")).resolve()
    if not folder.is_relative_to(root):
        raise SourceAway("The folder must lie beneath the tenant's own; a name with .. or a link leads out of it.")
    if not folder.is_dir():
        raise SourceAway(f"There is no folder {tenant.slug}/{name.strip('/')} for feeds. Make it first.")
    return folder


class FolderPlace(Place):
    """The folder, open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entries(self, wanted: Wanted) -> list[Entry]:
        """Return the plain files that are meant."""
        found = []
        try:
            with os.scandir(self.folder) as listing:
                for each in listing:
                    if wanted.fits(each.name) and each.is_file(follow_symlinks=False):
                        state = each.stat(follow_symlinks=False)
                        moment = moment_read(state.st_mtime)
                        found.append(Entry(each.name, state.st_size, moment, f"{state.st_mtime_ns}"))
                        if len(found) > MOST_ENTRIES:
                            raise SourceAway(f"More than {MOST_ENTRIES:,} files fit the pattern. Say it closer.")
        except OSError as error:
            raise SourceAway(f"The folder cannot be read: {error.strerror}.") from error
        return oldest_first(found)

    def has(self, name: str) -> bool:
        """Look for a file."""
        return (self.folder / name).is_file()

    def fetch(self, entry: Entry, sink: Callable[[bytes], Any]) -> None:
        """Read it; a link is not followed."""
        try:
            handle = os.open(self.folder / entry.name, os.O_RDONLY | os.O_NOFOLLOW)
            with os.fdopen(handle, "rb") as file:
                pieces(file, sink)
        except OSError as error:
            raise SourceAway(f"{entry.name} cannot be read: {error.strerror}.") from error
