"""The evidence stays provable when the key that encrypts secrets is changed as documented."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bpadmin.audit.models import SigningKey
from bpadmin.audit.signing import _derived_of, signing_keys
from bpadmin.tenants.services import tenants_reencrypt
from dnc.entries.manual import dnc_add
from dnc.evidence.export import chain_prove, evidence_export, evidence_verify
from dnc.models import DncChange
from tests.dnc.files.filing import TESTER, known_list, numbers
from tests.dnc.trespassing import trespass
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

OLD, NEW, NEWER = "o" * 40, "n" * 40, "m" * 40


@pytest.fixture
def dnc_list(tenant: Any, sandbox: Any, settings: Any) -> Any:
    key_change(settings, OLD)
    SigningKey.objects.all().delete()
    return known_list(tenant, sandbox)


def changed(dnc_list: Any, start: int) -> None:
    dnc_list.tenant.refresh_from_db()
    dnc_add(tenant=dnc_list.tenant, text=numbers(1, start)[0], actor=TESTER, lists=[dnc_list])


def key_change(settings: Any, new: str) -> None:
    """Change the key as the README says."""
    settings.ENCRYPTION_KEY = f"{new},{settings.ENCRYPTION_KEY}"
    tenants_reencrypt()
    settings.ENCRYPTION_KEY = new


def everything(tenant: Any) -> Any:
    span = {"since": datetime(2000, 1, 1, tzinfo=UTC), "until": datetime(2100, 1, 1, tzinfo=UTC)}
    return evidence_export(tenant=tenant, **span)


def test_the_documented_change_of_the_key_keeps_the_evidence_whole(dnc_list: Any, settings: Any) -> None:
    changed(dnc_list, 0)
    log = list(everything(dnc_list.tenant).log)
    for number, key in enumerate((NEW, NEWER), 1):
        key_change(settings, key)
        changed(dnc_list, number)
    assert run("dnc_verify", dnc_list.tenant.slug) == (0, {"is_whole": True, "changes": 6, "faults": []})
    assert evidence_verify(log).is_good
    with trespass():
        DncChange.objects.filter(number=1).update(comment="altered")
    assert chain_prove(tenant=dnc_list.tenant).faults == ("Change 1 was altered after it was written.",)


def test_what_was_signed_before_keys_were_stored_stays_provable(dnc_list: Any, settings: Any) -> None:
    changed(dnc_list, 0)
    settings.ENCRYPTION_KEY = f"{NEW},{OLD}"  # changed before the keys were stored: each has signed
    SigningKey.objects.all().delete()
    tenants_reencrypt()
    changed(dnc_list, 1)
    settings.ENCRYPTION_KEY = NEW
    assert chain_prove(tenant=dnc_list.tenant).is_good
    assert _derived_of(OLD)[0] in signing_keys().known


def test_no_key_is_stored_as_it_is(dnc_list: Any) -> None:
    changed(dnc_list, 0)
    (stored,) = SigningKey.objects.all()
    (key,) = signing_keys().known
    assert key.hex() not in f"{stored.secret} {stored.mark}"


def test_a_key_that_cannot_be_read_is_said_and_changes_go_on(dnc_list: Any, settings: Any) -> None:
    changed(dnc_list, 0)
    settings.ENCRYPTION_KEY = NEW  # without the old one behind it
    assert signing_keys().n_unreadable == 1
    assert "Bring that key back" in chain_prove(tenant=dnc_list.tenant).faults[0]
    settings.ENCRYPTION_KEY = f"{NEW},{OLD}"
    tenants_reencrypt()
    changed(dnc_list, 1)
    settings.ENCRYPTION_KEY = NEW
    assert chain_prove(tenant=dnc_list.tenant).is_good


ODD_LINES = (
    '{"row": {"number": 1, "key": "\\ud800"}, "prev": "", "hash": ""}',
    '{"row": {"number": 1}, "prev": "\\ud800", "hash": "\\ud800"}',
    '{"row": {"number": 1}, "prev": "", "hash": "\u00e9"}',
    '{"row": {"number": "1"}, "prev": "", "hash": ""}\n{"row": {"number": "2"}, "prev": "", "hash": ""}',
    '{"row": {"number": null}, "prev": "", "hash": "a"}\n{"row": {"number": 1}, "prev": "a", "hash": "a"}',
    '{"row": {"number": 1, "deep": ' + "[" * 900 + "]" * 900 + '}, "prev": "", "hash": ""}',
    '{"end": {"count": "\\ud800"}, "hash": "\u00e9"}',
    '{"end": {"count": ' + "[" * 900 + "]" * 900 + '}, "hash": ""}',
)


@pytest.mark.parametrize("lines", ODD_LINES, ids=range(len(ODD_LINES)))
def test_a_log_of_odd_lines_is_told_to_be_none(tenant: Any, lines: str) -> None:
    proof = evidence_verify(lines.encode("utf-8", "surrogatepass").splitlines())
    assert not proof.is_good
    assert all("\ud800" not in fault for fault in proof.faults)
