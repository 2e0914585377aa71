"""What a job on a Do Not Call list keeps: what a person said of its file, and what its running job remembers."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, ClassVar

from django.db import models

from bpadmin.jobs.handlers import structure_read
from bpadmin.jobs.models import Job
from bpadmin.jobs.options import FileOptions, JobRemote, stored
from dnc.entries.ledger import Dates
from dnc.files.columns import ACTION, CHANGE, EXPIRES


class Way(models.TextChoices):
    """How a list's contents are replaced."""

    DIFFERENCE = "difference", "Add what is new, then remove what is gone"
    EMPTYING = "emptying", "Empty the list, then add the whole file"


def _dates_read(data: Any) -> Dates:
    return Dates(**{name: date.fromisoformat(text) for name, text in (data or {}).items()})


def _dates_write(dates: Dates) -> dict[str, str]:
    values = {each.name: getattr(dates, each.name) for each in fields(dates)}
    return {name: value.isoformat() for name, value in values.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysOptions(FileOptions):
    """What was said of keys for a Do Not Call list, `dnc_list` by its number here.

    `comment` goes to rows without one of their own, `dates` to all; `way` is how a replacement is done. `go_on`: a
    person has said, after the sending, that what is gone is to be removed although not every row was taken. `home` is
    the country of numbers that are written without its code, `take` are the values of the column that is mapped to
    PICK, by which rows are taken. `source`
    and `on` (ISO date) are set where no file but the day that has come made the job.
    """

    LIVE: ClassVar[frozenset[str]] = FileOptions.LIVE | {"go_on"}

    dnc_list: int = 0
    comment: str = ""
    way: Way = field(default=Way.DIFFERENCE, metadata=stored(lambda data: Way(data or Way.DIFFERENCE), str))
    dates: Dates = field(default=Dates(), metadata=stored(_dates_read, _dates_write))
    go_on: bool = False
    home: str = ""
    take: tuple[str, ...] = field(default=(), metadata=stored(lambda data: tuple(map(str, data or ())), list))
    source: str = ""
    on: str = ""

    def told(self) -> dict[str, str]:
        """Put the choices in words, by the name of each; what is done is told by the kind of job."""
        told = FileOptions.told(self)
        return {
            "the columns": told["the columns"],
            "the way to replace": self.way.label,
            "the comment": self.comment,
            "the end date": self.dates.expires_on.isoformat() if self.dates.expires_on else "",
            "the country of the numbers": self.home,
            "the rows that are taken": ", ".join(self.take),
            "how the file is read": told["how the file is read"],
        }

    @property
    def is_change_list(self) -> bool:
        """Return whether the file says of each row whether it is added or removed."""
        return not {ACTION, CHANGE}.isdisjoint(self.mapping.values())

    @property
    def has_ends(self) -> bool:
        """Return whether a column holds the days on which entries end."""
        return EXPIRES in self.mapping.values()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysRemote(JobRemote):
    """What such a job remembers: its `source` in the ledger; that the list was `emptied`, and of how many keys."""

    source: int | None = None
    emptied: bool = False
    deleted: int | None = None


def keys_options(job: Job) -> KeysOptions:
    """Return what was said of a job's keys. Raises JobRefused."""
    return structure_read(KeysOptions, job.options, job)


def keys_remote(job: Job) -> KeysRemote:
    """Return what a job remembers of its list. Raises JobRefused."""
    return structure_read(KeysRemote, job.remote, job)
