"""Turn what the newer methods tell of Do Not Call lists into types. Pure, like decode.py."""

from __future__ import annotations

from typing import Any

from bpadmin.platforms.brightpattern.records import page
from bpadmin.platforms.http.lenient import (
    as_items,
    as_object,
    bool_in,
    folded,
    integer_in,
    needed_text_in,
    text_in,
    time_in,
)
from bpadmin.platforms.types import DncListInfo, DncRecord, DncType, DncUse, Page

# One kind of list goes by several names, depending on the method and the version; of a name only its letters count.
_TYPES = {
    DncType.INTERNAL: ("INTERNAL",),
    DncType.GEOGRAPHIC_POSTAL: ("GEOGRAPHICPOSTAL", "POSTAL", "POSTALCODES", "GEOGRAPHICPOSTALCODES"),
    DncType.GEOGRAPHIC_STATE: ("GEOGRAPHICSTATE", "STATE", "STATES", "GEOGRAPHICSTATEPROVINCE", "STATEPROVINCE"),
    DncType.GEOGRAPHIC_AREACODE: ("AREACODES", "AREACODE", "GEOGRAPHICAREACODE", "GEOGRAPHICAREACODES"),
    DncType.EXCLUSION: ("EXCLUSION", "RECORDEXCLUSION"),
}
_NAMED = {name: kind for kind, names in _TYPES.items() for name in names}


def dnc_type_named(name: str) -> DncType:
    """Return the type that a method means by `name`; UNKNOWN for one of a later version."""
    letters = "".join(character for character in name.upper() if character.isalpha())
    return _NAMED.get(letters, DncType.UNKNOWN)


def dnc_list_page(value: object) -> Page[DncListInfo]:
    """Read one page of Do Not Call lists."""
    return page(value, lambda item: dnc_list(item, ""))


def dnc_list(value: object, dnc_list_id: str) -> DncListInfo:
    """Read a Do Not Call list; `dnc_list_id` is the one asked for, "" where the answer has to name it.

    Asking for one list tells which campaigns it guards, so that none named means none; a page of lists does not tell.
    """
    members = folded(value, "a Do Not Call list")
    uses = members.get("campaigns")
    is_told = bool(dnc_list_id) or uses is not None
    return DncListInfo(
        id=dnc_list_id or needed_text_in(members, "id"),
        name=text_in(members, "name"),
        type=dnc_type_named(text_in(members, "type")),
        type_name=text_in(members, "type"),
        created=time_in(members, "creationdate"),
        total_records=integer_in(members, "totalrecords"),
        expire_records=bool_in(members, "expirerecords"),
        default_expiration_period=integer_in(members, "defaultexpirationperiod"),
        reset_daily=bool_in(members, "resetdaily"),
        reset_time=text_in(members, "resettime"),
        country=text_in(members, "country"),
        list_field=text_in(members, "listfield") or text_in(members, "exclusionfield"),
        campaigns=tuple(map(_use, as_items(uses or [], "campaigns"))) if is_told else None,
    )


def _use(value: object) -> DncUse:
    members = folded(value, "a campaign of the Do Not Call list")
    return DncUse(
        campaign_id=needed_text_in(members, "campaignid"),
        campaign_name=text_in(members, "campaignname"),
        disposition=text_in(members, "disposition"),
        allow_append=bool_in(members, "allowappend"),
    )


def dnc_record_page(value: object) -> Page[DncRecord]:
    """Read one page of the entries of a Do Not Call list."""
    return page(value, _dnc_record)


def _dnc_record(value: Any) -> DncRecord:
    # Up to a thousand of them come in a page, and a list may have millions.
    members = as_object(value, "a Do Not Call entry")
    return DncRecord(
        key=needed_text_in(members, "key"),
        comment=text_in(members, "comment"),
        added=time_in(members, "added"),
        set_on=time_in(members, "setOn"),
        expire_at=time_in(members, "expireAt"),
    )
