"""The secrets of sources, encrypted as those of tenants are."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bpadmin.feeds.models import Feed
from bpadmin.installation.encryption import decrypt, encrypt, reencrypt


def secrets_read(feed: Feed) -> dict[str, str]:
    """Return the secrets of a feed's source. Raises SecretUnreadable."""
    return dict(json.loads(decrypt(feed.secret))) if feed.secret else {}


def secrets_write(secrets: Mapping[str, str]) -> str:
    """Return secrets as they are stored; "" where there are none."""
    kept = {name: value for name, value in secrets.items() if value}
    return encrypt(json.dumps(kept)) if kept else ""


def feeds_reencrypt() -> int:
    """Encrypt the secrets of all feeds with the first key; returns how many feeds have any."""
    count = 0
    for feed in Feed.objects.exclude(secret="").only("pk", "secret"):
        Feed.objects.filter(pk=feed.pk, secret=feed.secret).update(secret=reencrypt(feed.secret))
        count += 1
    return count
