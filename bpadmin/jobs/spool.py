"""The spool of a job: ready request bodies, the source row number of every record, and what the check refused."""

from __future__ import annotations

from array import array

from bpadmin.jobs.models import Chunk, Job


class Spool:
    """Read side of a spool; safe to share between threads. Close it, or use it in a `with`."""

    @classmethod
    def open(cls, job: Job) -> Spool:
        """Open the spool that the check of `job` wrote."""
        raise NotImplementedError

    def body(self, chunk: Chunk) -> bytes:
        """Give a chunk's request body: a JSON array in UTF-8, ready to POST."""
        raise NotImplementedError

    def rows(self, chunk: Chunk) -> array[int]:
        """Give the source row number of each record of a chunk, in the body's order (array 'Q')."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the files."""
        raise NotImplementedError

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
