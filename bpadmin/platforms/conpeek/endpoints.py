"""The methods of Conpeek's API as a table: where each is, what repeating it does, what it may refuse.

Reading requests is what every server has; the others are offered where a probe finds them. 403 applies to all.
"""

from __future__ import annotations

from bpadmin.platforms.base import Effect
from bpadmin.platforms.errors import Reason
from bpadmin.platforms.http.endpoint import Endpoint

READ, ONCE = Effect.READ, Effect.ONCE

_CAMPAIGN = {404: (Reason.CAMPAIGN_NOT_FOUND,)}

READ_REQUESTS = Endpoint(
    "read_requests", "GET", "voice_campaign/{}/request", READ, "read the campaign's requests", refusals=_CAMPAIGN
)
ADD_REQUEST = Endpoint("add_request", "POST", "voice_campaign/{}/request", ONCE, "add the request", refusals=_CAMPAIGN)
# A priority that is added to would be added to twice.
SET_RECALL = Endpoint(
    "set_recall",
    "POST",
    "voice_campaign/{}/request/{}/set_recall",
    ONCE,
    "put the request back into dialling",
    refusals={404: (Reason.RECORD_NOT_FOUND,)},
)
READ_SUMMARY = Endpoint(
    "read_summary",
    "GET",
    "voice_campaign_request_summary",
    READ,
    "read summaries of requests",
    refusals={404: (Reason.URL_NOT_FOUND,)},
)

ENDPOINTS = tuple(value for value in list(globals().values()) if isinstance(value, Endpoint))
