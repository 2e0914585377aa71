"""What the server sends by itself: requests that were closed, and those that are tried again for want of a consultant.

The envelope holds the request under `data`; a closed one's calls and dialogs stand beside it.
"""

from __future__ import annotations

from bpadmin.platforms.conpeek import decode
from bpadmin.platforms.http.lenient import Misshapen, as_object, json_loads, needed_text_in, text_in, time_in
from bpadmin.platforms.results import ResultNews

CLOSED = "voice_campaign_request_closed"
CONSULTANT_RETRY = "voice_campaign_request_consultant_retry"
EVENTS = (CLOSED, CONSULTANT_RETRY)
_BESIDE = ("call_history", "dialogs")


def news_read(body: bytes) -> ResultNews | None:
    """Read what the server sent; None for an event that tells nothing of results. Misshapen for what is no event.

    Pages "Voice Campaign Request Closed" and "Voice Campaign Request Consultant Retry" of the vendor's webhooks.
    """
    try:
        members = as_object(json_loads(body), "what was sent")
    except ValueError as error:
        raise error if isinstance(error, Misshapen) else Misshapen("what was sent is no JSON") from error
    name = needed_text_in(members, "event_name")
    at = time_in(members, "event_time")
    if at is None:
        raise Misshapen("event_time is missing or empty")
    if name not in EVENTS:
        return None
    data = as_object(members.get("data"), "data")
    needed_text_in(data, "id")
    source_id = needed_text_in(data, "voice_campaign_id")
    # The document names them beside the request, and reading gives them within it: the same hashes come of both.
    beside = {each: members[each] for each in _BESIDE if isinstance(members.get(each), list)}
    return ResultNews(
        name=name,
        at=at,
        source_id=source_id,
        source_name=text_in(data, "voice_campaign_name"),
        record=decode.request({**data, **beside}),
        made_at=time_in(data, "created_date"),
    )
