"""Digits of two numbers are never joined, and what is no whole number of the list's kind is refused with a way out."""

from __future__ import annotations

import pytest

from dnc.keys.countries import code_held, country_of
from dnc.keys.normalisation import KeyRules
from dnc.models import DncKind, PhoneRule

US = "16505550101"
AUTO = KeyRules(DncKind.INTERNAL, is_adding=True)
FOREIGN = KeyRules(DncKind.INTERNAL, PhoneRule.OTHER, is_adding=True)
POLISH = KeyRules(DncKind.INTERNAL, home=country_of("PL"))
GERMAN = KeyRules(DncKind.INTERNAL, home=country_of("DE"))
BRITISH = KeyRules(DncKind.INTERNAL, PhoneRule.OTHER, is_adding=True, holds="44")


@pytest.mark.parametrize(
    ("rules", "texts"),
    [
        (
            AUTO,
            {
                "650-555-0101 x5": US, "(650) 555-0101 ext. 12": US, "+1 650 555 0101 #4": US, "home 650-555-0101": US,
                "650.555.0101 (home)": US, "Tel.: 650-555-0101": US, "555-0100 ext 123": None, "6505550101, x5": US,
                "650-555-0101 (asked 12/3)": None, "555-0101 / 555-0102": None, "650-555-0101 or 650-555-0102": None,
                "5550101 5550102": None, "650-555-0101/02": None, "650-555-0101 123": None, "650*": None,
                "16505550***": None, "6505550101 +16505550102": None, "650-555-0101 (12)": None, "": "",
                "+49 (0)30 1234567": "49301234567", "+49 30/1234567": "49301234567", "442079460958": "442079460958",
                "1111111111": None, "0000000000": None, "1234567890": None, "01632960001": None, "650555010": None,
                "165055501011": None, "5550101": None, "00442079460958": None, "6.50555E+09": None,
            },
        ),
        (FOREIGN, {"02079460958": "02079460958", "030/1234567": "0301234567", "555-0101 / 555-0102": None}),
        (BRITISH, {"02079460958": None, "+44 20 7946 0958": "442079460958", "442079460958": "442079460958"}),
        (
            KeyRules(DncKind.INTERNAL, home=country_of("UK"), is_adding=True),
            {"02079460958": "442079460958", "00442079460958": "442079460958", "+49301234567": "49301234567",
             "2079460958": None},
        ),
        (POLISH, {"601 234 567": "48601234567", "+48601234567": "48601234567"}),
        (GERMAN, {"030 1234567": "49301234567", "+48601234567": "48601234567"}),
    ],
)  # fmt: skip
def test_a_text_is_the_one_number_that_it_holds_or_none(rules, texts):
    together = dict(zip(texts, rules.normal(list(texts)), strict=True))
    assert together == texts
    assert {text: rules.normal([text])[0] for text in texts} == texts


def test_a_refusal_says_what_to_do():
    assert BRITISH.fault("02079460958")[1] == "Enter 442079460958, or say of which country the numbers are."
    assert "say of which country" in AUTO.fault("01632960001")[1]
    assert "more than one number" in AUTO.fault("555-0101 / 555-0102")[0]
    assert "wild card" in AUTO.fault("650*")[0]
    assert "cannot exist" in AUTO.fault("1111111111")[0]


@pytest.mark.parametrize(
    ("least", "most", "code"),
    [
        ("441632960001", "447700900123", "44"),
        ("4520123456", "4591234567", "45"),
        ("74951234567", "79161234567", "7"),
        # Ten digits of one area of the US, or of several, are no numbers of Singapore, Japan or Russia.
        ("6505550101", "6505550199", ""),
        ("8125550101", "8185550101", ""),
        ("7025550101", "7755550101", ""),
        ("16505550101", "442079460958", ""),
    ],
)
def test_a_list_is_of_a_country_where_its_first_and_last_number_have_its_code(least: str, most: str, code: str) -> None:
    assert code_held(least, most) == code
