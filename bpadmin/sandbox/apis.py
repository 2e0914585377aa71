"""The APIs that this process serves, and which of them a request is for."""

from __future__ import annotations

from bpadmin.sandbox.api import Api, BrightPattern
from bpadmin.sandbox.conpeek import routes as conpeek
from bpadmin.sandbox.conpeek.api import Conpeek
from bpadmin.sandbox.http.wire import Request
from bpadmin.sandbox.jtel import routes as jtel
from bpadmin.sandbox.jtel.api import Jtel
from bpadmin.sandbox.older.api import BrightPatternV1, BrightPatternV2
from bpadmin.sandbox.older.routes import V1_METHODS, V2_METHODS
from bpadmin.sandbox.routes import METHODS, Method

# By the key that the dashboard knows a platform by, or the generation of it.
ALL_METHODS: dict[str, tuple[Method, ...]] = {
    "brightpattern": METHODS,
    "brightpattern_v1": V1_METHODS,
    "brightpattern_v2": V2_METHODS,
    "jtel": jtel.METHODS + jtel.NEWER_METHODS,
    "conpeek": conpeek.METHODS + conpeek.NEWER_METHODS,
}

_V3, _CONPEEK = BrightPattern(), Conpeek()
# By how their paths begin.
_APIS: tuple[tuple[tuple[str, ...], Api], ...] = (
    (("admin", "ws", "t"), BrightPatternV1()),
    (("configapi", "v2"), BrightPatternV2()),
    (("rest", "v1.0"), Jtel()),
    (("voice_campaign",), _CONPEEK),
    (("voice_campaign_request_summary",), _CONPEEK),
)


def api_for(request: Request) -> Api:
    """Return the API that a request is for; v3 answers whatever belongs to none."""
    parts = tuple(request.segments[:4])
    return next((api for beginning, api in _APIS if parts[: len(beginning)] == beginning), _V3)
