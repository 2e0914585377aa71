"""Keys as they are sent: the same numbers that calling lists dial, and codes as each type wants them."""

from __future__ import annotations

import pytest

from dnc.entries.manual import dnc_add, dnc_delete
from dnc.keys.normalisation import KeyRules
from dnc.kinds import DNC_ADD, DNC_DELETE
from dnc.models import DncKind, PhoneRule
from tests.dnc.files.filing import TESTER, held, known_list, sent_file


@pytest.mark.parametrize(
    ("rule", "typed", "key"),
    [
        (PhoneRule.AUTO, "650-555-0100", "16505550100"),
        (PhoneRule.AUTO, "+1 (650) 555.0100", "16505550100"),
        (PhoneRule.AUTO, "16505550100", "16505550100"),
        (PhoneRule.AUTO, "+49 30 123456", "4930123456"),
        (PhoneRule.AUTO, "447911123456", "447911123456"),
        (PhoneRule.AUTO, "5550100", None),
        (PhoneRule.AUTO, "1.65056E+10", None),
        (PhoneRule.AUTO, "nobody", None),
        (PhoneRule.US_CANADA, "447911123456", None),
        (PhoneRule.US_CANADA, "011447911123456", "011447911123456"),
        (PhoneRule.OTHER, "030 1234567", "0301234567"),
        (PhoneRule.OTHER, "6505550100", "6505550100"),
        (PhoneRule.OTHER, "123", None),
        (PhoneRule.AUTO, "", ""),
    ],
)
def test_numbers_become_what_is_dialled(rule, typed, key):
    rules = KeyRules(DncKind.INTERNAL, rule)
    assert rules.normal_one(typed) == key
    assert rules.normal(["6505550100", typed, "+49 30 123456"])[1] == key
    if key is None:
        assert all(rules.fault(typed))


@pytest.mark.parametrize(
    ("kind", "country", "typed", "key"),
    [
        (DncKind.GEOGRAPHIC_AREACODE, "US", " 650 ", "650"),
        (DncKind.GEOGRAPHIC_AREACODE, "", "(1650)", "650"),
        (DncKind.GEOGRAPHIC_AREACODE, "US", "065", None),
        (DncKind.GEOGRAPHIC_AREACODE, "DE", "030", "030"),
        (DncKind.GEOGRAPHIC_AREACODE, "DE", "x", None),
        (DncKind.GEOGRAPHIC_POSTAL, "US", "94010-1234", "94010"),
        (DncKind.GEOGRAPHIC_POSTAL, "US", "9401", None),
        (DncKind.GEOGRAPHIC_POSTAL, "CA", "k1a0b1", "K1A 0B1"),
        (DncKind.GEOGRAPHIC_POSTAL, "GB", "SW1A  1AA", "SW1A 1AA"),
        (DncKind.GEOGRAPHIC_POSTAL, "", "nowhere", None),
        (DncKind.GEOGRAPHIC_POSTAL, "", "6505550100", None),
        (DncKind.GEOGRAPHIC_POSTAL, "", "+1 (650) 555.0100", None),
        (DncKind.GEOGRAPHIC_POSTAL, "", "555-0100", None),
        (DncKind.GEOGRAPHIC_POSTAL, "", "94010-1234", "94010-1234"),
        (DncKind.GEOGRAPHIC_POSTAL, "", "940101234", "940101234"),
        (DncKind.GEOGRAPHIC_POSTAL, "", "01310-100", "01310-100"),
        (DncKind.GEOGRAPHIC_POSTAL, "", "1000-205", "1000-205"),
        (DncKind.GEOGRAPHIC_POSTAL, "", "101000", "101000"),
        (DncKind.GEOGRAPHIC_POSTAL, "", "K1A 0B1", "K1A 0B1"),
        (DncKind.GEOGRAPHIC_POSTAL, "JP", "100-0001", "100-0001"),
        (DncKind.GEOGRAPHIC_POSTAL, "US", "940101234", "94010"),
        (DncKind.GEOGRAPHIC_POSTAL, "US", "6505550100", None),
        (DncKind.EXCLUSION, "", "  aB, c ", "aB, c"),
        (DncKind.EXCLUSION, "", "x" * 201, None),
        (DncKind.UNKNOWN, "", "As It Is", "As It Is"),
    ],
)
def test_codes_and_values_follow_their_type(kind, country, typed, key):
    rules = KeyRules(kind, country=country, is_adding=True)
    assert rules.normal_one(typed) == key
    if key is None:
        assert all(rules.fault(typed.strip()))


@pytest.mark.django_db(transaction=True)
def test_a_telephone_number_among_postal_codes_is_told_and_can_be_taken_out(tenant, sandbox):
    codes = known_list(tenant, sandbox, ["94010", "6505550100"], name="Storm", type=DncKind.GEOGRAPHIC_POSTAL)
    (added,) = dnc_add(tenant=tenant, text="94011\n650-555-0199", actor=TESTER, lists=[codes])
    assert (added.n_done, [each.value for each in added.refused]) == (1, ["650-555-0199"])
    assert "650-555-0199: it is written like a telephone number, and this list is of postal codes" in added.sentence
    job = sent_file(codes, DNC_ADD, ["94012", "6505550198"], header="code")
    assert (job.n_added, job.n_rejected) == (1, 1)
    (gone,) = dnc_delete(tenant=tenant, text="6505550100", actor=TESTER, lists=[codes], comment="wrong")
    assert gone.n_done == 1
    job = sent_file(codes, DNC_DELETE, ["6505550100", "94012"], header="code")
    assert (job.n_updated, job.n_already_there, job.n_rejected) == (1, 1, 0)
    assert held(sandbox, codes) == {"94010", "94011"}
