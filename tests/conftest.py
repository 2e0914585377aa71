"""Fixtures shared by all tests: a tenant that points at the sandbox, people with each role, and isolation.

Every test has its own cache, its own file storage and a broker that goes nowhere, so that tests may run in any
order and in several processes at once. Tests of the running stack start one of their own (see tests/browser).
"""

from __future__ import annotations

import gc
import importlib.util
import os
import uuid
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis
from django.conf import settings as django_settings
from django.test import Client, TransactionTestCase
from django.test.utils import override_settings

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Role, Tenant

if importlib.util.find_spec("tests.fixtures_sandbox"):
    pytest_plugins = ["tests.fixtures_sandbox", "tests.fixtures_tenants"]

PROXY_NAMES = {"http_proxy", "https_proxy", "all_proxy"}
RUN = f"test-{uuid.uuid4().hex[:8]}"
PASSWORD = "a-long-password-for-tests"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, the browser, whatever the order: it must not be what the others wait for."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keep the cycle collector away from what collecting makes: half a million objects that stay until the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def suite_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Set what is the same in all tests, cheap passwords among it; returns the folder for the files of all of them."""
    changed = {
        "STATIC_ROOT": django_settings.BASE_DIR / "static",
        "STORAGES": {
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
        # Each test client would look at every static file first.
        "WHITENOISE_AUTOREFRESH": True,
        "ALLOW_PRIVATE_TENANTS": True,
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    }
    with override_settings(**changed):
        yield tmp_path_factory.mktemp("files")


@pytest.fixture(autouse=True)
def isolated_settings(suite_settings: Path) -> Iterator[None]:
    """Give a test files and a cache of its own."""
    mark = f"{RUN}-{uuid.uuid4().hex}"
    if django_settings.REDIS_URL:
        # One server for all test processes: a prefix of its own keeps each test apart, and nothing is ever flushed.
        # It is waited for however busy the machine is: what production then forgets, a test still needs.
        patient = {"socket_timeout": 60, "socket_connect_timeout": 60}
        own_cache = {**django_settings.CACHES["default"], "KEY_PREFIX": mark, "OPTIONS": patient}
    else:
        own_cache = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": mark}
    # The folder is made by the first file in it: most tests have none.
    with override_settings(CACHES={"default": own_cache}, MEDIA_ROOT=suite_settings / mark):
        yield


@pytest.fixture(scope="session", autouse=True)
def lean_flushes(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let the emptying of the database after a test cost as little as it can: a look, and what it found is deleted.

    Django's own way goes through a command, all apps and every table. Rows that it makes anew, content types and
    permissions, are used by nothing. PostgreSQL would truncate all tables in half a second, with new files for each of
    them and their indexes, and deletes the few rows of a test in some milliseconds.
    """
    from django.db import connection

    from bpadmin.audit.guard import guard_statements, lift_statements
    from bpadmin.audit.models import AuditEntry, DroppedSegment
    from dnc.evidence.guard import evidence_guard_statements, evidence_lift_statements
    from dnc.models import ClosedChain, DncChange

    quoted = connection.ops.quote_name
    with django_db_blocker.unblock():
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    look = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {quoted(name)})" for name in tables)
    # The log and the evidence refuse to be emptied: their guards are lifted for that, and made again here.
    guarded = [
        ({model._meta.db_table for model in models}, list(lift()), list(make()))
        for models, lift, make in (
            ((AuditEntry, DroppedSegment), lift_statements, guard_statements),
            ((DncChange, ClosedChain), evidence_lift_statements, evidence_guard_statements),
        )
    ]

    def emptied(self: TransactionTestCase) -> None:
        with connection.cursor() as cursor:
            cursor.execute(look)
            filled = {name for (name,) in cursor.fetchall()}
        # Foreign keys are looked at when the transaction ends, so that the order is free.
        statements = [f"DELETE FROM {quoted(name)}" for name in filled]
        for names, lift, make in guarded:
            if filled & names:
                statements = [*lift, *statements, *make]
        if statements:
            connection.ops.execute_sql_flush(statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", emptied)
        if connection.vendor == "sqlite":
            # A connection to a file does not break, and opening one costs more than all else here.
            patch.setattr(TransactionTestCase, "_should_reload_connections", lambda self: False)
        yield


# Seconds that production waits for something to get better, and what they are in a test: nothing gets better with time
# in the sandbox but what a test puts on order, and the order in which things are tried stays the same.
PAUSES = {
    # A test that looks twice sees what is so the second time; those of sharing say otherwise.
    "bpadmin.web.watching.SECONDS": 0.0,
    # Here it is the other way round: what the sandbox is sure to answer is waited for, whatever else the machine does.
    "bpadmin.dialler.live.PATIENCE": 20.0,
    "bpadmin.uploads.first_look.LOOK_SECONDS": 60.0,
    "bpadmin.dialler.refreshing.fills.LOOK_SECONDS": 0.005,
    "bpadmin.platforms.http.transport.FIRST_PAUSE": 0.01,
    "bpadmin.jobs.engine.outage.PAUSE_SECONDS": 0.02,
    "bpadmin.jobs.engine.lanes.FIRST_WAIT": 0.01,
    "bpadmin.jobs.engine.lanes.COOL_SECONDS": 0.05,
    "bpadmin.jobs.engine.driver.COOL_SECONDS": 0.05,
    "bpadmin.jobs.engine.retry_policy.LONGEST_WAIT": 0.1,
    "bpadmin.jobs.engine.quiet_time.SCALE": 0.002,
    "bpadmin.jobs.engine.retry_policy.SECOND_TRY_SECONDS": 0.1,
    "bpadmin.jobs.management.foreground.LOOK_SECONDS": 0.02,
    # Counts are stored where a test is about them, and in no query count of another.
    "bpadmin.installation.tallies.FLUSH_SECONDS": 3600.0,
    "lists.uploads.replace.POLL_SECONDS": 0.1,
    "lists.uploads.replace.BUSY_SECONDS": 0.2,
    "lists.deletions.handler.POLL_SECONDS": 0.1,
    "lists.deletions.handler.BUSY_SECONDS": 0.2,
}


@cache
def pause_places() -> list[tuple[Any, str, float]]:
    """Return PAUSES as modules, names in them, seconds."""
    named = [(*name.rsplit(".", 1), seconds) for name, seconds in PAUSES.items()]
    return [(import_module(module), name, seconds) for module, name, seconds in named]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Wait in this process no longer than a test has to; parts that run as processes of their own wait as ever."""
    if request.node.get_closest_marker("real_pauses") is None:
        for module, name, seconds in pause_places():
            monkeypatch.setattr(module, name, seconds)


@pytest.fixture(autouse=True)
def no_readings_left() -> Iterator[None]:
    """End what pages of a test have begun to read before the database is emptied for the next one."""
    yield
    from bpadmin.dialler.refreshing.fills import fills_end

    fills_end()


@pytest.fixture(scope="session", autouse=True)
def broker_that_goes_nowhere() -> Iterator[None]:
    """Keep what tests enqueue in this process: a message is a doorbell, and no test depends on somebody hearing it."""
    from bpadmin.celery import app

    before = app.conf.broker_url
    app.conf.broker_url = "memory://"
    yield
    app.conf.broker_url = before


@pytest.fixture(scope="session", autouse=True)
def no_keys_left_behind() -> Iterator[None]:
    """Take this run's keys, and no others, off the Redis server that the suite was given."""
    yield
    if url := os.environ.get("REDIS_URL"):
        with redis.Redis.from_url(url) as server:
            for key in server.scan_iter(match=f"{RUN}-*", count=1000):
                server.delete(key)


@pytest.fixture
def tenant(db: None, sandbox: Any) -> Tenant:
    """A tenant on the sandbox, with the credentials that may do everything."""
    from bpadmin.tenants.services import tenant_create

    return tenant_create(
        slug="acme",
        name="Acme Support",
        platform="brightpattern",
        base_url=sandbox.url,
        credentials=dict(sandbox.credentials),
    )


@pytest.fixture
def make_member(tenant: Tenant) -> Any:
    """Make a user with a role in the tenant: `make_member("anna", Role.VIEWER)`."""
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Membership

    def make(username: str, role: Role) -> User:
        user = User.objects.create_user(username, password=PASSWORD)
        Membership.objects.create(tenant=tenant, user=user, role=role)
        return user

    return make


@pytest.fixture
def viewer(make_member: Any) -> User:
    """A user who may read."""
    from bpadmin.tenants.models import Role

    return make_member("viola", Role.VIEWER)


@pytest.fixture
def supervisor(make_member: Any) -> User:
    """A user who may act."""
    from bpadmin.tenants.models import Role

    return make_member("sam", Role.SUPERVISOR)


@pytest.fixture
def administrator(make_member: Any) -> User:
    """A user who may change the tenant and its people."""
    from bpadmin.tenants.models import Role

    return make_member("ada", Role.ADMINISTRATOR)


@pytest.fixture
def stranger(db: None) -> User:
    """A user who is a member of nothing."""
    from django.contrib.auth.models import User

    return User.objects.create_user("stranger", password=PASSWORD)


def signed_in(user: User) -> Client:
    """Return a test client signed in as `user`."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def viewer_client(viewer: User) -> Client:
    """A browser signed in as the viewer."""
    return signed_in(viewer)


@pytest.fixture
def supervisor_client(supervisor: User) -> Client:
    """A browser signed in as the supervisor."""
    return signed_in(supervisor)


@pytest.fixture
def administrator_client(administrator: User) -> Client:
    """A browser signed in as the administrator."""
    return signed_in(administrator)


@pytest.fixture
def stranger_client(stranger: User) -> Client:
    """A browser signed in as somebody who is a member of nothing."""
    return signed_in(stranger)


@pytest.fixture(scope="session", autouse=True)
def plain_environment() -> Iterator[None]:
    """Keep the machine's web proxies out of tests: everything a test talks to is on this machine."""
    before = {name: os.environ.pop(name) for name in list(os.environ) if name.lower() in PROXY_NAMES}
    yield
    os.environ.update(before)
