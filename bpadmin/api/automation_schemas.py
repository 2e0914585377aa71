"""What the API answers about plans, feeds and reports, in JSON Schema."""

from __future__ import annotations

from typing import Any

from bpadmin.api.schemas import FLAG, MAYBE, NUMBER, TEXT, many, thing

COUNT: dict[str, Any] = {"type": ["integer", "null"]}
FIGURE: dict[str, Any] = {"type": "number"}
MOMENT: dict[str, Any] = {"type": ["string", "null"], "format": "date-time"}
DAY: dict[str, Any] = {"type": ["string", "null"], "format": "date"}
TEXTS: dict[str, Any] = {"type": "object"}

FEED = thing(
    tenant=TEXT,
    number=NUMBER,
    name=TEXT,
    source=TEXT,
    where=TEXT,
    address=TEXTS,
    pattern=TEXT,
    complete=TEXT,
    target=TEXT,
    list=TEXT,
    list_id=TEXT,
    does=TEXT,
    options=TEXTS,
    limits=TEXTS,
    then=TEXTS,
    state={"enum": ["active", "held"]},
    held_reason=TEXT,
    when=TEXT,
    awaited_next=MOMENT,
    next_look_at=MOMENT,
    looked_at=MOMENT,
    note=TEXT,
    failures=NUMBER,
    owner=TEXT,
    source_requests_a_day=FIGURE,
    dialler_requests_a_day=FIGURE,
)
FINDING = thing(guard=TEXT, sentence=TEXT, old=TEXT, new=TEXT, choice=TEXT)
RUN = thing(
    run=NUMBER,
    feed=TEXT,
    file=TEXT,
    size=COUNT,
    sha256=TEXT,
    rows=COUNT,
    columns=COUNT,
    state=TEXT,
    dry_run=FLAG,
    found_at=MOMENT,
    expected_at=MOMENT,
    findings=many(FINDING),
    sentence=TEXT,
    job=COUNT,
    decided_by=TEXT,
)
FEEDS = thing(feeds=many(FEED))
FEED_AND_RUNS = thing(feed=FEED, runs=many(RUN))

PLAN = thing(
    tenant=TEXT,
    number=NUMBER,
    name=TEXT,
    kind=TEXT,
    does=TEXT,
    campaign=TEXT,
    list=TEXT,
    options=TEXTS,
    state=TEXT,
    held_reason=TEXT,
    when=TEXT,
    time_zone=TEXT,
    times=TEXT,
    rule=TEXT,
    first_day=DAY,
    last_day=DAY,
    calendar=TEXT,
    exceptions=TEXTS,
    late_rule=TEXT,
    late_minutes=NUMBER,
    owner=TEXT,
    next_at=MOMENT,
    requests_a_day=FIGURE,
    note=TEXT,
)
PLAN_RUN = thing(planned_at=MOMENT, cause=TEXT, state=TEXT, sentence=TEXT, ended_at=MOMENT, seen_by=TEXT)
PLANS = thing(plans=many(PLAN))
PLAN_AND_RUNS = thing(plan=PLAN, ahead=many(thing(at=MOMENT, there=TEXT, note=TEXT)), runs=many(PLAN_RUN))

REPORT = thing(
    tenant=TEXT,
    number=NUMBER,
    name=TEXT,
    subject=TEXT,
    content=TEXTS,
    period=TEXT,
    format=TEXT,
    time_zone=TEXT,
    file_name=TEXT,
    destinations=many(TEXT),
    plans=many(thing(plan=TEXT, state=TEXT, when=TEXT)),
)
DELIVERY = thing(delivery=NUMBER, destination=TEXT, way=TEXT, state=TEXT, sentence=TEXT, tries=NUMBER, ended_at=MOMENT)
EDITION = thing(
    file=NUMBER,
    file_name=TEXT,
    moment=MOMENT,
    **{"from": MOMENT},
    until=MOMENT,
    state=TEXT,
    complete=FLAG,
    sentence=TEXT,
    rows=COUNT,
    bytes=COUNT,
    sha256=MAYBE,
    job=COUNT,
    asked_by=TEXT,
    deliveries=many(DELIVERY),
)
REPORTS = thing(reports=many(REPORT))
REPORT_AND_FILES = thing(report=REPORT, files=many(EDITION))
