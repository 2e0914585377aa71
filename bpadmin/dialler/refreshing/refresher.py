"""The refresher of a tenant, one at a time: it reads what is due within what the tenant bears, and stores it at once.

A claim in the database says who it is; it is renewed while it works, so that a slow tenant loses nothing of what was
read, and ends by itself when a process is killed.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from bpadmin.dialler.extensions import dnc_told
from bpadmin.dialler.models import CatalogueCampaign, CatalogueList, CatalogueState
from bpadmin.dialler.refreshing import due
from bpadmin.dialler.refreshing.lanes import Answer, Lanes, Part
from bpadmin.dialler.refreshing.storing import (
    campaign_gone,
    campaigns_store,
    campaigns_store_whole,
    list_gone,
    list_store,
    lists_page_store,
    state_of,
)
from bpadmin.platforms.errors import AuthFailed, Forbidden, NotFound, PlatformError, Reason, Unsupported
from bpadmin.platforms.http.paging import repeated
from bpadmin.texts import TextRefused

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

log = logging.getLogger(__name__)

# A claim that nobody renews is over after this.
CLAIM_SECONDS = 40.0
SLICE_SECONDS = 10.0
# After a trouble with the tenant itself it is left alone so long, doubled with each further one.
FIRST_QUIET, LONGEST_QUIET = 5.0, 300.0
# Of a refusal for asking too often, where the tenant does not say itself when to come again.
TOO_OFTEN_SECONDS = 15.0
# What is old is read within a quarter of the time, however many requests are free: a slow tenant is asked less often.
BUSY_SHARE = 0.25
# Requests for what is old are free for at most so many seconds' worth at once.
BURST_SECONDS = 10.0
# So many parts in a row that cannot be read are no trouble of theirs.
MANY_IN_A_ROW = 5
LISTS_LIMIT = 100
# While several are under way, each taking this many times as long as it did alone means that they are too many.
SLOWER = 2.5


def refresher_claim(tenant: Tenant) -> str:
    """Claim the reading of a tenant; "" where another has it."""
    owner, now = uuid.uuid4().hex, timezone.now()
    state_of(tenant)
    is_free = Q(claim="") | Q(claim_until__isnull=True) | Q(claim_until__lt=now)
    until = now + timedelta(seconds=CLAIM_SECONDS)
    taken = CatalogueState.objects.filter(is_free, tenant=tenant).update(claim=owner, claim_until=until)
    return owner if taken else ""


class Refresher:
    """One slice of reading, for as long as `seconds` and something is due; `is_first` leaves what is merely old."""

    def __init__(self, tenant: Tenant, owner: str, *, seconds: float = SLICE_SECONDS, is_first: bool = False) -> None:
        self.tenant, self.owner, self.is_first = tenant, owner, is_first
        self.lanes = Lanes(tenant)
        self.is_stopping = False
        self._until = monotonic() + seconds
        self._renew_at = monotonic() + CLAIM_SECONDS / 4
        self._state = state_of(tenant)
        self._tokens = 0.0
        self._put_off_in_a_row = 0
        self._trouble_at: datetime | None = None

    def run(self) -> bool:
        """Read, and tell whether something is left that was never read or was changed by an act here."""
        try:
            self._tokens_fill()
            while True:
                is_over = self.is_stopping or monotonic() >= self._until or self._is_quiet()
                if not is_over:
                    self._ask_more()
                if not self.lanes.in_flight:
                    break
                self._take(self.lanes.answers(timeout=0.5))
                if monotonic() >= self._renew_at and not self._renew():
                    break
            self._guards_tell()
            return not self._is_quiet() and any(True for _ in self._due().first())
        finally:
            self.lanes.close()
            self._let_go()

    def _due(self) -> due.Due:
        self._state.refresh_from_db()
        return due.Due(self.tenant, self._state, timezone.now())

    def _is_quiet(self) -> bool:
        return self._state.quiet_until is not None and self._state.quiet_until > timezone.now()

    def _ask_more(self) -> None:
        """Fill the free lanes: what was never read or was changed here, then, as far as tokens go, what is old."""
        taken = self.lanes.in_flight
        free = self._width - len(taken)
        if free <= 0 or ((due.CAMPAIGNS, "") in taken and self._state.campaigns_read_at is None):
            return
        parts = self._due()
        for part in parts.first(taken):
            if free and (part.kind, part.key) not in taken:
                self._ask(part)
                free -= 1
            if not free:
                return
        if self.is_first or any(part.is_first for part in taken.values()):
            return
        for part in parts.old(taken):
            if self._tokens < 1 or taken:
                return
            self._tokens -= 1
            self._ask(part)

    def _ask(self, part: Part) -> None:
        if part.kind == due.LISTS and not self._state.lists_began_at:
            self._state.lists_began_at, self._state.lists_cursor = timezone.now(), ""
            self._state.lists_walk += 1
            self._state.lists_due = False
            self._state.save(update_fields=["lists_began_at", "lists_cursor", "lists_walk", "lists_due"])
            part = replace(part, fetch=lambda client: client.get_lists(cursor=""))
        self.lanes.ask(part)

    @property
    def _width(self) -> int:
        return max(1, min(int(self._state.lanes), self.tenant.catalogue_lanes))

    def _take(self, answers: list[Answer]) -> None:
        """Store what came in, whole campaigns together, and learn from how it came."""
        whole = [answer for answer in answers if answer.part.kind == due.CAMPAIGN and answer.error is None]
        if whole:
            began = min(answer.began for answer in whole)
            campaigns_store_whole(tenant=self.tenant, campaigns=[each.value for each in whole], began=began)
        for answer in answers:
            if answer.error is not None:
                self._failed(answer)
                continue
            self._went_well(answer)
            if answer.part.kind != due.CAMPAIGN:
                self._store(answer)

    def _store(self, answer: Answer) -> None:
        value, began, kind = answer.value, answer.began, answer.part.kind
        if kind == due.CAMPAIGNS:
            campaigns_store(tenant=self.tenant, campaigns=value, began=began)
        elif kind == due.LISTS:
            # As in any walk of this platform, a page that is not full is the last one.
            cursor = value.next_cursor if len(value.items) >= LISTS_LIMIT else ""
            walk = self._state.lists_walk
            if not lists_page_store(tenant=self.tenant, lists=value.items, next_cursor=cursor, began=began, walk=walk):
                self._failed(replace(answer, error=repeated(f"the lists behind {cursor} came before")))
        elif kind == due.LIST:
            with suppress(TextRefused):
                list_store(tenant=self.tenant, calling_list=replace(value, id=answer.part.key), began=began)
        elif kind == due.DNC:
            with transaction.atomic():
                CatalogueState.objects.filter(pk=self._state.pk).update(dnc_read_at=began, dnc_due=False)
                for tell in dnc_told:
                    tell(self.tenant, value, began)

    def _went_well(self, answer: Answer) -> None:
        """Add a lane while answers come as fast as before; take one away when they come slower."""
        self._put_off_in_a_row = 0
        state, seconds = self._state, answer.seconds
        usual = state.latency or seconds
        if seconds > SLOWER * usual and self._width > 1:
            state.lanes = max(1.0, state.lanes - 0.5)
        else:
            state.lanes = min(float(self.tenant.catalogue_lanes), state.lanes + 0.5)
        state.latency = 0.9 * usual + 0.1 * seconds
        update: dict[str, Any] = {"lanes": state.lanes, "latency": state.latency}
        is_over = self._trouble_at is None or answer.began > self._trouble_at
        if (state.failures or state.error) and is_over:
            state.failures, state.error, state.quiet_until = 0, "", None
            update |= {"failures": 0, "error": "", "quiet_until": None}
        CatalogueState.objects.filter(pk=state.pk).update(**update)

    def _failed(self, answer: Answer) -> None:
        """Drop what is gone; put a part with a trouble of its own to the end; leave a tenant in trouble alone."""
        error, part = answer.error, answer.part
        if not isinstance(error, PlatformError):
            self._put_off(part, answer.began)
            raise error if error is not None else RuntimeError(part)
        if isinstance(error, NotFound) and error.reason != Reason.URL_NOT_FOUND and part.key:
            forget: Callable[..., None] = campaign_gone if part.kind == due.CAMPAIGN else list_gone
            forget(tenant=self.tenant, **{f"{part.kind}_id": part.key})
            return
        # An internal error may be of this one campaign alone; no answer, or a refusal of all that we ask, is not.
        is_tenants = isinstance(error, AuthFailed) or error.status in (None, 408, 429, 502, 503, 504)
        if part.key and not is_tenants:
            log.warning("%s %s of %s could not be read: %s", part.kind, part.key, self.tenant, error.message)
            self._put_off(part, answer.began)
            self._put_off_in_a_row += 1
            if self._put_off_in_a_row >= MANY_IN_A_ROW:
                self._leave_alone(error)
            return
        if isinstance(error, Unsupported | Forbidden) and part.kind == due.DNC:
            CatalogueState.objects.filter(pk=self._state.pk).update(dnc_read_at=answer.began, dnc_due=False)
            return
        self._leave_alone(error)
        if error.reason == Reason.CURSOR_REPEATED or (part.kind == due.LISTS and not is_tenants):
            # Where the walk stood is no place any more: it begins anew, and keeps what it has met.
            CatalogueState.objects.filter(pk=self._state.pk).update(lists_cursor="", lists_began_at=None)

    def _put_off(self, part: Part, began: datetime) -> None:
        if part.kind == due.CAMPAIGN:
            rows = CatalogueCampaign.objects.filter(tenant=self.tenant, remote_id=part.key)
            rows.update(tried_at=began, due=False)
        elif part.kind == due.LIST:
            CatalogueList.objects.filter(tenant=self.tenant, remote_id=part.key).update(due=False)

    def _leave_alone(self, error: PlatformError) -> None:
        state = self._state
        is_too_often = error.reason == Reason.RATE_LIMITED
        seconds = min(LONGEST_QUIET, FIRST_QUIET * 2 ** min(state.failures, 10))
        if is_too_often:
            seconds = error.retry_after or TOO_OFTEN_SECONDS
        until = timezone.now() + timedelta(seconds=seconds)
        if self._is_quiet() and state.quiet_until is not None:
            until = max(until, state.quiet_until) if is_too_often else state.quiet_until
        else:
            state.failures += 1
            state.lanes = max(1.0, state.lanes / 2)
        self._trouble_at = timezone.now()
        state.is_told_to_wait = is_too_often
        state.quiet_until, state.error = until, "" if is_too_often and state.failures < 3 else error.message
        state.save(update_fields=["failures", "lanes", "quiet_until", "error", "is_told_to_wait"])

    def _guards_tell(self) -> None:
        """Return who keeps Do Not Call lists what the campaigns say of them now."""
        state = self._due().state
        if not state.guards_changed or state.campaigns_read_at is None:
            return
        with transaction.atomic():  # who waits for it sees both or neither
            CatalogueState.objects.filter(pk=state.pk).update(guards_changed=False)
            for tell in dnc_told:
                tell(self.tenant, None, timezone.now())

    def _tokens_fill(self) -> None:
        state, now = self._state, timezone.now()
        rate = self.tenant.catalogue_calls / 2 / 60
        if state.latency:
            rate = min(rate, BUSY_SHARE / state.latency)
        passed = (now - state.tokens_at).total_seconds() if state.tokens_at else BURST_SECONDS
        self._tokens = min(max(1.0, rate * BURST_SECONDS), state.tokens + rate * max(0.0, passed))
        CatalogueState.objects.filter(pk=state.pk).update(tokens=self._tokens, tokens_at=now)

    def _renew(self) -> bool:
        """Renew the claim; False when another has it, as after a pause of this whole process."""
        self._renew_at = monotonic() + CLAIM_SECONDS / 4
        until = timezone.now() + timedelta(seconds=CLAIM_SECONDS)
        mine = CatalogueState.objects.filter(pk=self._state.pk, claim=self.owner)
        return bool(mine.update(claim_until=until))

    def _let_go(self) -> None:
        mine = CatalogueState.objects.filter(pk=self._state.pk, claim=self.owner)
        mine.update(claim="", claim_until=None, tokens=self._tokens)
