"""What the API answers with about results, in JSON Schema; the names are those of the dictionary of figures."""

from __future__ import annotations

from typing import Any

from bpadmin.api.schemas import FLAG, MAYBE, NUMBER, TEXT, many, thing

COUNT: dict[str, Any] = {"type": ["integer", "null"]}
RATE: dict[str, Any] = {"type": ["number", "null"]}
NAMED = thing(id=TEXT, name=TEXT)
PERIOD = thing(words=TEXT, **{"from": TEXT}, until=TEXT)
GAP = thing(list=TEXT, reason=TEXT, **{"from": MAYBE}, until=TEXT, count=COUNT)
COUNTS = {"type": "object", "additionalProperties": NUMBER}
STOCK = thing(
    total=COUNT,
    never=COUNT,
    open=NUMBER,
    completed=NUMBER,
    completed_by_group=COUNTS,
    gone=NUMBER,
    difference=NUMBER,
    left=COUNT,
    completed_percent=RATE,
    penetration=RATE,
    depth=RATE,
    is_counted=FLAG,
    counted_at=MAYBE,
)
DISPOSITION = thing(disposition=TEXT, group=MAYBE, ending=MAYBE, calls=NUMBER, decisions=NUMBER)
EVENTS = thing(
    calls=NUMBER,
    decisions=NUMBER,
    contacts=NUMBER,
    contact_rate=RATE,
    successes=NUMBER,
    success_rate=RATE,
    no_agent=RATE,
    duration=NUMBER,
    by_group=COUNTS,
    by_ending=COUNTS,
    by_disposition=many(DISPOSITION),
)
DRY = thing(early=MAYBE, late=MAYBE, basis=TEXT)
OF_LIST = thing(
    campaign=NAMED,
    list=NAMED,
    instance=TEXT,
    is_bound=FLAG,
    enabled={"type": ["boolean", "null"]},
    read_until=MAYBE,
    stock=STOCK,
    calls=NUMBER,
    contact_rate=RATE,
    last_hour=COUNT,
    runs_dry=DRY,
)
RESULTS = thing(
    period=PERIOD,
    age=thing(read_until=MAYBE, sources=NUMBER, never_read=NUMBER, gaps=many(GAP)),
    stock=STOCK,
    events={"anyOf": [EVENTS, {"type": "null"}]},
    reached={"anyOf": [thing(dialled=NUMBER, reached=NUMBER), {"type": "null"}]},
    last_hour=COUNT,
    runs_dry=DRY,
    lists=many(OF_LIST),
)
FIGURE = thing(
    of=TEXT,
    name=TEXT,
    title=TEXT,
    sentence=TEXT,
    counted=TEXT,
    counted_of=TEXT,
    not_told=TEXT,
    value=RATE,
    unit=TEXT,
    note=TEXT,
    terms=many(thing(of=TEXT, role=TEXT, value=RATE)),
    period=PERIOD,
    read_until=MAYBE,
    lists=many(thing(source=TEXT, campaign=NAMED, list=NAMED, read_until=MAYBE)),
    gaps=many(GAP),
    rows=thing(count=COUNT, unit=MAYBE, first=NUMBER, rows=many({"type": "object"})),
)
POINT: dict[str, Any] = {
    "source": TEXT,
    "campaign": NAMED,
    "list": NAMED,
    "until": MAYBE,
    "records": COUNT,
    "attempted": COUNT,
    "calls": COUNT,
    "contacts": COUNT,
    "successes": COUNT,
    "contact_rate": RATE,
    "success_rate": RATE,
    "calls_a_record": RATE,
    "trouble": TEXT,
}
OTHERS = thing(
    compared=NUMBER,
    not_looked_at=NUMBER,
    left_out=NUMBER,
    calls=NUMBER,
    contacts=NUMBER,
    successes=NUMBER,
    contact_rate=RATE,
    success_rate=RATE,
    lists=many(thing(**POINT)),
)
BESIDE = thing(lists=many(thing(percent=NUMBER, **POINT, others=OTHERS)))
REACHED = thing(
    list=TEXT,
    is_whole=FLAG,
    uploads=many(
        thing(
            job=NUMBER,
            file=TEXT,
            started_at=MAYBE,
            rows=NUMBER,
            looked_at=COUNT,
            dialled=COUNT,
            reached=COUNT,
            is_whole=FLAG,
            trouble=TEXT,
        )
    ),
)
