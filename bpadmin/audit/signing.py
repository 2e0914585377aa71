"""The keys that sign chains, of the log and of Do Not Call evidence: kept for ever, encrypted like every other secret.

They are no longer made anew of the key that encrypts secrets: that one may be changed, and what was signed must stay
provable. The first was made of it, so what was signed before there were stored keys is proven by the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from django.conf import settings
from django.db import transaction

from bpadmin.audit.models import SigningKey
from bpadmin.installation.encryption import SecretUnreadable, decrypt, encrypt, reencrypt


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The keys there are: `current` makes new signatures, all of `known` prove. `n_unreadable` cannot be decrypted."""

    current: bytes
    known: tuple[bytes, ...]
    n_unreadable: int = 0


def signing_keys() -> SigningKeys:
    """Read the keys; the first time, and when none can be read, one is made of the encryption key and kept."""
    stored = list(_stored())
    readable = [key for key in stored if key is not None]
    derived = _derived()
    if not readable:
        # All of them: an installation whose encryption key was changed before has signed with each of them.
        for key in derived:
            _keep(key)
        readable = list(derived)
    known = tuple(dict.fromkeys([*readable, *derived]))
    return SigningKeys(readable[0], known, stored.count(None))


def signing_keys_reencrypt() -> int:
    """Encrypt the stored keys with the newest encryption key, and keep those made of the others; returns how many.

    One that cannot be read stays as it is: its encryption key may come back, and verifying the evidence says so.
    """
    count = 0
    with transaction.atomic():
        signing_keys()
        for key in _derived():
            _keep(key)
        for each in SigningKey.objects.order_by("pk"):
            with suppress(SecretUnreadable):
                each.secret = reencrypt(each.secret)
                each.save(update_fields=["secret"])
                count += 1
    return count


def _stored() -> Iterator[bytes | None]:
    for secret in SigningKey.objects.order_by("pk").values_list("secret", flat=True):
        try:
            yield bytes.fromhex(decrypt(secret))
        except SecretUnreadable:
            yield None


def _keep(key: bytes) -> None:
    """Store a key unless it is there: its mark, which does not give it away, is unique."""
    mark = sha256(b"bpadmin signing key mark" + key).hexdigest()
    made = SigningKey(mark=mark, secret=encrypt(key.hex()))
    SigningKey.objects.bulk_create([made], ignore_conflicts=True)


def _derived() -> tuple[bytes, ...]:
    return _derived_of(settings.ENCRYPTION_KEY)


@lru_cache(maxsize=4)
def _derived_of(setting: str) -> tuple[bytes, ...]:
    return tuple(_derive(key.strip()) for key in setting.split(",") if key.strip())


def _derive(key: str) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    # `info` keeps it apart from the key that encrypts secrets, which is made of the same text.
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"bpadmin dnc evidence").derive(key.encode())
