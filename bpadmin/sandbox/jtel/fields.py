"""The fields of campaigns and contacts, with what they hold when nobody set them.

The vendor's examples are shortened. What they name is here under the same name; the rest is what the vendor's forms
and its import have a place for.
"""

from __future__ import annotations

from typing import Any

PHONES = range(1, 7)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

CAMPAIGN_FIELDS: dict[str, Any] = {
    "ID": None,
    "ClientsID": 1,
    "Name": "",
    "LanguagesID": 2,
    "UserData": None,
    "Comment": None,
    "dtFrom": None,
    "dtTo": None,
    "dtCreated": None,
    "dtModified": None,
    "bActive": True,
    "DiallerModesID": 1,
    "AcdGroupsID": 17,
    "Weight": 100,
    "ContactPreviewTime": 5,
    "nRingTime": 30,
    "nWrapUpTime": 30,
    "nMaxParallelLines": None,
    "nMaxTries": 6,
    "nMaxTriesPerPhoneNumber": 3,
    "nDelayBusy": 10,
    "nDelayNoAnswer": 60,
    "nDelayMailbox": 120,
    "bMailboxDetection": False,
    "bRandomSortOrder": False,
    "bCallerIDActive": False,
    "CallerID": None,
    "bCloseContactsOnIncomingCalls": False,
    "bCloseContactsOnIncomingCallsMatchCallerID": True,
    "ExternalSystemLink": None,
    "AbortOnNoTelNumberResultCodesID": None,
    "IncomingCallResultCodesID": None,
    **{f"tFrom{day}": "09:00:00" if day not in _DAYS[5:] else None for day in _DAYS},
    **{f"tTo{day}": "20:00:00" if day not in _DAYS[5:] else None for day in _DAYS},
}

CONTACT_FIELDS: dict[str, Any] = {
    "ID": None,
    "DiallerCampaignsID": None,
    **dict.fromkeys(("UserData", "Client", "Service", "ReferenceNumber")),
    "Name": "",
    **dict.fromkeys(("FirstName", "Salutation", "Title", "Company")),
    **dict.fromkeys(("Address", "PostalCode", "City", "Region", "Country")),
    **dict.fromkeys(("AccountOwner", "AccountBank", "AccountNationalBankCode")),
    **dict.fromkeys(("AccountBIC", "AccountNumber", "AccountIBAN", "Amount")),
    **dict.fromkeys(("Email", "Website", "Comment", "ExternalSystemLink", "Tag", "Model")),
    "RandomSortOrder": 0,
    **{f"PhoneNumber{n}": None for n in PHONES},
    **{f"nTriesPhoneNumber{n}": 0 for n in PHONES},
    **{f"nPhoneNumber{n}LastCause": None for n in PHONES},
    **{f"bPhoneNumber{n}Invalid": None for n in PHONES},
    **{f"PhoneNumber{n}LastAcdAgentEndReasonsID": None for n in PHONES},
    "LastAcdAgentEndReasonsID": None,
    "bLastResultMailbox": None,
    "nTries": 0,
    "bDone": False,
    "bAborted": False,
    "DiallerCampaignsResultCodesID": None,
    "ResultCodesExportKey": None,
    **dict.fromkeys(("dtCreated", "dtLastTry", "dtNextTry")),
    **dict.fromkeys(("FollowUpDateTime", "FollowUpUsersUID", "ReservedUsersUID")),
}
