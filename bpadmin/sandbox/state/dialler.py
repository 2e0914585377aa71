"""The dialler: what running campaigns have done since anybody last looked, worked out from the clock.

Nothing runs in the background. Whoever looks at the tenant first lets the calls happen that were due meanwhile.
"""

from __future__ import annotations

import itertools
from bisect import bisect
from collections.abc import Sequence
from typing import NamedTuple

from bpadmin.sandbox.state.campaigns import DISPOSITIONS, DNC_MATCH, DO_NOT_CALL, Campaign, Instance
from bpadmin.sandbox.state.dnc import DncList, DncType
from bpadmin.sandbox.state.formats import FieldType, Format
from bpadmin.sandbox.state.results import Attempt
from bpadmin.sandbox.state.rows import Row
from bpadmin.sandbox.state.tenant import Tenant

# A clock that was advanced by days must not keep a request waiting: older calls than these are left out.
MOST_CALLS = 20_000
MOST_ATTEMPTS = 5
RETRY_MINUTES = (20, 240)

_WEIGHTS = list(itertools.accumulate(weight for _, weight, _ in DISPOSITIONS))


class Guard(NamedTuple):
    """A DNC list at its place among a campaign's; `takes_numbers`: what is asked for on the phone is added to it."""

    place: int
    list: DncList
    takes_numbers: bool


def run_campaigns(tenant: Tenant, now: int) -> None:
    """Let every running campaign make the calls that were due until now."""
    for campaign in tenant.campaigns.values():
        if campaign.is_running and campaign.enabled and campaign.rate > 0:
            step = 1000.0 / campaign.rate
            calls = int((now - campaign.ticked) / step)
            if calls > MOST_CALLS:
                calls, campaign.ticked = MOST_CALLS, int(now - MOST_CALLS * step)
            if calls > 0:
                make_calls(tenant, campaign, campaign.ticked, step, calls)
                campaign.ticked += int(calls * step)


def make_calls(tenant: Tenant, campaign: Campaign, begin: int, step: float, calls: int) -> int:
    """Make up to `calls` calls, one each `step` milliseconds after `begin`; returns how many there were to make."""
    picker = _Picker(campaign)
    guards = [
        Guard(place, tenant.dnc_lists[binding.dnc_id], binding.allow_append)
        for place, binding in enumerate(campaign.dnc)
        if binding.is_bound
    ]
    for number in range(calls):
        moment = begin + int((number + 1) * step)
        found = picker.next(moment)
        if found is None:
            return number
        _call(campaign, *found, moment, guards)
    return calls


class _Picker:
    """Chooses whom to call next: lower `order` first, within one order by dialling ratio."""

    def __init__(self, campaign: Campaign) -> None:
        self._random = campaign.random
        enabled = sorted((i for i in campaign.instances.values() if i.enabled), key=lambda i: i.order)
        self._groups = [list(group) for _, group in itertools.groupby(enabled, key=lambda i: i.order)]

    def next(self, moment: int) -> tuple[Instance, int] | None:
        for group in self._groups:
            hopeful = list(group)
            while hopeful:
                instance = self._pick(hopeful)
                record = _next_record(instance, moment)
                if record is not None:
                    return instance, record
                hopeful.remove(instance)
        return None

    def _pick(self, instances: list[Instance]) -> Instance:
        if len(instances) == 1:
            return instances[0]
        return self._random.choices(instances, [instance.dialing_ratio for instance in instances])[0]


def _next_record(instance: Instance, moment: int) -> int | None:
    results, alive = instance.results, instance.list.alive
    while (due := results.due(moment)) is not None:
        if alive[due]:
            return due
    at = alive.find(1, results.next_new)
    if at < 0:
        results.next_new = len(alive)
        return None
    results.next_new = at + 1
    return at


def _call(campaign: Campaign, instance: Instance, record: int, moment: int, guards: Sequence[Guard]) -> None:
    fmt, row, roll = instance.list.format, instance.list.rows.get(record), campaign.random.random
    agent = int(roll() * len(campaign.agents))
    phones = [place for place in fmt.phones if row[place]] or fmt.phones
    phone = phones[int(roll() * len(phones))]
    for guard in guards:
        if is_guarded(guard.list, fmt, row, moment):
            instance.results.add(Attempt(moment, record, DNC_MATCH + guard.place, agent, phone, 0, 0, completes=True))
            return
    disposition = bisect(_WEIGHTS, roll() * _WEIGHTS[-1])
    name, _, completes = DISPOSITIONS[disposition]
    if name == DO_NOT_CALL:
        for guard in guards:
            if guard.takes_numbers:
                guard.list.entries.add(str(row[phone]), campaign.name, moment)
    is_last = instance.results.count.get(record, 0) + 1 >= MOST_ATTEMPTS
    talk = 20 + int(roll() * 600) if completes else int(roll() * 15)
    dialing = 3 + int(roll() * 27)
    instance.results.add(Attempt(moment, record, disposition, agent, phone, talk, dialing, completes or is_last))
    if not completes and not is_last:
        low, high = RETRY_MINUTES
        instance.results.retry(record, moment + int((low + roll() * (high - low)) * 60_000))


def is_guarded(guard: DncList, fmt: Format, row: Row, moment: int) -> bool:
    """Return whether a DNC list forbids calling a record at a moment."""
    return any(guard.rule(str(row[place]), moment) is not None for place in _guarded_places(guard, fmt))


def _guarded_places(guard: DncList, fmt: Format) -> Sequence[int]:
    if guard.type in (DncType.INTERNAL, DncType.GEOGRAPHIC_AREACODE):
        return fmt.phones
    if guard.type is DncType.EXCLUSION:
        place = fmt.places.get(guard.list_field)
        return () if place is None else (place,)
    return fmt.places_of(FieldType.STATE if guard.type is DncType.GEOGRAPHIC_STATE else FieldType.ZIP_CODE)
