"""What feeds go into: calling lists and Do Not Call lists; the screens register theirs when their apps are ready.

A target takes a file by the very same services as its upload page: the same job, check, questions and log.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, BinaryIO

from django.utils.module_loading import import_string

from bpadmin.platforms.base import Capability
from bpadmin.tenants.models import Role

if TYPE_CHECKING:
    from bpadmin.dialler.types import Actor
    from bpadmin.feeds.models import Feed, FeedRun
    from bpadmin.jobs.models import Job
    from bpadmin.tenants.models import Tenant


class TargetRefused(Exception):
    """A file cannot be taken, or not be sent; the message is a sentence, `field` names the input at fault.

    `guard` is the one that this is told by, where it is about a file.
    """

    def __init__(self, message: str, field: str = "", *, guard: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.guard = guard


@dataclass(frozen=True, slots=True)
class Aim:
    """What a feed goes into, found by what a person typed, and its options as they are kept."""

    target_id: str
    target_name: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice for a target; `values` are what may be chosen, with words; empty where any text may be typed."""

    name: str
    label: str
    values: tuple[tuple[str, str], ...] = ()
    help: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the check of a file asks. `choice` names the option that answers it, "" where a yes does."""

    name: str
    sentence: str
    choice: str = ""


class FeedTarget:
    """One kind of target. `then` are kinds of plans that may follow when a file is in."""

    key = ""
    label = ""
    icon = "list"
    needs: Capability = Capability.RECORDS_ADD
    role = Role.SUPERVISOR
    choices: tuple[Choice, ...] = ()
    then: tuple[str, ...] = ()

    def choices_of(self, tenant: Tenant) -> tuple[Choice, ...]:
        """Return the choices with the values that the tenant's platform has."""
        return self.choices

    def names(self, tenant: Tenant) -> list[str]:
        """Return the names that are proposed while somebody types; asks nobody."""
        return []

    def aim(self, tenant: Tenant, *, name: str, options: Mapping[str, str]) -> Aim:
        """Find the target and look at the options. Raises TargetRefused, LookupRefused and PlatformError."""
        raise TypeError(f"{type(self).__name__} must implement aim()")

    def url(self, feed: Feed) -> str:
        """Return the address of the target's page, "" where it has none."""
        return ""

    def words(self, feed: Feed) -> str:
        """Say what is done with its files, as it completes "to …"."""
        raise TypeError(f"{type(self).__name__} must implement words()")

    def take(self, feed: Feed, *, file_name: str, stream: BinaryIO, actor: Actor) -> Job:
        """Store an arriving file as a DRAFT. Raises TargetRefused, and then nothing stays."""
        raise TypeError(f"{type(self).__name__} must implement take()")

    def configure(self, feed: Feed, job: Job, *, answers: Mapping[str, str], actor: Actor) -> None:
        """Say of the file what the feed's options say, `answers` before them. Raises TargetRefused."""
        raise TypeError(f"{type(self).__name__} must implement configure()")

    def questions(self, feed: Feed, job: Job) -> list[Asked]:
        """Return what the check asks and the feed's options do not answer."""
        raise TypeError(f"{type(self).__name__} must implement questions()")

    def send(self, feed: Feed, job: Job, *, accepted: Collection[str], actor: Actor) -> Job:
        """Have a checked job sent; `accepted` are the names of what a person said yes to. Raises TargetRefused."""
        raise TypeError(f"{type(self).__name__} must implement send()")

    def keys(self, job: Job) -> Iterator[bytes]:
        """Yield what names each record that a checked job would send."""
        raise TypeError(f"{type(self).__name__} must implement keys()")

    def numbers(self, job: Job) -> Iterator[bytes]:
        """Yield the numbers that a checked job would have called. Raises JobRefused."""
        return iter(())

    def live_jobs(self, feed: Feed) -> list[tuple[str, Job]]:
        """Return the names of the other lists that are being dialled, each with the last job that filled it."""
        return []

    def done(self, run: FeedRun, job: Job, actor: Actor) -> None:
        """Do what follows from a file that is in, besides a plan."""

    def requests(self, feed: Feed, rows: int) -> int:
        """Estimate how many requests a file of so many rows costs the dialler."""
        return 3 + -(-rows // max(feed.tenant.chunk_size, 1))


_paths: dict[str, str] = {}


def feed_targets_register(paths: Mapping[str, str]) -> None:
    """Name FeedTargets by their keys, as "app.module.Class"; each is imported when it is first needed."""
    _paths.update(paths)


def target_of(key: str) -> FeedTarget | None:
    """Return a target, None where nobody offers it (any more)."""
    return _target(_paths[key]) if key in _paths else None


def targets() -> list[FeedTarget]:
    """Return all targets, in the order in which they were registered."""
    return [_target(path) for path in _paths.values()]


@cache
def _target(path: str) -> FeedTarget:
    target: FeedTarget = import_string(path)()
    return target
