"""Fixtures shared by all tests: a tenant that points at the sandbox, people with each role, and isolation.

Every test has its own cache, its own file storage and a broker that goes nowhere, so that tests may run in any
order and in several processes at once. Tests of the running stack start one of their own (see tests/browser).
"""

from __future__ import annotations

import importlib.util
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis
from django.test import Client

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


@pytest.fixture(autouse=True)
def isolated_settings(settings: Any, tmp_path: Path) -> None:
    """Give a test its own files and cache, cheap passwords, and leave to call a tenant on this machine."""
    mark = f"{RUN}-{uuid.uuid4().hex}"
    if settings.REDIS_URL:
        # One server for all test processes: a prefix of its own keeps each test apart, and nothing is ever flushed.
        settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": mark}}
    else:
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": mark}}
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.STATIC_ROOT = settings.BASE_DIR / "static"
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    # Each test client would look at every static file first.
    settings.WHITENOISE_AUTOREFRESH = True
    settings.ALLOW_PRIVATE_TENANTS = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def lean_flushes(django_db_setup: None) -> None:
    """Let the emptying of the database after a test cost as little as it can.

    It makes no content types and permissions anew, since nothing uses them. PostgreSQL truncates all tables in half a
    second, with new files for each of them and their indexes, and deletes the few rows of a test in some milliseconds.
    """
    from django.contrib.auth.management import create_permissions
    from django.contrib.contenttypes.management import create_contenttypes
    from django.db import connection
    from django.db.models.signals import post_migrate

    post_migrate.disconnect(create_permissions, dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.disconnect(create_contenttypes)
    if connection.vendor == "postgresql":
        # Foreign keys are looked at when the transaction ends, so that the order is free.
        connection.ops.sql_flush = lambda style, tables, **how: [  # type: ignore[method-assign]
            f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables
        ]


# Seconds that production waits for something to get better, and what they are in a test: nothing gets better with time
# in the sandbox but what a test puts on order, and the order in which things are tried stays the same.
PAUSES = {
    "bpadmin.platforms.transport.FIRST_PAUSE": 0.01,
    "bpadmin.jobs.outage.PAUSE_SECONDS": 0.02,
    "bpadmin.jobs.lanes.FIRST_WAIT": 0.01,
    "bpadmin.jobs.lanes.COOL_SECONDS": 0.05,
    "bpadmin.jobs.engine.COOL_SECONDS": 0.05,
    "bpadmin.jobs.troubles.LONGEST_WAIT": 0.1,
    "bpadmin.jobs.quiet.SCALE": 0.002,
    "bpadmin.jobs.troubles.SECOND_TRY_SECONDS": 0.1,
    "bpadmin.jobs.foreground.LOOK_SECONDS": 0.02,
    "lists.emptying.POLL_SECONDS": 0.1,
    "lists.emptying.BUSY_SECONDS": 0.2,
    "lists.deleting.POLL_SECONDS": 0.1,
    "lists.deleting.BUSY_SECONDS": 0.2,
}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Wait in this process no longer than a test has to; parts that run as processes of their own wait as ever."""
    if request.node.get_closest_marker("real_pauses") is None:
        for name, seconds in PAUSES.items():
            monkeypatch.setattr(name, seconds)


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
    """Give a test client signed in as `user`."""
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
