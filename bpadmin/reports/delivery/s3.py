"""Delivery into a bucket of any storage with S3's API.

An object appears there whole or not at all, so it needs no temporary name; the manifest follows the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bpadmin.reports.delivery.types import DeliveryFailed, DestinationRefused, Parcel, server_words
from bpadmin.tenants.connections.addresses import AddressRefused, address_check
from bpadmin.tenants.connections.buckets import BucketTrouble, bucket_client

TIMEOUT = 20
# For all of it; below that after which a delivery is taken for left behind.
SECONDS = 900.0
# What a bucket says of what it has taken: without it the answer is nobody's, whatever its number.
PROOFS = {
    "PutObject": "ETag",
    "CreateMultipartUpload": "UploadId",
    "UploadPart": "ETag",
    "CompleteMultipartUpload": "ETag",
}


def check(said: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """Return the settings as they are kept. Raises DestinationRefused."""
    names = ("bucket", "prefix", "endpoint", "region", "key_id")
    kept = {name: str(said.get(name, "")).strip() for name in names}
    kept["prefix"] = kept["prefix"].strip("/")
    for name, words in (("bucket", "bucket"), ("key_id", "access key ID")):
        if not kept[name]:
            raise DestinationRefused(f"Name the {words}.", name)
    if not secret:
        raise DestinationRefused("Give the secret access key.", "secret")
    if kept["endpoint"]:
        try:
            address_check(kept["endpoint"])
        except AddressRefused as refused:
            raise DestinationRefused(str(refused), "endpoint") from refused
    kept["region"] = kept["region"] or "us-east-1"
    return kept


def place(kept: Mapping[str, Any]) -> str:
    """Say where it is."""
    where = f" at {kept['endpoint']}" if kept["endpoint"] else ""
    return f"s3://{kept['bucket']}/{kept['prefix']}{where}"


def send(kept: Mapping[str, Any], secret: str, parcel: Parcel) -> str:
    """Put file and manifest there; returns where. Raises DeliveryFailed."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError
    from urllib3.exceptions import HTTPError

    prefix = f"{kept['prefix']}/" if kept["prefix"] else ""
    try:
        with bucket_client(
            endpoint=kept["endpoint"],
            region=kept["region"],
            key_id=kept["key_id"],
            secret=secret,
            connect_seconds=TIMEOUT,
            read_seconds=TIMEOUT,
            all_seconds=SECONDS,
        ) as client:
            client.meta.events.register("after-call.s3", _proof_check)
            parcel.file.seek(0)
            # boto3 closes what it was given; the file is still wanted.
            client.upload_fileobj(_Unclosed(parcel.file), kept["bucket"], prefix + parcel.name)
            client.put_object(Bucket=kept["bucket"], Key=prefix + parcel.manifest_name, Body=parcel.manifest)
    except AddressRefused as refused:
        raise DeliveryFailed(str(refused)) from refused
    except ClientError as error:
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        words = error.response.get("Error", {})
        told = server_words(f"{words.get('Code', status)}. {words.get('Message', '')}")
        raise DeliveryFailed(
            f"The bucket did not take it: {told}.", may_retry=status >= 500 or status in (408, 429)
        ) from error
    except Exception as error:
        if (
            not isinstance(error, BotoCoreError | ResponseParserError | HTTPError | OSError)
            and "S3UploadFailed" not in type(error).__name__
        ):
            raise
        raise DeliveryFailed(f"The bucket did not take it: {server_words(error)}.", may_retry=True) from error
    return f"Put as s3://{kept['bucket']}/{prefix}{parcel.name}."


def _proof_check(model: Any, http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
    """Refuse an answer that a bucket would not give. BucketTrouble."""
    proof = PROOFS.get(model.name)
    if proof and http_response.status_code < 300 and not parsed.get(proof):
        raise BucketTrouble("it answers as no bucket does")


class _Unclosed:
    """A file that whoever reads it cannot close."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def close(self) -> None:
        """Leave it open."""
