"""Which languages are written in the place that a time zone is named after."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

_COUNTRIES = """
de DE AT CH LU LI
fr FR BE CH CA LU MC SN CI DZ MA TN
es ES MX AR CL CO PE VE EC UY PY BO CR PA GT HN SV NI DO CU PR US
ca ES AD
it IT CH SM
pt PT BR AO MZ
nl NL BE
sv SE FI
da DK
nb NO
fi FI
is IS
en US GB IE CA AU NZ ZA
pl PL
cs CZ
sk SK
hu HU
ro RO MD
sh HR BA RS ME
sl SI
lt LT
lv LV
et EE
tr TR CY
vi VN
th TH
ru RU BY KZ KG
uk UA
bg BG
el GR CY
he IL
ar SA EG AE JO LB SY IQ KW QA BH OM YE PS DZ MA TN LY SD
ja JP
ko KR
zh CN SG
zh-tw TW HK MO
"""


def languages_of_zone(zone: str) -> frozenset[str]:
    """Return the languages of the countries of a zone such as Europe/Warsaw; none for UTC and the like."""
    countries = countries_of_zone(zone)
    lines = (line.split() for line in _COUNTRIES.strip().splitlines())
    return frozenset(language for language, *there in lines if countries.intersection(there))


def countries_of_zone(zone: str) -> frozenset[str]:
    """Return the countries (ISO 3166) that have a zone such as Europe/Warsaw; none for UTC and the like."""
    return _countries_of_zones().get(zone, frozenset())


@cache
def _countries_of_zones() -> Mapping[str, frozenset[str]]:
    text = (resources.files("tzdata") / "zoneinfo" / "zone1970.tab").read_text(encoding="utf-8")
    found: dict[str, frozenset[str]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            countries, _, zone, *_ = line.split("\t")
            found[zone] = frozenset(countries.split(","))
    return found
