"""Work on one job here and now, for a person at a terminal: its progress is shown, and Ctrl-C cancels it in order."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from bpadmin.jobs.engine.outage import STORE_AWAY, connection_renew
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.pages.presenters import JobView
from bpadmin.jobs.services import IllegalMove, job_cancel, job_confirm, job_drive, job_prepare_now, job_submit

LOOK_SECONDS = 0.25

Show = Callable[[JobView], None]
"""Told several times a second how the job stands."""


def job_check_here(*, job: Job, show: Show, actor_name: str) -> Job:
    """Have the job checked in this process; a worker that was quicker is waited for."""
    job_submit(job=job, ring=False)
    return job_prepare_here(job=job, show=show, actor_name=actor_name)


def job_prepare_here(*, job: Job, show: Show, actor_name: str) -> Job:
    """Check a submitted job in this process; a worker that was quicker is waited for."""
    with _watched(job, show, actor_name):
        while job_prepare_now(job_id=job.pk, worker=f"shell-{os.getpid()}") == JobState.PREPARING:
            time.sleep(LOOK_SECONDS)
    return _reread(job)


def job_send_here(*, job: Job, show: Show, actor_name: str) -> Job:
    """Send a checked job's rows in this process until it has ended, whether or not any worker or broker is there."""
    job_confirm(job=job, actor_name=actor_name, ring=False)
    return job_drive_here(job=job, show=show, actor_name=actor_name)


def job_drive_here(*, job: Job, show: Show, actor_name: str) -> Job:
    """Work on a confirmed job in this process until it has ended."""
    with _watched(job, show, actor_name):
        while job_drive(job_id=job.pk, seconds=None, worker=f"shell-{os.getpid()}") in (
            JobState.QUEUED,
            JobState.RUNNING,
        ):
            time.sleep(LOOK_SECONDS)
    return _reread(job)


def _reread(job: Job) -> Job:
    """Read the job as it is stored, once the database can be asked."""
    while True:
        try:
            job.refresh_from_db()
        except STORE_AWAY:
            connection_renew()
            time.sleep(LOOK_SECONDS)
        else:
            return job


class _Watch(threading.Thread):
    """Look at the job now and then, show it, and pass on that somebody pressed Ctrl-C."""

    def __init__(self, job: Job, show: Show, actor_name: str) -> None:
        super().__init__(name=f"watch-{job.pk}", daemon=True)
        self.job_id, self.show, self.actor_name = job.pk, show, actor_name
        self.is_done = threading.Event()
        self.is_cancelled = self.was_passed_on = False

    def interrupt(self, *_: Any) -> None:
        """Remember the first Ctrl-C; the second one ends the process at once."""
        if self.is_cancelled:
            raise KeyboardInterrupt
        # Nothing else may be done in a signal handler: the thread it interrupts may be in the middle of a transaction.
        self.is_cancelled = True

    def run(self) -> None:
        """Look until the work has ended."""
        try:
            while not self.is_done.wait(LOOK_SECONDS):
                try:
                    self._look()
                except STORE_AWAY:
                    connection_renew()  # the work waits for the database as well
                except Job.DoesNotExist:
                    return  # removed with its tenant meanwhile
        finally:
            connection.close()

    def _look(self) -> None:
        if self.is_cancelled and not self.was_passed_on:
            self._cancel()
            self.was_passed_on = True
        self.show(JobView(Job.objects.select_related("tenant").get(pk=self.job_id)))

    def _cancel(self) -> None:
        try:
            job_cancel(job=Job.objects.select_related("tenant").get(pk=self.job_id), actor_name=self.actor_name)
        except IllegalMove:
            return  # it ended in the same moment


@contextmanager
def _watched(job: Job, show: Show, actor_name: str) -> Iterator[None]:
    watch = _Watch(job, show, actor_name)
    is_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, watch.interrupt) if is_main else None
    watch.start()
    try:
        yield
    finally:
        watch.is_done.set()
        watch.join()
        if is_main:
            signal.signal(signal.SIGINT, before)
