"""Who a record is, without its name or number: a keyed hash. The key is the tenant's own and never leaves the database.

The hashes have 64 bits: among 2,000,000 records of a list two are the same by chance once in ten million lists.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from bpadmin.installation.encryption import decrypt, encrypt, reencrypt
from bpadmin.platforms.types import Record
from bpadmin.results.models import ResultsSettings

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def settings_of(tenant: Tenant) -> ResultsSettings:
    """Return how a tenant's results are read, made with a key of its own where there is none yet."""
    found, _ = ResultsSettings.objects.get_or_create(tenant=tenant, defaults={"key": _new_key()})
    return found


def _new_key() -> str:
    return encrypt(base64.b64encode(secrets.token_bytes(32)).decode("ascii"))


def keys_reencrypt() -> int:
    """Encrypt the keys of all tenants anew with the first key of the installation; return how many."""
    count = 0
    for each in ResultsSettings.objects.all():
        ResultsSettings.objects.filter(pk=each.pk).update(key=reencrypt(each.key))
        count += 1
    return count


class Hasher:
    """Makes the hashes of one source; `key_fields` are the names of the fields by which its records are told apart."""

    def __init__(self, settings: ResultsSettings, key_fields: Sequence[str] = ()) -> None:
        self._key = base64.b64decode(decrypt(settings.key))
        self._fields = [name.casefold() for name in key_fields]

    def of(self, *parts: object) -> int:
        """Return a number of 64 bits with a sign for some texts and numbers."""
        text = orjson.dumps(parts, default=str)
        return int.from_bytes(hashlib.blake2b(text, key=self._key, digest_size=8).digest(), "big", signed=True)

    def record(self, record: Record) -> tuple[int, bool]:
        """Return who a record is, and whether that stays when other fields of it are changed."""
        if record.id:
            return self.of("id", record.id), True
        values = {name.casefold(): value for name, value in record.entry.items()}
        if self._fields and all(name in values for name in self._fields):
            return self.of("key", *(str(values[name]) for name in self._fields)), True
        return self.of("all", sorted((name, str(value)) for name, value in values.items())), False

    def attempt(self, record: int, at: datetime, interaction: str, disposition: str, *, is_exact: bool) -> int:
        """Return what makes an attempt the same when it is read again.

        Where a record cannot be told by a key, its attempts are by the interaction, so that a changed field makes no
        new attempts of them.
        """
        moment = (at - EPOCH) // _MILLISECOND
        if interaction:
            return self.of("attempt", record if is_exact else "", moment, interaction)
        return self.of("attempt", record, moment, disposition)


_MILLISECOND = datetime.resolution * 1000
