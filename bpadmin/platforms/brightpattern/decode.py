"""Turn answers of the List Management API into types: no I/O, so that every oddity is tested without a socket.

`read` judges an answer and hands its JSON to one of the shapes below it. A shape either understands all that matters
or raises Misshapen, which becomes Broken with the beginning of the body; nothing is filled in silently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from bpadmin.platforms.base import Answer
from bpadmin.platforms.brightpattern.dnc_lists import dnc_type_named
from bpadmin.platforms.brightpattern.records import page
from bpadmin.platforms.brightpattern.refusals import JUDGE
from bpadmin.platforms.errors import Conflict, Invalid, NotFound, PlatformError, Reason
from bpadmin.platforms.http.endpoint import Endpoint
from bpadmin.platforms.http.lenient import (
    Misshapen,
    as_items,
    as_object,
    bool_in,
    choice_in,
    folded,
    integer_in,
    needed_bool_in,
    needed_integer_in,
    needed_text_in,
    number_in,
    shown,
    text_in,
    time_in,
)
from bpadmin.platforms.types import (
    BatchResult,
    Bound,
    CallingList,
    Campaign,
    CampaignState,
    CreatedList,
    DncBinding,
    ListBinding,
    ListUse,
    Page,
    RemoteJob,
    RemoteJobState,
    Sorting,
    SortingField,
    SortingType,
    SortOrder,
    Token,
)

T = TypeVar("T")


def read(answer: Answer, endpoint: Endpoint, shape: Callable[[Any], T]) -> T:
    """Return what `shape` makes of a successful answer; raise the PlatformError that any other one stands for."""
    return JUDGE.read(answer, endpoint, shape)


# Servers take some 8 kB of headers; tokens that carry much have 2 kB.
LONGEST_TOKEN = 8_000


def token(value: object) -> Token:
    """Read an access token; `expires_in` is seconds, as a number or a string."""
    members = as_object(value, "the answer")
    text = needed_text_in(members, "access_token")
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise Misshapen("access_token has characters that no header can carry")
    if len(text) > LONGEST_TOKEN:
        raise Misshapen(f"access_token has {len(text):,} characters; no server takes a header as long as that")
    lifetime = number_in(members, "expires_in")
    if lifetime is None or not 0 < lifetime < float("inf"):
        raise Misshapen(f"expires_in should be a number of seconds, but is {shown(members.get('expires_in'))}")
    return Token(text, lifetime)


def campaigns(value: object) -> tuple[Campaign, ...]:
    """Read the enabled campaigns with their states."""
    return tuple(campaign(item, "") for item in as_items(value, "the answer"))


def campaign(value: object, campaign_id: str) -> Campaign:
    """Read one campaign; `campaign_id` is the one asked for, where the answer does not repeat it."""
    members = folded(value, "a campaign")
    lists, dnc_lists = members.get("lists"), members.get("dnclists")
    return Campaign(
        id=campaign_id or needed_text_in(members, "id"),
        name=text_in(members, "name"),
        state=_campaign_state(members),
        enabled=bool_in(members, "enabled"),
        lists=None if lists is None else tuple(map(_binding, as_items(lists, "lists"))),
        dnc_lists=None if dnc_lists is None else tuple(map(_dnc_binding, as_items(dnc_lists, "dncLists"))),
    )


def _campaign_state(members: Mapping[str, Any]) -> CampaignState:
    needed_text_in(members, "state")
    return choice_in(members, "state", CampaignState, CampaignState.UNKNOWN)


def state(value: object, implied: CampaignState) -> CampaignState:
    """Read the state after start or stop; an empty success means that what was asked for was done."""
    return implied if value is None else _campaign_state(folded(value, "the answer"))


def _binding(value: object) -> ListBinding:
    members = folded(value, "a list of the campaign")
    return ListBinding(
        list_id=needed_text_in(members, "id"),
        list_name=text_in(members, "name"),
        instance_id=needed_text_in(members, "instanceid"),
        instance_name=text_in(members, "instancename"),
        enabled=needed_bool_in(members, "enabled"),
        order=needed_integer_in(members, "order"),
        dialing_ratio=needed_integer_in(members, "dialingratio"),
        sorting=_sorting(members.get("sortingorder")),
        total_records=integer_in(members, "totalrecords"),
    )


def _sorting(value: object) -> Sorting:
    if value is None:
        return Sorting()
    members = {"type": value} if isinstance(value, str) else folded(value, "sortingOrder")
    fields = members.get("sortingfields")
    return Sorting(
        choice_in(members, "type", SortingType, SortingType.UNKNOWN),
        () if fields is None else tuple(map(_sorting_field, as_items(fields, "sortingFields"))),
    )


def _sorting_field(value: object) -> SortingField:
    members = folded(value, "a sorting field")
    word = text_in(members, "sortorder").strip().upper() or SortOrder.ASC
    if word not in list(SortOrder):
        raise Misshapen(f"sortOrder should be ASC or DESC, but is {shown(word)}")
    return SortingField(text_in(members, "fieldname"), SortOrder(word), text_in(members, "fieldid"))


def _dnc_binding(value: object) -> DncBinding:
    members = folded(value, "a Do Not Call list of the campaign")
    return DncBinding(
        id=needed_text_in(members, "id"),
        name=text_in(members, "name"),
        type=dnc_type_named(text_in(members, "type")),
        disposition=text_in(members, "disposition"),
        country=text_in(members, "country"),
        list_field=text_in(members, "listfield"),
    )


def bound(value: object, instance_id: str) -> Bound:
    """Read what binding or updating answers; `instance_id` is the one asked for, "" when the answer has to name it."""
    if value is None and instance_id:
        return Bound(instance_id)
    members = folded(value, "the answer")
    return Bound(instance_id or needed_text_in(members, "instanceid"), integer_in(members, "totalrecords"))


def list_page(value: object) -> Page[CallingList]:
    """Read one page of calling lists."""
    return page(value, lambda item: calling_list(item, ""))


def calling_list(value: object, list_id: str) -> CallingList:
    """Read a calling list; `list_id` is the one asked for, "" where the answer names it.

    Asking for one list tells where it is bound, so that none named means none; a page of lists does not tell.
    """
    members = as_object(value, "a list")
    uses = members.get("campaigns")
    return CallingList(
        id=list_id or needed_text_in(members, "id"),
        name=text_in(members, "name"),
        format_id=text_in(members, "formatId"),
        format_name=text_in(members, "formatName"),
        created=time_in(members, "creationDate"),
        total_records=integer_in(members, "totalRecords"),
        campaigns=tuple(map(_list_use, as_items(uses or [], "campaigns"))) if list_id or uses is not None else None,
    )


def _list_use(value: object) -> ListUse:
    members = as_object(value, "a campaign of the list")
    return ListUse(
        campaign_id=needed_text_in(members, "campaignId"),
        campaign_name=text_in(members, "campaignName"),
        instance_id=text_in(members, "instanceId"),
    )


def created_list(value: object) -> CreatedList:
    """Read the ids of a list just created, and of its format where one was created with it."""
    members = as_object(value, "the answer")
    return CreatedList(needed_text_in(members, "id"), text_in(members, "formatId"))


def batch(value: object, count_name: str) -> BatchResult:
    """Read a partial success: the number under `count_name`, and per error bucket the objects refused for it."""
    members = as_object(value, "the answer")
    error = members.get("error")
    if error is not None and not isinstance(error, dict) and error != []:
        raise Misshapen(f"error should name the refused records, but is {shown(error)}")
    buckets = {name: tuple(map(_refused, _several(items))) for name, items in (error or {}).items()}
    return BatchResult(
        needed_integer_in(members, count_name), {name: items for name, items in buckets.items() if items}
    )


def _several(items: object) -> Sequence[Any]:
    return [] if items is None else items if isinstance(items, list) else [items]


def _refused(item: object) -> Mapping[str, Any]:
    # A bucket nobody documented may hold something else than objects; it is counted and kept all the same.
    return item if isinstance(item, dict) else {"value": item}


def count(value: object, count_name: str) -> int:
    """Read the number under `count_name`; an empty answer is how some versions say that there was nothing to do."""
    return 0 if value is None else needed_integer_in(as_object(value, "the answer"), count_name)


def done(value: object) -> None:
    """Accept a success that tells nothing, empty as documented or not, unless it names an error after all."""
    if not isinstance(value, dict):
        return
    error = value.get("error")
    if isinstance(error, dict):
        named = [name for name, items in error.items() if items]
        if named:
            _raise_refused(named[0])
    elif error:
        _raise_refused(str(value.get("error_description") or error))


def _raise_refused(what: str) -> NoReturn:
    error: type[PlatformError] = {"duplicateKey": Conflict, "keyNotFound": NotFound}.get(what, Invalid)
    reason = {"duplicateKey": Reason.DUPLICATE_KEY, "keyNotFound": Reason.RECORD_NOT_FOUND}.get(
        what, Reason.BAD_REQUEST
    )
    raise error(f"The platform did not accept the record: {what}.", code=what, detail=what, reason=reason)


def remote_job(value: object) -> RemoteJob:
    """Read what a deletion answers: a job to ask after, or on newer tenants the number already deleted.

    An empty success, which some versions give for an empty list, counts as complete with an unknown number.
    """
    if value is None:
        return RemoteJob("", RemoteJobState.COMPLETE, 100.0)
    members = as_object(value, "the answer")
    job_id, deleted = text_in(members, "job"), integer_in(members, "deleted")
    if job_id:
        return RemoteJob(job_id, estimated_seconds=number_in(members, "estimated_time"), deleted=deleted)
    if deleted is None:
        raise Misshapen(f"neither a job nor a number of deleted records came, but {shown(value)}")
    return RemoteJob("", RemoteJobState.COMPLETE, 100.0, deleted=deleted)


def job_status(value: object, job_id: str) -> RemoteJob:
    """Read how far a deletion is."""
    members = as_object(value, "the answer")
    percentage = number_in(members, "completion_percentage")
    word = needed_text_in(members, "job_complete").strip().lower()
    if percentage is None or word not in list(RemoteJobState):
        raise Misshapen(f"the state of the deletion came as {shown(value)}")
    return RemoteJob(
        job_id,
        RemoteJobState(word),
        min(max(percentage, 0.0), 100.0),
        deleted=integer_in(members, "deleted"),
        error_message=text_in(members, "error_message"),
    )
