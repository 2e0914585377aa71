"""Files in a bucket, by the S3 API."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bpadmin.feeds.naming import Wanted
from bpadmin.feeds.sources.base import (
    CONNECT_SECONDS,
    COPY_BYTES,
    LOOK_SECONDS,
    MOST_ENTRIES,
    READ_SECONDS,
    Entry,
    Place,
    Setting,
    Source,
    SourceAway,
    SourceRefused,
    away_as,
    oldest_first,
)
from bpadmin.tenants.connections.addresses import AddressRefused, address_check
from bpadmin.tenants.connections.buckets import bucket_client

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# Each has a thousand objects and folders, most of which may be meant for others.
MOST_PAGES = 200
REGION = re.compile(r"[a-z0-9-]{2,40}")


class BucketSource(Source):
    """A bucket. The tenant's own key is needed: never one of this server."""

    key = "s3"
    label = "A bucket (S3 API)"
    help = "Objects in a bucket of AWS, or of another store that speaks its API."
    settings = (
        Setting("bucket", "Bucket", is_needed=True),
        Setting("prefix", "Folder", "What the names of the objects begin with, such as outgoing/leads/."),
        Setting("endpoint", "Endpoint", "Empty for AWS; else such as https://s3.example.com"),
        Setting("region", "Region", default="us-east-1"),
        Setting("key_id", "Access key ID", is_needed=True),
        Setting("secret_key", "Secret access key", form="secret", is_needed=True),
    )

    def check(self, tenant: Tenant, address: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
        """Refuse names that are none, and an endpoint that may not be called."""
        kept = super().check(tenant, address, secrets)
        kept["region"] = kept["region"] or "us-east-1"
        if not BUCKET.fullmatch(kept["bucket"]):
            raise SourceRefused(f"“{kept['bucket']}” is no name of a bucket.", "bucket")
        if not REGION.fullmatch(kept["region"]):
            raise SourceRefused(f"“{kept['region']}” is no region.", "region")
        if kept["endpoint"]:
            try:
                address_check(kept["endpoint"])
            except AddressRefused as refused:
                raise SourceRefused(str(refused), "endpoint") from refused
        return kept

    def words(self, address: Mapping[str, str]) -> str:
        """Say which bucket."""
        return f"s3://{address.get('bucket')}/{address.get('prefix', '')}"

    @contextmanager
    def place(self, tenant: Tenant, address: Mapping[str, str], secrets: Mapping[str, str]) -> Iterator[Place]:
        """Open it."""
        with bucket_client(
            endpoint=address.get("endpoint", ""),
            region=address.get("region", ""),
            key_id=address["key_id"],
            secret=secrets["secret_key"],
            connect_seconds=CONNECT_SECONDS,
            read_seconds=READ_SECONDS,
        ) as client:
            yield BucketPlace(client, address["bucket"], address.get("prefix", ""))


class BucketPlace(Place):
    """The bucket, open."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError
        from urllib3.exceptions import HTTPError

        self.client, self.bucket, self.prefix = client, bucket, prefix
        self.errors = (BotoCoreError, ClientError, ResponseParserError, HTTPError, OSError, AddressRefused)

    def entries(self, wanted: Wanted) -> list[Entry]:
        """Return the objects right below the prefix that are meant."""
        found, seen, until = [], 0, time.monotonic() + LOOK_SECONDS
        with away_as(f"The bucket {self.bucket}", *self.errors):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self.prefix, Delimiter="/"
            )
            for number, page in enumerate(pages):
                if number == MOST_PAGES or time.monotonic() > until:
                    raise SourceAway(f"The bucket {self.bucket} lists without an end. Say the folder closer.")
                # An empty or half answer would else be a folder without the file.
                if "Name" not in page and "IsTruncated" not in page:
                    raise SourceAway(f"What answers for the bucket {self.bucket} gave no listing.")
                if page.get("IsTruncated") and not page.get("NextContinuationToken"):
                    raise SourceAway(f"The bucket {self.bucket} told only a part of what lies there.")
                for each in page.get("Contents", ()):
                    seen += 1
                    if seen > MOST_ENTRIES:
                        raise SourceAway(f"More than {MOST_ENTRIES:,} objects lie there. Say the folder closer.")
                    name = each["Key"].removeprefix(self.prefix)
                    if name and wanted.fits(name):
                        found.append(Entry(name, each["Size"], each["LastModified"], each["ETag"], each["Key"]))
        return oldest_first(found)

    def has(self, name: str) -> bool:
        """Look for an object."""
        with away_as(f"The bucket {self.bucket}", *self.errors):
            answer = self.client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix + name, MaxKeys=1)
        return any(each["Key"] == self.prefix + name for each in answer.get("Contents", ()))

    def fetch(self, entry: Entry, sink: Callable[[bytes], Any]) -> None:
        """Read it as it is now, and no other version of it."""
        with away_as(f"The bucket {self.bucket}", *self.errors):
            body = self.client.get_object(Bucket=self.bucket, Key=entry.place, IfMatch=entry.mark)["Body"]
            for data in body.iter_chunks(COPY_BYTES):
                sink(data)
