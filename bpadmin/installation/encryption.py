"""Secrets at rest: encrypted with keys derived from settings.ENCRYPTION_KEY.

The setting may hold several keys separated by commas: the first encrypts, all of them decrypt. To replace a key, put
the new one in front, run `manage.py tenant_reencrypt`, and take the old one away.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from bpadmin.extensions import ExtensionPoint

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

# The ciphers are imported when a secret is read or kept: most commands do neither.

stored_secrets: ExtensionPoint[Callable[[], int]] = ExtensionPoint()
"""Encrypt the secrets of an app anew with the first key, and return how many there were."""


class SecretUnreadable(Exception):
    """What is stored was encrypted with a key that is not among the present ones."""


def encrypt(text: str) -> str:
    """Encrypt a text with the first key."""
    return _cipher(settings.ENCRYPTION_KEY).encrypt(text.encode()).decode("ascii")


def decrypt(token: str) -> str:
    """Decrypt what `encrypt` made. Raises SecretUnreadable."""
    from cryptography.fernet import InvalidToken

    try:
        return _cipher(settings.ENCRYPTION_KEY).decrypt(token.encode("ascii")).decode()
    except (InvalidToken, UnicodeError) as exc:
        raise SecretUnreadable(
            "The stored secret cannot be read: BPADMIN_ENCRYPTION_KEY is not the one it was stored with. "
            "Bring the old key back (several may be given, separated by commas), or enter the secret again."
        ) from exc


def reencrypt(token: str) -> str:
    """Encrypt with the first key what any of the keys can read. Raises SecretUnreadable."""
    return encrypt(decrypt(token))


def others_reencrypt() -> int:
    """Encrypt the secrets of other apps with the first key; returns how many."""
    return sum(others() for others in stored_secrets)


@lru_cache(maxsize=4)
def _cipher(setting: str) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet

    keys = [key.strip() for key in setting.split(",") if key.strip()]
    return MultiFernet([Fernet(_derive(key)) for key in keys])


def _derive(key: str) -> bytes:
    """Make a Fernet key of a long random text; `info` keeps it apart from other uses of the same text."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"bpadmin tenant secrets")
    return base64.urlsafe_b64encode(kdf.derive(key.encode()))
