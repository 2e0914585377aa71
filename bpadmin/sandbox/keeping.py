"""Keeps a tenant in a folder, so that the demo holds what was uploaded yesterday, and after a kill -9 as well.

The folder has a snapshot of everything, and a journal of the calls since that changed something. A call is in the
journal before its answer leaves, so whatever a client was told is there after any kind of end; what was applied and
not yet in the journal was never answered. Journals are replayed at the clock of their calls.
"""

from __future__ import annotations

import io
import pickle
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bpadmin.sandbox.state.formats import Field
from bpadmin.sandbox.state.tenant import Tenant

# Beyond this a new snapshot is cheaper than the replay of the journal would be.
JOURNAL_LIMIT = 32 * 1024 * 1024
# To be raised whenever what a snapshot holds changes its shape, such as the blocks of rows.
VERSION = 6
_FIELD_PARTS = ("name", "type", "required", "searchable", "skip", "key", "extras")


@dataclass(frozen=True, slots=True)
class Noted:
    """A call from the journal; `now` is the tenant's clock in milliseconds, `user` who called ("": no user of ours)."""

    now: int
    user: str
    verb: str
    target: str
    body: bytearray


_LOCK = type(threading.RLock())


class _Pickler(pickle.Pickler):
    def reducer_override(self, thing: Any) -> Any:
        if isinstance(thing, Field):  # holds compiled rules, which are made again from the rest
            return Field, tuple(getattr(thing, part) for part in _FIELD_PARTS)
        if isinstance(thing, _LOCK):
            return threading.RLock, ()
        return NotImplemented


class Keeper:
    """The folder of one tenant. `load` first; then `note` every call and `keep` now and then."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._number = 0
        self._journal: io.FileIO | None = None
        self._written = 0

    def load(self) -> Tenant | None:
        """Return the tenant of the last snapshot; None when there is none, or none that this version can read."""
        file = self._folder / "snapshot"
        if not file.exists():
            return None
        try:
            with file.open("rb") as handle:
                version, self._number, tenant = pickle.load(handle)  # noqa: S301 (our own file, in a folder of our own)
            if version != VERSION:
                raise ValueError(f"it is of version {version}, not {VERSION}")
        except Exception as exc:  # noqa: BLE001 (a snapshot of another version fails in any way it likes)
            aside = self._folder / f"unreadable-{int(time.time())}"
            file.rename(aside)
            print(f"what the sandbox kept cannot be read ({exc}); it is now {aside}", file=sys.stderr)
            return None
        return tenant if isinstance(tenant, Tenant) else None

    def noted(self) -> Iterator[Noted]:
        """Return the calls since the snapshot, in order; one that was cut off in writing was never answered."""
        try:
            handle = self._journal_file(self._number).open("rb")
        except FileNotFoundError:
            return
        with handle:
            while head := handle.readline():
                try:
                    now, user, verb, target, length = orjson.loads(head)
                except (orjson.JSONDecodeError, ValueError):
                    return
                body = bytearray(handle.read(length))
                if len(body) < length:
                    return
                yield Noted(now, user, verb, target, body)

    def note(self, call: Noted) -> bool:
        """Write a call to the journal; tells whether it is time to `keep`. The caller holds the tenant's lock."""
        if self._journal is None:
            return True
        parts = [call.now, call.user, call.verb, call.target, len(call.body)]
        head = orjson.dumps(parts, option=orjson.OPT_APPEND_NEWLINE)
        self._journal.write(head + call.body)
        self._written += len(head) + len(call.body)
        return self._written > JOURNAL_LIMIT

    def keep(self, tenant: Tenant) -> None:
        """Take a snapshot and begin a new journal. The caller holds the tenant's lock."""
        following = self._number + 1
        fresh = self._folder / "snapshot.new"
        with fresh.open("wb") as handle:
            _Pickler(handle, protocol=pickle.HIGHEST_PROTOCOL).dump((VERSION, following, tenant))
        journal = self._journal_file(following).open("wb", buffering=0)
        fresh.replace(self._folder / "snapshot")
        if self._journal is not None:
            self._journal.close()
        self._journal_file(self._number).unlink(missing_ok=True)
        self._journal, self._number, self._written = journal, following, 0

    def _journal_file(self, number: int) -> Path:
        return self._folder / f"journal-{number}"
