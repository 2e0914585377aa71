"""The APIs that this process serves, and which of them a request is for."""

from __future__ import annotations

from bpadmin.sandbox.api import Api, BrightPattern
from bpadmin.sandbox.older.api import BrightPatternV2
from bpadmin.sandbox.older.routes import V2_METHODS
from bpadmin.sandbox.routes import METHODS, Method
from bpadmin.sandbox.wire import Request

# By the key that the dashboard knows a platform by, or the generation of it.
ALL_METHODS: dict[str, tuple[Method, ...]] = {
    "brightpattern": METHODS,
    "brightpattern_v2": V2_METHODS,
}

_V3 = BrightPattern()
# By how their paths begin.
_APIS: tuple[tuple[tuple[str, ...], Api], ...] = ((("configapi", "v2"), BrightPatternV2()),)


def api_for(request: Request) -> Api:
    """Give the API that a request is for; v3 answers whatever belongs to none."""
    parts = tuple(request.segments[:4])
    return next((api for beginning, api in _APIS if parts[: len(beginning)] == beginning), _V3)
