"""The storage of objects: written in parts, read by ranges, and its troubles in words."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from bpadmin.storage import bucket as module
from bpadmin.storage.ranges import FIRST_BYTES, MOST_BYTES, Ranges
from bpadmin.storage.troubles import StorageAway, StorageRefused
from tests.bucket.conftest import Bucket, storage_of
from tests.stack import free_port


@pytest.fixture(autouse=True)
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server builds a long object anew for each range of it."""
    monkeypatch.setattr(module, "PART_BYTES", 5 * 1024 * 1024)


class Made(io.RawIOBase):
    """A stream of so many bytes that needs no memory and can be read only once."""

    def __init__(self, length: int, *, breaks_at: int = -1) -> None:
        self.left, self.breaks_at = length, breaks_at

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self.breaks_at >= 0 and self.left <= self.breaks_at:
            raise OSError("the line broke")
        size = min(size, self.left, 300_000)  # as a socket, which gives what there is
        self.left -= size
        return b"x" * size


class Fetched:
    """Ranges of a text, and which of them were asked for."""

    def __init__(self, data: bytes) -> None:
        self.data, self.asked = data, list[tuple[int, int]]()
        self.file = io.BufferedReader(Ranges(self, len(data)), 4096)

    def __call__(self, start: int, length: int) -> bytes:
        self.asked.append((start, length))
        return self.data[start : start + length]


def test_what_is_read_in_ranges_is_what_is_there_and_little_of_it_after_a_jump() -> None:
    data = bytes(range(256)) * 60_000
    fetched = Fetched(data)
    assert fetched.file.read() == data
    assert max(length for _, length in fetched.asked) == MOST_BYTES
    assert sum(length for _, length in fetched.asked) == len(data)
    fetched.asked.clear()
    fetched.file.seek(5_000_000)
    assert fetched.file.read(10) == data[5_000_000:5_000_010]
    assert fetched.asked == [(5_000_000, FIRST_BYTES)]
    assert fetched.file.seek(-10, io.SEEK_END) == len(data) - 10
    assert fetched.file.read(100) == data[-10:]
    assert fetched.file.read(1) == b""
    with pytest.raises(StorageAway, match="sent 3 of 10 bytes"):
        Ranges(lambda start, length: b"abc", 10).read()


def test_a_storage_that_goes_away_is_no_damaged_archive() -> None:
    def away(start: int, length: int) -> bytes:
        raise StorageAway("away")

    with pytest.raises(StorageAway):
        zipfile.ZipFile(io.BufferedReader(Ranges(away, 1000)))


@pytest.mark.slow
def test_small_and_long_files_come_back_as_they_were(bucket: Bucket) -> None:
    assert default_storage.save("uploads/1/a", ContentFile(b"")) == "uploads/1/a"
    text = b"".join(b"%d\n" % number for number in range(900_000))
    default_storage.save("uploads/1/b", File(io.BytesIO(text)))
    assert default_storage.size("uploads/1/b") == len(text) > module.PART_BYTES
    with default_storage.open("uploads/1/b") as file:
        assert file.size == len(text)
        assert b"".join(file.file) == text
        file.seek(1_000_000)
        assert file.read(7) == text[1_000_000:1_000_007]
        assert b"".join(file) == text
    with default_storage.open("uploads/1/a") as file:
        assert (file.read(), file.size) == (b"", 0)
    assert bucket.names() == ["uploads/1/a", "uploads/1/b"]
    assert default_storage.listdir("") == (["uploads"], [])
    assert default_storage.listdir("uploads/1") == ([], ["a", "b"])
    assert default_storage.listdir("uploads/2") == ([], [])
    assert bucket.server.unfinished(bucket.name) == []


@pytest.mark.slow
def test_nothing_is_written_over_and_only_what_is_named_is_removed(bucket: Bucket) -> None:
    default_storage.save("spools/1/x", ContentFile(b"first"))
    second = default_storage.save("spools/1/x", ContentFile(b"second"))
    assert second != "spools/1/x"
    with default_storage.open("spools/1/x") as file:
        assert file.read() == b"first"
    default_storage.delete(second)
    default_storage.delete(second)
    assert bucket.names() == ["spools/1/x"]
    with pytest.raises(FileNotFoundError):
        default_storage.open(second)
    with pytest.raises(FileNotFoundError):
        default_storage.get_modified_time(second)


@pytest.mark.slow
def test_a_reader_never_gets_two_versions_of_a_file_mixed(bucket: Bucket) -> None:
    default_storage.save("a", ContentFile(b"1" * 2 * FIRST_BYTES))
    with default_storage.open("a") as file:
        assert file.read(1) == b"1"
        bucket.server.client.put_object(Bucket=bucket.name, Key=f"{bucket.prefix}/a", Body=b"2" * 2 * FIRST_BYTES)
        with pytest.raises(FileNotFoundError):
            file.read()


@pytest.mark.slow
def test_a_long_file_needs_the_memory_of_some_parts(bucket: Bucket) -> None:
    default_storage.save("warm", ContentFile(b"x"))
    tracemalloc.start()
    try:
        default_storage.save("long", File(Made(8 * module.PART_BYTES)))  # type: ignore[type-var]
        written = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        with default_storage.open("long") as file:
            assert sum(len(data) for data in iter(lambda: file.read(1024 * 1024), b"")) == 8 * module.PART_BYTES
        read = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert written < 5 * module.PART_BYTES
    assert read < 2 * module.PART_BYTES


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["line", "PUT 503", "PUT 403"])
def test_what_breaks_off_leaves_neither_object_nor_parts(bucket: Bucket, trouble: str) -> None:
    length = 3 * module.PART_BYTES
    if trouble != "line":
        bucket.server.trouble(trouble)
    with pytest.raises(OSError if trouble == "line" else StorageAway):
        default_storage.save("long", File(Made(length, breaks_at=1000 if trouble == "line" else -1)))  # type: ignore[type-var]
    assert bucket.names() == []
    assert bucket.server.unfinished(bucket.name) == []


@pytest.mark.slow
def test_parts_that_a_killed_writer_left_are_collected_and_those_of_others_are_not(bucket: Bucket) -> None:
    client = bucket.server.client
    client.create_multipart_upload(Bucket=bucket.name, Key=f"{bucket.prefix}/uploads/1/left")
    client.create_multipart_upload(Bucket=bucket.name, Key="another/application")
    assert default_storage.unfinished_abort(datetime(2000, 1, 1, tzinfo=UTC)) == 0  # type: ignore[attr-defined]
    assert default_storage.unfinished_abort(datetime(2100, 1, 1, tzinfo=UTC)) == 1  # type: ignore[attr-defined]
    assert bucket.server.unfinished(bucket.name) == ["another/application"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trouble", "more", "words", "is_refused"),
    [
        ("503", {}, "it answered 503 SlowDown", False),
        ("500", {}, "it answered 500 InternalError", False),
        ("403", {}, "The key was refused by the bucket", True),
        ("", {"bucket_name": "not-there"}, "There is no bucket “not-there” at http", True),
        ("", {"endpoint_url": "closed"}, "does not answer as it should", False),
        ("", {"access_key": None, "secret_key": None}, "There is no key", True),
    ],
    ids=["overloaded", "broken", "wrong key", "no bucket", "away", "no key"],
)
def test_every_trouble_is_a_sentence_whatever_was_asked(
    bucket: Bucket,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
    more: dict[str, Any],
    words: str,
    is_refused: bool,
) -> None:
    monkeypatch.setattr(module, "TRIES", 1)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    default_storage.save("a", ContentFile(b"a"))
    if more.get("endpoint_url"):
        more = {"endpoint_url": f"http://127.0.0.1:{free_port()}"}
    settings.STORAGES = {**settings.STORAGES, "default": storage_of(bucket, **more)}
    bucket.server.trouble(trouble)
    asked = [
        lambda: default_storage.open("a"),
        lambda: default_storage.save("b", ContentFile(b"b")),
        lambda: default_storage.delete("a"),
        lambda: default_storage.exists("c"),
        lambda: default_storage.listdir(""),
        lambda: default_storage.size("a"),
        lambda: default_storage.unfinished_abort(datetime(2000, 1, 1, tzinfo=UTC)),  # type: ignore[attr-defined]
    ]
    for ask in asked:
        with pytest.raises(StorageAway) as raised:
            ask()
        # An answer without a body names the number alone.
        assert words.replace(" SlowDown", "").replace(" InternalError", "") in str(raised.value)
        assert isinstance(raised.value, StorageRefused) is is_refused
