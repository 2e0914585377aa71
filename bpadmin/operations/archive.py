"""The form of a backup: one tar stream whose every member is hashed, and whose last member lists them all.

Members, in this order: `backup.json` (what it is), `rows/<app.Model>/<number>.json` (a part of a table),
`files/<path in storage>`, `end.json` (the SHA-256 of every member before it). A stream that was cut has no end.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import time
from collections.abc import Iterator
from typing import IO, Any

import orjson

FIRST, LAST = "backup.json", "end.json"
ROWS, FILES = "rows/", "files/"
COPY_BYTES = 1024 * 1024


class ArchiveDamaged(Exception):
    """The stream is no backup, was cut, or was changed; the message says which."""


class ArchiveWriter:
    """Writes members into a stream that need not be seekable, such as a pipe."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - see close
        self._digests: dict[str, str] = {}

    def add(self, name: str, data: bytes) -> None:
        """Add a member that is in memory."""
        self.add_file(name, io.BytesIO(data), len(data))

    def add_file(self, name: str, file: IO[bytes], size: int) -> None:
        """Add a member of `size` bytes from a file. Raises ArchiveDamaged when it has become shorter meanwhile."""
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = size, int(time.time()), 0o600
        hashed = _Hashing(file)
        try:
            self._tar.addfile(member, hashed)
        except OSError as error:
            if hashed.count >= size:
                raise
            raise ArchiveDamaged(f"{name} became shorter while it was saved.") from error
        self._digests[name] = hashed.digest.hexdigest()

    def close(self) -> None:
        """Write the list of all members, without which a backup is not whole."""
        self.add(LAST, orjson.dumps({"members": self._digests}))
        self._tar.close()


class ArchiveReader:
    """Reads members in the order in which they were written, proving each."""

    def __init__(self, stream: IO[bytes]) -> None:
        try:
            self._tar = tarfile.open(fileobj=stream, mode="r|")  # noqa: SIM115 - the caller owns the stream
        except tarfile.TarError as error:
            raise ArchiveDamaged("This is no backup of bpadmin, or it is still encrypted.") from error
        self._digests: dict[str, str] = {}

    def members(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Yield the name and contents of every member but the last; each must be read before the next is asked for.

        Raises ArchiveDamaged at the end when a member is missing, was changed, or the end itself is missing.
        """
        try:
            for member in self._tar:
                file = self._tar.extractfile(member) if member.isfile() else None
                if file is None:
                    raise ArchiveDamaged(f"The backup holds {member.name}, which is no file.")
                if member.name == LAST:
                    self._prove(orjson.loads(file.read()))
                    return
                hashed = _Hashing(file)
                yield member.name, hashed  # type: ignore[misc]
                while hashed.read(COPY_BYTES):
                    pass
                self._digests[member.name] = hashed.digest.hexdigest()
        except (tarfile.TarError, EOFError, OSError) as error:
            raise ArchiveDamaged(f"The backup is damaged: {error}") from error
        raise ArchiveDamaged("The backup ends too early: it was cut while it was made or copied.")

    def _prove(self, end: dict[str, Any]) -> None:
        told: dict[str, str] = end["members"]
        wrong = [name for name, digest in told.items() if self._digests.get(name) != digest]
        wrong += [name for name in self._digests if name not in told]
        if wrong:
            raise ArchiveDamaged(f"The backup was changed after it was made: {', '.join(wrong[:5])}.")


class _Hashing:
    """A file that hashes what is read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._file.read(size)
        except tarfile.TarError as error:
            raise ArchiveDamaged(f"The backup ends too early: {error}") from error
        self.digest.update(data)
        self.count += len(data)
        return data
