"""When a list runs dry: a range of two times, or nothing where no honest one can be told.

Two rates are reckoned with: what the last hour did, and what the same hours of up to four weeks before did. Each walks
from now on until the records left are used up: those never attempted by first attempts, all by completions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Sum

from bpadmin.counts import counted
from bpadmin.results.figures.stock import Stock
from bpadmin.results.models import HourCount, ResultSource
from bpadmin.results.reading.ledger import hour_of

LEAST_ATTEMPTS = 30
WEEKS = 4
HORIZON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Forecast:
    """When there is nothing left to dial: between `early` and `late`. `basis` says in words what it is reckoned from.

    Where none can be told both are None, and `basis` says why.
    """

    basis: str
    early: datetime | None = None
    late: datetime | None = None
    rate: int = 0

    @property
    def is_told(self) -> bool:
        """Return whether there is a range."""
        return self.early is not None


def forecast_of(source: ResultSource, stock: Stock, calls_last_hour: int, now: datetime) -> Forecast:
    """Reckon when a source runs dry."""
    if not source.is_urgent:
        return Forecast("It is not being dialled.")
    if stock.left is None or not stock.is_counted:
        return Forecast("It is being read for the first time.")
    if stock.left == 0:
        return Forecast("Nothing is left.", now, now)
    if calls_last_hour < LEAST_ATTEMPTS:
        return Forecast(f"Fewer than {LEAST_ATTEMPTS} calls in the last hour.")
    if source.read_at is None or now - source.read_at > timedelta(hours=1):
        return Forecast("What is known is older than an hour.")
    need = _calls_needed(stock)
    zone = ZoneInfo(source.tenant.time_zone)
    ends = [now + timedelta(hours=need / calls_last_hour)]
    usual, weeks = _usual_hours(source, now, zone)
    basis = f"{counted(calls_last_hour, 'call')} in the last hour"
    if usual and (end := _walk(usual, need, now, zone)) is not None:
        ends.append(end)
        basis += f", and the same hours of {weeks} week{'' if weeks == 1 else 's'} before"
    else:
        ends.append(now + timedelta(hours=1.5 * need / calls_last_hour))
        basis += "; nothing is known of weeks before, so that the later time is half as long again"
    return Forecast(basis, min(ends), max(ends), calls_last_hour)


def _calls_needed(stock: Stock) -> float:
    """Return how many calls the records left take, at the depth at which records were completed so far."""
    never, left = stock.never or 0, stock.left or 0
    a_completion = stock.attempts / stock.completed if stock.completed else 0.0
    return float(left) * a_completion if a_completion else float(never)


def _usual_hours(source: ResultSource, now: datetime, zone: ZoneInfo) -> tuple[dict[tuple[int, int], float], int]:
    """Return calls an hour by weekday and hour of the clock, averaged over the weeks in which there were any."""
    begin = now - timedelta(weeks=WEEKS)
    rows = (
        HourCount.objects.filter(source=source, is_call=True, hour__gte=begin, hour__lt=hour_of(now, zone))
        .order_by()
        .values_list("hour")
        .annotate(n=Sum("count"))
    )
    sums: dict[tuple[int, int], int] = defaultdict(int)
    weeks: set[int] = set()
    for hour, n in rows:
        there = hour.astimezone(zone)
        if now - hour >= timedelta(hours=24):
            sums[(there.weekday(), there.hour)] += n
            weeks.add(int((now - hour) / timedelta(weeks=1)))
    count = len(weeks)
    return {key: n / count for key, n in sums.items()} if count else {}, count


def _walk(usual: dict[tuple[int, int], float], need: float, now: datetime, zone: ZoneInfo) -> datetime | None:
    at, until = now, now + HORIZON
    while at < until:
        there = at.astimezone(zone)
        rate = usual.get((there.weekday(), there.hour), 0.0)
        following = hour_of(at, zone) + timedelta(hours=1)
        hours = (following - at).total_seconds() / 3600
        if rate * hours >= need:
            return at + timedelta(hours=need / rate)
        need -= rate * hours
        at = following
    return None


def forecast_join(forecasts: Sequence[Forecast]) -> Forecast:
    """Return when the first of several lists runs dry and the last one: of a campaign as a whole."""
    told = [each for each in forecasts if each.early is not None and each.late is not None]
    if not told or len(told) < len(forecasts):
        untold = next((each for each in forecasts if not each.is_told), Forecast("No list is dialled."))
        if len(forecasts) > 1:
            return Forecast(f"One of its lists: {untold.basis[:1].lower()}{untold.basis[1:]}")
        return untold
    last = max(told, key=lambda each: each.late or datetime.min)
    basis = f"of the list that lasts longest: {last.basis}" if len(told) > 1 else last.basis
    return Forecast(basis, last.early, last.late, sum(each.rate for each in told))
