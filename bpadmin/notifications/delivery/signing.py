"""Signatures by the Standard Webhooks specification (https://www.standardwebhooks.com), version v1."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"


def signature_headers(*, id_: str, at: datetime, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """Return the headers of a request: id, time in seconds of the epoch, and a signature by each key."""
    seconds = int(at.timestamp())
    signed = f"{id_}.{seconds}.".encode() + body
    signatures = [_sign(key, signed) for key in keys]
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{each}" for each in signatures),
    }


def _sign(key: str, signed: bytes) -> str:
    secret = base64.b64decode(key.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode("ascii")
