"""The methods of the server: the documented one, and those of newer servers."""

from __future__ import annotations

from bpadmin.sandbox.conpeek import handlers
from bpadmin.sandbox.routes import Method

_REQUEST = "voice_campaign/:voice_campaign_id/request"

METHODS: tuple[Method, ...] = (
    Method("Voice Campaign", "Read Voice Campaign Requests", "GET", _REQUEST, handlers.read_requests, api="conpeek"),
)
# A server has them where its option `conpeek_newer` is on.
NEWER_METHODS: tuple[Method, ...] = (
    Method("Voice Campaign", "Add Voice Campaign Request", "POST", _REQUEST, handlers.add_request, api="conpeek"),
    Method(
        "Voice Campaign Request Process",
        "Set Recall",
        "POST",
        f"{_REQUEST}/:request_id/set_recall",
        handlers.set_recall,
        api="conpeek",
    ),
    Method(
        "Voice Campaign Request Summary",
        "Read Voice Campaign Request Summary",
        "GET",
        "voice_campaign_request_summary",
        handlers.read_summary,
        api="conpeek",
    ),
)
