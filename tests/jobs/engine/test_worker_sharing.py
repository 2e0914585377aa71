"""Processes of a worker's pool share what its main process has imported."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from celery.signals import worker_before_create_process

from bpadmin.jobs import handlers
from bpadmin.jobs.kinds import kinds
from bpadmin.jobs.queue import worker


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    # The suite freezes what it collected.
    gc.unfreeze()
    yield
    gc.freeze()


def test_before_a_fork_all_handlers_are_loaded_and_the_collector_leaves_them_alone() -> None:
    handlers._handler.cache_clear()
    worker_before_create_process.send(sender=worker)
    assert handlers._handler.cache_info().currsize == len({kind.handler for kind in kinds()})
    frozen = gc.get_freeze_count()
    assert frozen > 10_000
    # In the child a collection looks at nothing of it, so that nothing of it is copied.
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        gc.collect()
        os.write(write, str(gc.get_freeze_count()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(read, 20)) > frozen * 0.99
