"""From a request to an answer: faults and latency, the API and its method, whose call it is, and its errors."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

import orjson

from bpadmin.sandbox.api import Api
from bpadmin.sandbox.apis import api_for
from bpadmin.sandbox.control import Control
from bpadmin.sandbox.errors import Refusal
from bpadmin.sandbox.faults import ROW_KINDS, Fault, Kind
from bpadmin.sandbox.http.wire import Answer, Ending, Request
from bpadmin.sandbox.keeping import Keeper, Noted
from bpadmin.sandbox.routes import Method
from bpadmin.sandbox.scene import Scene

PROXY_PAGE = (
    b"<!DOCTYPE html><html><head><title>Service temporarily unavailable</title></head>"
    b"<body><h1>Please try again later</h1><p>Reverse proxy, node 3</p></body></html>"
)
CONTROL_PREFIX = "/__sandbox__"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with the API and the method that it is for, and the ids or names from its path."""

    api: Api
    method: Method
    ids: list[str]
    request: Request


class Sandbox:
    """The whole tenant as one callable: request in, answer out. Safe to call from many threads."""

    def __init__(self, keeper: Keeper | None = None, *, newer_dnc: bool = False) -> None:
        self._keeper = keeper
        self.scene = Scene(newer_dnc=newer_dnc)
        self._control = Control(self.scene)

    def __call__(self, request: Request) -> Answer:
        """Answer a request; never raises."""
        if request.path.startswith(CONTROL_PREFIX):
            answer = self._control(request)
            if not self._control.only_reads(request):
                self.keep()
            return answer
        api = api_for(request)
        # A request that hangs belongs to the scene in which it came, also where a reset has let it go.
        stats = self.scene.stats
        try:
            method, ids = api.find(self.scene.tenant, request)
        except Refusal as refusal:
            stats.count("unknown", refusal.status)
            return api.refuse(refusal)
        asked = Asked(api, method, ids, request)
        fault = self.scene.faults.draw(request.verb, method.name, request.path)
        if self.scene.latency:
            time.sleep(self.scene.latency)
        answer = self._answer(asked) if fault is None else self._spoil(asked, fault)
        stats.count(method.name, answer.status if answer.ending is not Ending.NOTHING else 0, fault)
        return answer

    def restore(self) -> bool:
        """Take up what was kept, and every call since; False when nothing was."""
        kept = self._keeper.load() if self._keeper is not None else None
        if kept is None or self._keeper is None:
            return False
        self.scene.take_up(kept)
        advanced = kept.clock.advanced_ms
        for noted in self._keeper.noted():
            kept.clock.advanced_ms = advanced + noted.now - kept.clock.now()
            request = Request.aimed(noted.verb, noted.target, {}, noted.body)
            api = api_for(request)
            with contextlib.suppress(Refusal):
                api.call(kept, noted.user, *api.find(kept, request), request)
            kept.clock.advanced_ms = advanced
        for campaign in kept.campaigns.values():  # nobody was called while the sandbox was down
            campaign.ticked = max(campaign.ticked, kept.clock.now())
        self.keep()
        return True

    def keep(self) -> None:
        """Write down everything, where it is to be kept."""
        if self._keeper is not None:
            with self.scene.tenant.lock:
                self._keeper.keep(self.scene.tenant)

    def _answer(self, asked: Asked) -> Answer:
        api, method, request = asked.api, asked.method, asked.request
        try:
            tenant = self.scene.tenant
            with tenant.lock:
                who = api.admit(tenant, request, method)
                now = tenant.clock.now()
                result = api.call(tenant, who, method, asked.ids, request)
                if self._keeper is not None and not method.only_reads:
                    noted = Noted(now, who, request.verb, request.target, request.body)
                    if self._keeper.note(noted):
                        self.keep()
                answer = give(result)
                answer.headers["Date"] = formatdate(now / 1000, usegmt=True)
                return answer
        except Refusal as refusal:
            return api.refuse(refusal)

    def _spoil(self, asked: Asked, fault: Fault) -> Answer:
        api = asked.api
        dropped = self._drop_row(asked.request) if fault.kind in ROW_KINDS else None
        if fault.kind is Kind.REPEAT_PAGE:
            _forget_cursor(asked.request)
        if fault.kind is Kind.REVOKE_TOKEN:
            try:
                api.revoke(self.scene.tenant)
            except Refusal as refusal:
                return api.refuse(refusal)
            return self._answer(asked)
        if fault.kind is Kind.SLOW:
            with self.scene.stats.delay():
                time.sleep(fault.seconds)
                answer = self._answer(asked) if fault.applied else Answer()
        else:
            answer = self._answer(asked) if fault.applied else Answer()
        match fault.kind:
            case Kind.HTTP_500 | Kind.HTTP_502 | Kind.HTTP_503:
                status = int(fault.kind.value[-3:])
                return api.refuse(Refusal(status, "server_error", "The server could not answer this request"))
            case Kind.RATE_LIMIT:
                spoilt = api.refuse(Refusal(429, "too_many_requests", "API limit exceeded"))
                spoilt.headers["Retry-After"] = f"{fault.seconds:g}"
                return spoilt
            case Kind.HTML:
                return Answer(fault.status, PROXY_PAGE, "text/html; charset=utf-8")
            case Kind.HANG:
                self.scene.let_go.wait(fault.seconds)
                return Answer(ending=Ending.NOTHING)
            case Kind.CUT_BEFORE | Kind.CUT_AFTER:
                return Answer(ending=Ending.NOTHING)
            case Kind.CUT_BODY:
                answer.ending = Ending.HALF
            case Kind.NO_COUNTS if answer.status == 200:
                answer.body = b"{}"
            case Kind.DROP_ROW_COUNTED | Kind.TWO_BUCKETS if answer.status == 200 and dropped is not None:
                _name_dropped(answer, dropped, is_counted=fault.kind is Kind.DROP_ROW_COUNTED)
        return answer

    def _drop_row(self, request: Request) -> Any:
        """Take a record out of a request and give it."""
        try:
            records = orjson.loads(request.body)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(records, list) or not records:
            return None
        dropped = records.pop(self.scene.faults.pick(len(records)))
        request.body = bytearray(orjson.dumps(records))
        return dropped


def _forget_cursor(request: Request) -> None:
    """Take the cursor out of a request, so that it is answered with the first page."""
    try:
        body = orjson.loads(request.body)
    except ValueError:
        return
    if isinstance(body, dict) and body.pop("cursor", None):
        request.body[:] = orjson.dumps(body)


def _name_dropped(answer: Answer, dropped: Any, *, is_counted: bool) -> None:
    """Count a dropped record as added all the same, or name it in two buckets at once."""
    told = orjson.loads(answer.body)
    if is_counted:
        told["added"] += 1
    else:
        for bucket in ("formatError", "missingRequired"):
            told.setdefault("error", {}).setdefault(bucket, []).append(dropped)
    answer.body = orjson.dumps(told)


def give(result: Any) -> Answer:
    """Make an answer of a handler's result; None is an empty body."""
    if isinstance(result, Answer):
        return result
    return Answer() if result is None else Answer(body=orjson.dumps(result))
