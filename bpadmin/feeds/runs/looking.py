"""Feeds that are due: looked at, what is new and complete fetched and handed to the check of its target.

The claim is the move of `Feed.next_look_at`; a file is taken by whoever moves its run on. So a message of the broker
may come twice or never, and a process may die at any point: no file is taken twice.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import IO, BinaryIO, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from bpadmin.counts import counted
from bpadmin.dialler.types import Actor
from bpadmin.feeds.models import TAKEN, UNDER_WAY, Complete, Feed, FeedRun, FeedRunState, FeedState
from bpadmin.feeds.naming import wanted_on
from bpadmin.feeds.runs.guards import Finding, Guard
from bpadmin.feeds.runs.judging import check_begin, run_hold
from bpadmin.feeds.schedule import GIVEN_UP, Awaited, awaited_last, awaited_now, feed_moments, look_next
from bpadmin.feeds.secrets import secrets_read
from bpadmin.feeds.services import (
    FeedRefused,
    feed_hold_by_itself,
    feed_role_check,
    orphans_hold,
    owner_actor,
    owner_refusal,
    source_named,
    target_offered,
)
from bpadmin.feeds.sources.base import Entry, Place, SourceAway
from bpadmin.feeds.sources.opened import source_opened
from bpadmin.feeds.targets import TargetRefused
from bpadmin.installation.encryption import SecretUnreadable
from bpadmin.installation.hold import hold_reason
from bpadmin.jobs.models import JobState
from bpadmin.pace import scaled
from bpadmin.storage.local_work import work_folder
from bpadmin.storage.troubles import StorageAway
from bpadmin.tenants.models import Role

AT_ONCE = 100
# A file whose size is watched is looked at again after so long, however seldom its feed is.
SETTLE = timedelta(seconds=scaled(60.0, least=1.0))
# What is fetched says so this often; what does not for longer was interrupted.
BEAT = timedelta(seconds=30)
INTERRUPTED = timedelta(minutes=10)
# Files that lay there long before the feed was made are not what it was made for.
BEFORE_FEED = timedelta(days=1)
ASKED_FOR = timedelta(hours=1)
PACKED = (b"PK", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"BZh", b"\xfd7zXZ")


def feeds_sweep(*, now: datetime | None = None) -> tuple[list[int], list[int]]:
    """Claim the feeds that are due; returns them, and the runs that somebody should go on with.

    While the installation is held nothing is claimed.
    """
    now = now or timezone.now()
    _interrupted_end(now)
    if hold_reason():
        return [], []
    orphans_hold()
    due = Feed.objects.filter(state=FeedState.ACTIVE, next_look_at__lte=now).select_related("tenant", "calendar")
    feeds = [feed.pk for feed in due.order_by("next_look_at")[:AT_ONCE] if _claim(feed, now)]
    # A held file's job may be sent, or cancelled, on a page of its own, or by its age.
    elsewhere = Q(job__started_at__isnull=False) | Q(job__state=JobState.CANCELLED)
    open_ = Q(state__in=UNDER_WAY) | Q(state=FeedRunState.SENT, is_followed=False)
    open_ |= Q(state=FeedRunState.HELD) & elsewhere
    runs = FeedRun.objects.filter(open_).exclude(state=FeedRunState.FETCHING)
    return feeds, list(runs.order_by("found_at", "pk").values_list("pk", flat=True)[:AT_ONCE])


def _claim(feed: Feed, now: datetime) -> bool:
    following = now + timedelta(minutes=feed.every_minutes)
    return bool(Feed.objects.filter(pk=feed.pk, next_look_at=feed.next_look_at).update(next_look_at=following))


def _interrupted_end(now: datetime) -> None:
    """Have what a process that died was fetching looked for again."""
    dead = FeedRun.objects.filter(state=FeedRunState.FETCHING, claimed_at__lt=now - INTERRUPTED, job=None)
    dead.filter(is_dry=False).exclude(remote_key="").update(state=FeedRunState.FOUND, seen_key="")
    words = "bpadmin stopped while the file was fetched. Ask for it again."
    dead.update(state=FeedRunState.FAILED, sentence=words, ended_at=now)


def feed_look(*, feed_id: int, now: datetime | None = None) -> list[FeedRun]:
    """Look at a feed's source and take what is complete; returns the runs of the files that are meant now."""
    now = now or timezone.now()
    feed = Feed.objects.select_related("tenant", "calendar", "owner").filter(pk=feed_id, state=FeedState.ACTIVE).first()
    if feed is None or hold_reason():
        return []
    if why := owner_refusal(feed):
        feed_hold_by_itself(feed, why, is_orphan=feed.owner is None)
        return []
    awaited = awaited_now(feed, now)
    runs: list[FeedRun] = []
    if awaited is not None:
        try:
            runs, passed = _looked(feed, awaited, now)
            none = f"No file fits {wanted_on(feed.pattern, awaited.day).pattern} yet."
            note = _words(runs) if runs else _passed_words(passed) or none
            failures = 0
        except (SourceAway, StorageAway, SecretUnreadable, FeedRefused) as away:
            note, failures = str(away), feed.failures + 1
        _missing_note(feed, now)
        Feed.objects.filter(pk=feed.pk).update(note=note, failures=failures, looked_at=now)
    following = look_next(feed, now)
    if any(run.state == FeedRunState.FOUND for run in runs):
        following = min(following or now + SETTLE, now + SETTLE)
    Feed.objects.filter(pk=feed.pk, state=FeedState.ACTIVE).update(next_look_at=following)
    return runs


def _words(runs: list[FeedRun]) -> str:
    return " ".join(f"{run.file_name}: {FeedRunState(run.state).label.lower()}." for run in runs[:5])


def _passed_words(passed: list[str]) -> str:
    """Say of files that fit why none of them is taken, by the newest; "" where there is none."""
    if len(passed) < 2:
        return "".join(passed)
    return f"{passed[-1]} {counted(len(passed) - 1, 'other file', 'is')} passed over as well."


def _looked(feed: Feed, awaited: Awaited, now: datetime) -> tuple[list[FeedRun], list[str]]:
    """Take what is complete; returns the runs of files that are meant, and of the others why they are passed over."""
    wanted = wanted_on(feed.pattern, awaited.day)
    runs: list[FeedRun] = []
    passed: list[str] = []
    with source_opened(source_named(feed.source), feed.tenant, feed.address, secrets_read(feed)) as place:
        for entry in place.entries(wanted):
            if entry.modified and entry.modified < feed.created_at - BEFORE_FEED:
                passed.append(f"{entry.name} is older than the feed.")
                continue
            run = _run_of(feed, awaited, entry, now)
            if run is None:
                continue
            if run.state not in (FeedRunState.FOUND, FeedRunState.FAILED):
                passed.append(f"{entry.name} was taken already ({FeedRunState(run.state).label.lower()}).")
                continue
            runs.append(run)
            if _is_complete(run, entry, place, now) and _claimed(run, FeedRunState.FOUND, now):
                _take(run, entry, place, owner_actor(feed))
                if awaited.at is not None:
                    break  # one file for one moment; what else is there is meant for another, or asked for
    return runs, passed


def _run_of(feed: Feed, awaited: Awaited, entry: Entry, now: datetime) -> FeedRun | None:
    """Return the run of a file, which may be one that was taken already; None where another process has it."""
    key = _key(entry.name, entry.size, entry.modified, entry.mark)
    found = FeedRun.objects.filter(feed=feed, remote_key=key, is_dry=False).first()
    if found is not None:
        return found
    run = FeedRun.objects.filter(feed=feed, file_name=entry.name, state=FeedRunState.FOUND, is_dry=False).first()
    if run is None and awaited.at is not None:
        run = FeedRun.objects.filter(feed=feed, expected_at=awaited.at, state=FeedRunState.MISSING).first()
    if run is None:
        run = FeedRun(tenant=feed.tenant, feed=feed)
    if run.state != FeedRunState.FOUND or run.pk is None:
        run.found_at, run.sentence = now, ""
    run.state, run.expected_at, run.day = FeedRunState.FOUND, awaited.at, awaited.day
    run.remote_key, run.file_name, run.file_size = key, entry.name, entry.size
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError:
        return None  # somebody else has found it in the same moment
    return run


def _key(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def _is_complete(run: FeedRun, entry: Entry, place: Place, now: datetime) -> bool:
    if run.feed.complete == Complete.MARKER:
        return place.has(entry.name + run.feed.marker)
    if run.feed.complete == Complete.AT_ONCE:
        return True
    if run.seen_key == run.remote_key and run.seen_at and run.seen_at <= now - SETTLE:
        return True
    if run.seen_key != run.remote_key:
        run.seen_key, run.seen_at = run.remote_key, now
        run.save(update_fields=["seen_key", "seen_at"])
    return False


def _claimed(run: FeedRun, state: FeedRunState, now: datetime) -> bool:
    mine = FeedRun.objects.filter(pk=run.pk, state=state).update(state=FeedRunState.FETCHING, claimed_at=now)
    if mine:
        run.state, run.claimed_at = FeedRunState.FETCHING, now
    return bool(mine)


def _missing_note(feed: Feed, now: datetime) -> None:
    """Write down which moments have passed without a file."""
    for moment in feed_moments(feed, after=now - GIVEN_UP):
        if moment.at > now:
            return
        if moment.at < feed.created_at or FeedRun.objects.filter(feed=feed, expected_at=moment.at).exists():
            continue
        day = moment.day + timedelta(days=feed.day_offset)
        name = wanted_on(feed.pattern, day).pattern
        run = FeedRun(tenant=feed.tenant, feed=feed, found_at=now, expected_at=moment.at, day=day, file_name=name)
        run.state = FeedRunState.MISSING
        run.sentence = f"{name} was to be there by {moment.wall:%H:%M} ({feed.time_zone}), and is not."
        try:
            with transaction.atomic():
                run.save()
        except IntegrityError:
            continue


def run_ask(*, feed: Feed, actor: Actor, is_dry: bool = False, now: datetime | None = None) -> FeedRun:
    """Write down that a person wants the newest file taken now; `run_take` does it. Raises FeedRefused."""
    now = now or timezone.now()
    feed_role_check(feed.tenant, actor, Role.SUPERVISOR)
    target_offered(feed.tenant, feed.target)
    if reason := hold_reason():
        raise FeedRefused(reason)
    asked = FeedRun.objects.filter(feed=feed, state__in=[FeedRunState.ASKED, FeedRunState.FETCHING])
    if asked.filter(is_dry=is_dry).exists():
        raise FeedRefused(f"“{feed.name}” is being looked at already.")
    return FeedRun.objects.create(
        tenant=feed.tenant,
        feed=feed,
        found_at=now,
        day=awaited_last(feed, now).day,
        is_dry=is_dry,
        actor=actor.user,
        actor_name=actor.called,
        state=FeedRunState.ASKED,
    )


def run_take(*, run: FeedRun, now: datetime | None = None) -> FeedRun:
    """Take the newest file that a feed means now, for a person who asked for it, complete or not."""
    now = now or timezone.now()
    if hold_reason() or not _claimed(run, FeedRunState.ASKED, now):
        return run
    feed = run.feed
    if now - run.found_at > ASKED_FOR:
        return _failed(run, "Nothing looked for it within an hour. Ask again.", now)
    awaited = awaited_last(feed, now)
    wanted = wanted_on(feed.pattern, awaited.day)
    try:
        source = source_named(feed.source)
        with source_opened(source, feed.tenant, feed.address, secrets_read(feed)) as place:
            entries = place.entries(wanted)
            if not entries:
                return _failed(run, f"No file fits {wanted.pattern} now.", now)
            entry = entries[-1]
            if not _asked_file(run, awaited, entry, now):
                return run
            return _take(run, entry, place, Actor(run.actor, run.actor_name))
    except (SourceAway, StorageAway, SecretUnreadable, FeedRefused) as away:
        return _failed(run, str(away), now)


def _asked_file(run: FeedRun, awaited: Awaited, entry: Entry, now: datetime) -> bool:
    """Give a run the file that it is about; False, and the run has ended, where that was taken before."""
    run.file_name, run.file_size, run.day = entry.name, entry.size, awaited.day
    if run.is_dry:
        run.save()
        return True
    key = _key(entry.name, entry.size, entry.modified, entry.mark)
    before = FeedRun.objects.filter(feed=run.feed, remote_key=key, is_dry=False).exclude(pk=run.pk)
    if (taken := before.filter(state__in=TAKEN).first()) is not None:
        there = taken.found_at.astimezone(ZoneInfo(run.feed.tenant.time_zone))
        state = FeedRunState(taken.state).label.lower()
        _failed(run, f"{entry.name} was taken before, on {there:%-d %B at %H:%M} ({state}).", now)
        return False
    missing = FeedRun.objects.filter(feed=run.feed, expected_at=awaited.at, state=FeedRunState.MISSING)
    with transaction.atomic():
        before.delete()
        missing.delete()
        run.remote_key, run.expected_at = key, awaited.at
        run.save()
    return True


def _failed(run: FeedRun, sentence: str, now: datetime) -> FeedRun:
    run.state, run.sentence, run.ended_at = FeedRunState.FAILED, sentence, now
    run.save()
    return run


def _take(run: FeedRun, entry: Entry, place: Place, actor: Actor) -> FeedRun:
    """Fetch a file and have it checked. Raises SourceAway, and then it is looked for again."""
    feed = run.feed
    with tempfile.TemporaryFile(dir=work_folder()) as copy:
        try:
            count = _fetched(run, entry, place, copy)
        except SourceAway:
            _back(run)
            raise
        if entry.size is not None and count != entry.size:
            _back(run)
            raise SourceAway(
                f"{entry.name} had {entry.size:,} bytes when it was seen, and {count:,} when it was fetched: it is "
                "still being written, and looked at again."
            )
        run.file_size, run.facts = count, {"ends_whole": _ends_whole(copy)}
        if not count:
            return run_hold(run, [Finding(Guard.EMPTY, "It is empty: not even a header.", "", "0 bytes")])
        copy.seek(0)
        try:
            target = target_offered(feed.tenant, feed.target)
            job = target.take(feed, file_name=entry.name, stream=cast(BinaryIO, copy), actor=actor)
        except (TargetRefused, FeedRefused) as refused:
            return run_hold(run, [Finding(Guard.UNREADABLE, str(refused))])
    run.job, run.file_sha256, run.state, run.claimed_at = job, job.file_sha256, FeedRunState.CHECKING, timezone.now()
    run.save()
    return check_begin(run, actor)


def _back(run: FeedRun) -> None:
    """Have a file that could not be fetched looked for again; one that was asked for is told by whoever catches."""
    if run.actor_name:
        return
    run.state, run.seen_key = FeedRunState.FOUND, ""
    run.save(update_fields=["state", "seen_key"])


def _fetched(run: FeedRun, entry: Entry, place: Place, copy: IO[bytes]) -> int:
    """Fetch a file into another; returns how many bytes. Raises SourceAway."""
    place.fetch(entry, _sink(run, copy))
    return copy.tell()


def _sink(run: FeedRun, copy: IO[bytes]) -> Callable[[bytes], None]:
    limit, beat = settings.MAX_UPLOAD_BYTES, timezone.now()

    def take(data: bytes) -> None:
        nonlocal beat
        if copy.tell() + len(data) > limit:
            raise SourceAway(
                f"The file is larger than {limit // (1024 * 1024):,} MB, the limit here. Pack or split it."
            )
        copy.write(data)
        if timezone.now() - beat > BEAT:
            beat = timezone.now()
            FeedRun.objects.filter(pk=run.pk).update(claimed_at=beat)

    return take


def _ends_whole(copy: IO[bytes]) -> bool | None:
    """Return whether a file's last line has an end, None where it is packed or a workbook."""
    copy.seek(0)
    if copy.read(8).startswith(PACKED):
        return None
    copy.seek(-min(8, copy.seek(0, 2)), 2)
    # In UTF-16 every other byte is zero.
    return copy.read().rstrip(b"\0").endswith((b"\n", b"\r"))
