"""The members of contacts and campaigns that the documents name, grouped as a person would look for them.

Their kinds follow from how they are named: b… is a yes or no, n… a number, dt… a time in the platform's own zone, which
nobody is told and so is shown as it came, and said to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bpadmin.platforms.sources import OWN_CLOCK, ColumnKind, SourceColumn

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PHONES = range(1, 7)
_KINDS = (
    (re.compile(r"b[A-Z]"), ColumnKind.FLAG),
    (re.compile(r"n[A-Z]"), ColumnKind.NUMBER),
    (re.compile(r"dt[A-Z]"), ColumnKind.TIME),
    (re.compile(r"PhoneNumber\d$"), ColumnKind.PHONE),
    (re.compile(r"ExternalSystemLink$|Website$"), ColumnKind.LINK),
    (re.compile(r"(Amount|RandomSortOrder|ContactPreviewTime)$"), ColumnKind.NUMBER),
)
_WORDS = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z]|\d|$)|[A-Z][a-z]+|[A-Z]+|\d+")

_CONTACT_GROUPS = {
    "Contact": (
        *("ID", "Name", "FirstName", "Salutation", "Title", "Company", "Email", "UserData", "Client", "Service"),
        *("ReferenceNumber", "Comment", "ExternalSystemLink", "Website"),
    ),
    "Address": ("Address", "PostalCode", "City", "Region", "Country"),
    "Phone numbers": tuple(f"PhoneNumber{number}" for number in _PHONES),
    "Dialling": (
        *("DiallerCampaignsID", "dtNextTry", "bLastResultMailbox", "LastAcdAgentEndReasonsID", "RandomSortOrder"),
        *(
            name.format(number)
            for number in _PHONES
            for name in (
                "nTriesPhoneNumber{}",
                "nPhoneNumber{}LastCause",
                "bPhoneNumber{}Invalid",
                "PhoneNumber{}LastAcdAgentEndReasonsID",
            )
        ),
    ),
    "Bank": (
        *("AccountOwner", "AccountBank", "AccountNationalBankCode", "AccountBIC", "AccountNumber", "AccountIBAN"),
        "Amount",
    ),
    "Other": ("Model", "Tag"),
}
_CAMPAIGN_GROUPS = {
    "Campaign": ("ID", "Name", "UserData", "ClientsID", "LanguagesID", "dtFrom", "dtTo"),
    "Dialling": (
        *("ContactPreviewTime", "nMaxParallelLines", "bCallerIDActive"),
        "bCloseContactsOnIncomingCallsMatchCallerID",
    ),
    "Result codes": ("AbortOnNoTelNumberResultCodesID", "IncomingCallResultCodesID"),
}
HOURS_GROUP = "Hours of the week"
_HOURS = re.compile(rf"(t|dt)(From|To)({'|'.join(DAYS)})$")
_USUAL_OF_CONTACT = frozenset({"ID", "Name", "FirstName", "Company", "UserData", "City", "PhoneNumber1", "dtNextTry"})
_USUAL_OF_CAMPAIGN = frozenset({"ID", "Name", "UserData", "dtFrom", "dtTo", "nMaxParallelLines"})


def kind_of(name: str) -> ColumnKind:
    """Tell from a member's name what its values are."""
    return next((kind for pattern, kind in _KINDS if pattern.match(name)), ColumnKind.TEXT)


def zone_of(name: str) -> str:
    """Return on which clock a member's values are, "" where they are no moments."""
    return OWN_CLOCK if kind_of(name) is ColumnKind.TIME and not _HOURS.match(name) else ""


def label_of(name: str) -> str:
    """Write a member's name as words: the letters that tell its kind go, the rest is taken apart."""
    words = _WORDS.findall(re.sub(r"^(b|n|dt|t)(?=[A-Z])", "", name))
    first, *rest = words or [name]
    return " ".join(
        [first, *(word if word.isupper() or word.isdigit() or word in DAYS else word.lower() for word in rest)]
    )


def columns_named(names: Iterable[str]) -> tuple[SourceColumn, ...]:
    """Return columns for members of campaigns that no document names: label and kind as their own names tell."""
    known = {column.name for column in CAMPAIGN_COLUMNS}
    told = [(name, label_of(name)) for name in names if name not in known]
    return tuple(
        SourceColumn(name, label, HOURS_GROUP if _HOURS.match(name) else "", kind_of(name), zone=zone_of(name))
        for name, label in told
    )


def _columns(groups: dict[str, tuple[str, ...]], usual: frozenset[str]) -> tuple[SourceColumn, ...]:
    return tuple(
        SourceColumn(name, label_of(name), group, kind_of(name), name in usual, zone=zone_of(name))
        for group, names in groups.items()
        for name in names
    )


CONTACT_COLUMNS = _columns(_CONTACT_GROUPS, _USUAL_OF_CONTACT)
CAMPAIGN_COLUMNS = _columns(_CAMPAIGN_GROUPS, _USUAL_OF_CAMPAIGN)
