"""A source as it is looked at: whatever its server answers ends in words, and what it lists is bounded."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bpadmin.feeds.naming import Wanted, name_fault
from bpadmin.feeds.sources.base import Entry, Place, Source, SourceAway, oldest_first
from bpadmin.storage.troubles import StorageAway

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

log = logging.getLogger(__name__)

LARGEST_SIZE = 2**62
# Times beyond these are no times of files, and some of them fit into no column.
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
SHOWN = 60


@contextmanager
def source_opened(
    source: Source, tenant: Tenant, address: Mapping[str, str], secrets: Mapping[str, str]
) -> Iterator[Place]:
    """Open a source. Raises SourceAway, and nothing else for what a server does."""
    where = source.words(address)
    opening = source.place(tenant, address, secrets)
    with _understood(where):
        place = opening.__enter__()
    try:
        yield OpenedPlace(place, where)
    finally:
        # What was read is there, or the reason why not is on its way: that a server does not let us go says no more.
        try:
            opening.__exit__(None, None, None)
        except Exception:
            log.info("%s was not left in good order", where, exc_info=True)


@contextmanager
def _understood(where: str, ours: list[Exception] | None = None) -> Iterator[None]:
    """Turn what a library raises at a server's odd answer into SourceAway; `ours` is what was raised on this side."""
    try:
        yield
    except (SourceAway, StorageAway):
        raise
    except Exception as error:
        if ours:
            raise
        log.warning("%s answered what cannot be understood", where, exc_info=True)
        said = (str(error).strip().splitlines() or [""])[0][:200]
        told = f"{type(error).__name__}: {said}" if said else type(error).__name__
        raise SourceAway(
            f"{where} answered what cannot be understood ({told}). Nothing was taken. Ask its owner what answers there."
        ) from error


class OpenedPlace(Place):
    """A place whose listing holds only what a file can be, and whose errors are all words."""

    def __init__(self, place: Place, where: str) -> None:
        self._place, self._where = place, where

    def entries(self, wanted: Wanted) -> list[Entry]:
        """Return the files that are meant, oldest first. Raises SourceAway where all of them have impossible names."""
        with _understood(self._where):
            found = self._place.entries(wanted)
            fitting = oldest_first([_bounded(each) for each in found if not name_fault(each.name)])
        if found and not fitting:
            name = found[0].name
            raise SourceAway(
                f"A file there is named {name[:SHOWN]!a}{'…' if len(name) > SHOWN else ''}, and a file's name "
                f"cannot {name_fault(name)}. It was not taken. Have it renamed."
            )
        return fitting

    def has(self, name: str) -> bool:
        """Return whether there is a file of exactly this name."""
        with _understood(self._where):
            return self._place.has(name)

    def fetch(self, entry: Entry, sink: Callable[[bytes], Any]) -> None:
        """Hand the whole file over in pieces; what `sink` raises comes as it is."""
        ours: list[Exception] = []

        def take(data: bytes) -> None:
            try:
                sink(data)
            except Exception as error:
                ours.append(error)
                raise

        try:
            with _understood(self._where, ours):
                self._place.fetch(entry, take)
        except Exception:
            if ours:
                raise ours[0] from None
            raise


def _bounded(entry: Entry) -> Entry:
    """Return an entry whose size and time a column takes; what is beyond is not known."""
    size, moment = entry.size, entry.modified
    if size is not None and not 0 <= size <= LARGEST_SIZE:
        size = None
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if moment is not None and not FIRST <= moment <= LAST:
        moment = None
    return replace(entry, size=size, modified=moment)
