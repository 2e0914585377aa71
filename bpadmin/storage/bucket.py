"""Files as objects in a bucket (S3's API), so that several machines need no folder in common.

What settings mean and how names become keys is django-storages'. Reading and writing are not: it fetches a whole file
before the first byte can be read, reads what arrives in threads of its own, and makes a client of 15 MB per thread.
"""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import IO, Any, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from django.core.files.base import File
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from bpadmin.storage.ranges import Ranges
from bpadmin.storage.troubles import StorageAway, StorageRefused

log = logging.getLogger(__name__)

# S3 takes 10,000 parts of a file, none but the last below 5 MB; one of them is in memory.
PART_BYTES = 8 * 1024 * 1024
READ_BYTES = 1024 * 1024
LINE_BUFFER = 64 * 1024
CONNECT_SECONDS, ANSWER_SECONDS, TRIES = 3, 30, 3
KEY = "BPADMIN_S3_KEY_ID and BPADMIN_S3_SECRET"
_MISSING = ("404", "NoSuchKey", "NotFound")
_ELSEWHERE = ("301", "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException")
_CLOCK = ("RequestTimeTooSkewed", "RequestExpired")


class BucketStorage(S3Storage):
    """The storage for everything that web and workers keep in files. Every trouble of it is a StorageAway in words."""

    def __init__(self, **settings: Any) -> None:
        self._kept: tuple[int, Any] = (0, None)
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": settings.pop("addressing_style", None) or "auto"},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=ANSWER_SECONDS,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
            max_pool_connections=32,
            # Servers other than Amazon's do not all know its newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(client_config=config, file_overwrite=False, **settings)

    @property
    def where(self) -> str:
        """Name the place for people."""
        return f"the bucket “{self.bucket_name}” at {self.endpoint_url or 'Amazon S3'}"

    @property
    def client(self) -> Any:
        """The client of this process: threads may share it, and a process that was forked has one of its own."""
        process, client = self._kept
        if client is None or process != os.getpid():
            with self._told():
                client = self._create_session().client(
                    "s3", region_name=self.region_name, endpoint_url=self.endpoint_url, config=self.client_config
                )
            self._kept = (os.getpid(), client)
        return client

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_kept": (0, None)}

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        """Open for reading, in ranges of the object that is there now. FileNotFoundError, StorageAway."""
        if mode != "rb":
            raise ValueError(f"an object can only be read or saved whole, not opened with mode {mode!r}")
        head = self._head(name)
        fetch = partial(self._fetch, name, head["ETag"])
        return File(cast(IO[bytes], io.BufferedReader(Ranges(fetch, head["ContentLength"]), LINE_BUFFER)), name)

    def _fetch(self, name: str, mark: str, start: int, length: int) -> bytes:
        wanted = f"bytes={start}-{start + length - 1}"
        with self._told(name):
            answer = self.client.get_object(**self._place(name), Range=wanted, IfMatch=mark)
            with answer["Body"] as body:
                return bytes(body.read())

    def _save(self, name: str, content: Any) -> str:
        """Write in parts while it is read, in this thread; what fails leaves no object and no parts behind."""
        name = clean_name(name)
        with suppress(AttributeError, OSError):  # what arrives can be read only once
            content.seek(0)
        first = _part(content)
        if len(first) < PART_BYTES:
            with self._told():
                self.client.put_object(**self._place(name), Body=first, ContentType=self.default_content_type)
            return name
        with self._told():
            made = self.client.create_multipart_upload(**self._place(name), ContentType=self.default_content_type)
        upload = {**self._place(name), "UploadId": made["UploadId"]}
        try:
            parts = [self._part_write(upload, number, data) for number, data in _numbered(first, content)]
            with self._told():
                self.client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        except BaseException:
            self._abort(upload)
            raise
        return name

    def _part_write(self, upload: dict[str, Any], number: int, data: bytes) -> dict[str, Any]:
        with self._told():
            answer = self.client.upload_part(**upload, PartNumber=number, Body=data)
        return {"PartNumber": number, "ETag": answer["ETag"]}

    def _abort(self, upload: dict[str, Any]) -> bool:
        try:
            with self._told():
                self.client.abort_multipart_upload(**upload)
        except (StorageAway, FileNotFoundError) as error:
            log.warning("parts of %s are left and will be collected: %s", upload["Key"], error)
            return False
        return True

    def unfinished_abort(self, before: datetime) -> int:
        """Remove the parts of files whose writing began before a moment and never ended; returns of how many files."""
        prefix = f"{self.location}/" if self.location else ""
        place = {"Bucket": self.bucket_name}
        with self._told():
            pages = self.client.get_paginator("list_multipart_uploads").paginate(**place, Prefix=prefix)
            found = [each for page in pages for each in page.get("Uploads", ()) if each["Initiated"] < before]
        return sum(self._abort({**place, "Key": each["Key"], "UploadId": each["UploadId"]}) for each in found)

    def delete(self, name: str) -> None:
        """Remove an object, if it is there."""
        with suppress(FileNotFoundError), self._told(name):
            self.client.delete_object(**self._place(name))

    def exists(self, name: str) -> bool:
        """Return whether an object is there."""
        try:
            self._head(name)
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        """Return the length of an object in bytes. FileNotFoundError."""
        return int(self._head(name)["ContentLength"])

    def get_modified_time(self, name: str) -> datetime:
        """Return the time when an object was written. FileNotFoundError."""
        return cast(datetime, self._head(name)["LastModified"])

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        """Name the folders and the files in a folder; a folder that is not there is empty."""
        path = self._normalize_name(clean_name(name)).strip("/")
        prefix = f"{path}/" if path else ""
        folders: list[str] = []
        files: list[str] = []
        with self._told():
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket_name, Delimiter="/", Prefix=prefix
            )
            for page in pages:
                found = [each["Prefix"] for each in page.get("CommonPrefixes", ())]
                folders += [each.removeprefix(prefix).strip("/") for each in found]
                files += [
                    each["Key"].removeprefix(prefix) for each in page.get("Contents", ()) if each["Key"] != prefix
                ]
        return folders, files

    def _place(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket_name, "Key": self._normalize_name(clean_name(name))}

    def _head(self, name: str) -> dict[str, Any]:
        """Ask about an object. FileNotFoundError where the bucket is there and the object is not."""
        try:
            with self._told(name):
                return cast(dict[str, Any], self.client.head_object(**self._place(name)))
        except FileNotFoundError:
            # This answer has no body to tell a missing object from a missing bucket.
            with self._told():
                self.client.head_bucket(Bucket=self.bucket_name)
            raise

    @contextmanager
    def _told(self, name: str = "") -> Iterator[None]:
        """Say in words what goes wrong inside. FileNotFoundError where it is about an object that is not there."""
        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if name and code in (*_MISSING, "PreconditionFailed", "412"):
                raise FileNotFoundError(name) from error
            raise self._refusal(code, error) from error
        except NoCredentialsError as error:
            raise StorageRefused(f"There is no key for {self.where}: set {KEY}.") from error
        except BotoCoreError as error:
            raise StorageAway(f"The object storage does not answer as it should ({self.where}): {error}") from error

    def _refusal(self, code: str, error: ClientError) -> StorageAway:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in (*_MISSING, "NoSuchBucket"):
            place = self.where.removeprefix("the ")
            return StorageRefused(f"There is no {place}: make it, or correct BPADMIN_S3_BUCKET.")
        if code in _CLOCK:
            return StorageRefused(f"The clock of this machine is not that of {self.where}: run an NTP client.")
        if code in _ELSEWHERE:
            return StorageRefused(f"{self.where.capitalize()} is in another region: correct BPADMIN_S3_REGION.")
        if status in (401, 403):
            return StorageRefused(
                f"The key was refused by {self.where} ({code}): correct {KEY}, or let the key read, write, delete "
                "and list there."
            )
        return StorageAway(f"The object storage could not do it ({self.where}): it answered {status} {code}.")


def _part(content: Any) -> bytes:
    """Read one part, in pieces as they come; less only at the end."""
    data = bytearray()
    while len(data) < PART_BYTES:
        piece = content.read(min(READ_BYTES, PART_BYTES - len(data)))
        if not piece:
            break
        data += piece.encode() if isinstance(piece, str) else piece
    return bytes(data)


def _numbered(first: bytes, content: Any) -> Iterator[tuple[int, bytes]]:
    number, data = 1, first
    del first
    while data:
        yield number, data
        number, data = number + 1, _part(content)
