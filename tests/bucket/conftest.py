"""Fixtures: an S3 server for the session, and a bucket of its own as the storage of each test."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bpadmin.installation import files
from tests.bucket.serving import KEY, SECRET, ObjectServer


@dataclass(frozen=True)
class Bucket:
    """A bucket: the server it is on, its name, and the prefix under which bpadmin's files lie."""

    server: ObjectServer
    name: str
    prefix: str

    def environment(self) -> dict[str, str]:
        """Return the settings with which a part uses it."""
        return {
            "BPADMIN_S3_BUCKET": self.name,
            "BPADMIN_S3_ENDPOINT": self.server.url,
            "BPADMIN_S3_KEY_ID": KEY,
            "BPADMIN_S3_SECRET": SECRET,
            "BPADMIN_S3_PREFIX": self.prefix,
        }

    def names(self) -> list[str]:
        """Name the files in it as bpadmin does."""
        return [key.removeprefix(f"{self.prefix}/") for key in self.server.keys(self.name)]


@pytest.fixture(scope="session")
def object_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    server = ObjectServer(tmp_path_factory.mktemp("objects"))
    yield server
    server.stop()


@pytest.fixture
def bucket(object_server: ObjectServer, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    made = Bucket(object_server, f"bpadmin-{uuid.uuid4().hex[:12]}", "dialling/files")
    object_server.client.create_bucket(Bucket=made.name)
    settings.STORAGES = {**settings.STORAGES, "default": storage_of(made)}
    monkeypatch.setattr(files, "_well", {})
    yield made
    object_server.trouble("")


def storage_of(bucket: Bucket, **more: Any) -> dict[str, Any]:
    """Return the storage that the settings make of a bucket."""
    options = {
        "bucket_name": bucket.name,
        "endpoint_url": bucket.server.url,
        "region_name": "us-east-1",
        "access_key": KEY,
        "secret_key": SECRET,
        "location": bucket.prefix,
        "addressing_style": "path",
    }
    return {"BACKEND": "bpadmin.storage.bucket.BucketStorage", "OPTIONS": {**options, **more}}


def is_left_local(folder: Path) -> list[Path]:
    """List the files on this machine's disk; nothing that is kept may be among them."""
    return [path for path in folder.rglob("*") if path.is_file()]
