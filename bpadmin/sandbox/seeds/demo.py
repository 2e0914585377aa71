"""The demo's contact centre: 12 campaigns with the results of the last days, 30 lists, DNC lists of all types."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bpadmin.sandbox.seeds.demo_lists import LISTS
from bpadmin.sandbox.seeds.small import make_dnc_list, make_list
from bpadmin.sandbox.state.campaigns import Campaign, DncBinding, Sorting
from bpadmin.sandbox.state.dialler import make_calls
from bpadmin.sandbox.state.dnc import DncList, DncType
from bpadmin.sandbox.state.lists import CallingList
from bpadmin.sandbox.state.tenant import Tenant

HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS
OPENS, CLOSES = 8, 19
HISTORY_DAYS = 3

NATURAL = Sorting()
RANDOM = Sorting("RANDOM")


@dataclass(frozen=True, slots=True)
class Use:
    """A list bound to a campaign of the demo."""

    list_name: str
    enabled: bool = True
    order: int = 1
    ratio: int = 1
    sorting: Sorting = NATURAL
    name: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign of the demo. `calls_a_day` made its history; `rate` is calls per second while it runs."""

    name: str
    kind: str
    uses: tuple[Use, ...]
    dnc: tuple[str, ...] = ()
    is_running: bool = False
    enabled: bool = True
    rate: float = 0.5
    calls_a_day: int = 0
    custom_fields: tuple[str, ...] = ()


_DUE = Sorting("CUSTOM", (("due", "ASC"), ("balance", "DESC")))
_US_GUARDS = ("Company do-not-call", "Known litigators", "Area codes closed by storm", "States without licence")

CAMPAIGNS: tuple[Plan, ...] = (
    Plan(
        "Collections early stage",
        "Outbound Voice, predictive",
        (
            Use("Past due 1-30 days.csv", order=1, ratio=3, sorting=_DUE),
            Use("Past due 31-60 days.csv", order=1, ratio=1, sorting=_DUE),
            Use("Broken promises.csv", enabled=False, order=2, name="evening only"),
        ),
        (*_US_GUARDS, "Paid this week"),
        is_running=True,
        rate=1.2,
        calls_a_day=3200,
        custom_fields=("promise_amount", "promise_date"),
    ),
    Plan(
        "Collections late stage",
        "Outbound Voice, progressive",
        (Use("Past due 61-90 days.csv", sorting=_DUE), Use("Broken promises.csv", order=2)),
        (*_US_GUARDS, "Paid this week"),
        is_running=True,
        rate=0.4,
        calls_a_day=900,
        custom_fields=("promise_amount",),
    ),
    Plan(
        "Card activation",
        "Outbound Voice, automatic (IVR)",
        (Use("Card activation week 46.csv", order=2), Use("Card activation week 47.csv", order=1)),
        _US_GUARDS[:2],
        is_running=True,
        rate=2.0,
        calls_a_day=3600,
    ),
    Plan(
        "Web leads fast lane",
        "Blended Voice, progressive",
        (
            Use("Comparison site live feed", order=1, ratio=2),
            Use("Web leads November.csv", order=2),
            Use("Newsletter replies.csv", order=2, enabled=False),
        ),
        ("Company do-not-call", "Known litigators"),
        is_running=True,
        rate=0.3,
        calls_a_day=700,
    ),
    Plan(
        "Win-back",
        "Outbound Voice, predictive",
        (Use("Win-back 2024 cancellations.csv", sorting=RANDOM), Use("Loyalty upgrade.csv", enabled=False)),
        _US_GUARDS,
        calls_a_day=1800,
    ),
    Plan(
        "Vertragsverlängerung",
        "Outbound Voice, progressive",
        (Use("Vertragsverlängerung Q4.csv"), Use("Vertragsverlängerung Q1.csv", enabled=False, order=2)),
        ("Sperrliste DACH",),
        is_running=True,
        rate=0.6,
        calls_a_day=1500,
    ),
    Plan(
        "Glasfaser Beratung",
        "Blended Voice, preview",
        (Use("Glasfaser Hamburg.csv"), Use("Rückgewinnung Süd.csv", order=2, ratio=1)),
        ("Sperrliste DACH",),
        calls_a_day=300,
    ),
    Plan(
        "UK renewals",
        "Outbound Voice, progressive",
        (Use("UK motor renewals.csv", ratio=2), Use("UK home renewals.csv")),
        ("Company do-not-call",),
        is_running=True,
        rate=0.5,
        calls_a_day=1400,
        custom_fields=("renewal_quote",),
    ),
    Plan(
        "Key accounts",
        "Outbound Voice, preview",
        (
            Use("Key accounts West.csv", sorting=Sorting("CUSTOM", (("priority", "ASC"),))),
            Use("Key accounts East.csv", sorting=Sorting("CUSTOM", (("priority", "ASC"),))),
        ),
        ("Company do-not-call",),
        calls_a_day=120,
    ),
    Plan(
        "Satisfaction survey",
        "Outbound Voice, automatic (IVR)",
        (
            Use("Satisfaction survey wave 2.csv", name="morning"),
            Use("Satisfaction survey wave 2.csv", name="evening", enabled=False, sorting=RANDOM),
        ),
        ("Company do-not-call", "Postal codes in emergency"),
        calls_a_day=800,
        custom_fields=("score", "would_recommend"),
    ),
    Plan(
        "Appointment reminders by text",
        "Outbound Messaging",
        (Use("Appointment reminders.csv"), Use("Callback requests web.csv", enabled=False)),
        ("Company do-not-call",),
    ),
    Plan(
        "Holiday promotion 2024",
        "Outbound Voice, predictive",
        (Use("Loyalty upgrade.csv", enabled=False),),
        _US_GUARDS,
        enabled=False,
    ),
)

_TEAMS = (
    ("elizabeth", "katie.kent", "omar.haddad", "li.na", "jonas.weber"),
    ("marcus.bell", "priya.shah", "tom.okafor"),
    ("anna.schmidt", "lukas.vogel", "zeynep.kaya", "petra.huber"),
)


def seed_demo(tenant: Tenant) -> None:
    """Fill a tenant as a realistic contact centre; the same every time, but for the dates, which lead up to now."""
    chance = random.Random(2024)  # noqa: S311
    lists = _make_lists(tenant, chance)
    guards = _make_dnc_lists(tenant, chance, lists)
    for number, plan in enumerate(CAMPAIGNS):
        campaign = _make_campaign(tenant, plan, lists, guards)
        campaign.agents = _TEAMS[number % len(_TEAMS)]
        _make_history(tenant, campaign, plan)
    assigned = [campaign.id for campaign in tenant.campaigns.values()][:3]
    tenant.users["assigned-only"].assigned = set(assigned)


def _make_lists(tenant: Tenant, chance: random.Random) -> dict[str, CallingList]:
    lists: dict[str, CallingList] = {}
    numbered: dict[str, int] = {}
    now = tenant.clock.now()
    for name, kind, count, age in LISTS:
        made = lists[name] = make_list(tenant, name, kind.name, kind.fields)
        made.created = now - age * DAY_MS
        first = numbered.get(kind.name, 1)
        numbered[kind.name] = first + count
        if count:
            rows = list(zip(*kind.make(chance, first, count), strict=True))
            made.append(rows, made.created)
            if made.format.keys:
                made.index.update(zip(map(made.key_of, rows), range(count), strict=True))
    return lists


def _make_dnc_lists(tenant: Tenant, chance: random.Random, lists: dict[str, CallingList]) -> dict[str, DncList]:
    def phones_of(name: str, count: int) -> list[str]:
        held = lists[name]
        place = held.format.phones[0]
        return [str(held.rows.get(at)[place]) for at in sorted(chance.sample(range(len(held.rows)), count))]

    paid = [f"C{number:07d}" for number in sorted(chance.sample(range(1, 50_000), 900))]
    plan: tuple[tuple[str, DncType, list[str], dict[str, str]], ...] = (
        (
            "Company do-not-call",
            DncType.INTERNAL,
            [*phones_of("Past due 1-30 days.csv", 260), *phones_of("Web leads October.csv", 140)]
            + [f"1650555{number:04d}" for number in range(1800)],
            {},
        ),
        ("Known litigators", DncType.INTERNAL, [f"1305555{number:04d}" for number in range(0, 4200, 10)], {}),
        ("Sperrliste DACH", DncType.INTERNAL, phones_of("Vertragsverlängerung Q4.csv", 180), {}),
        ("Area codes closed by storm", DncType.GEOGRAPHIC_AREACODE, ["305", "813"], {"country": "US"}),
        ("Postal codes in emergency", DncType.GEOGRAPHIC_POSTAL, ["33101", "33109", "33602"], {"country": "US"}),
        ("States without licence", DncType.GEOGRAPHIC_STATE, ["UT", "WI"], {"country": "US"}),
        ("Paid this week", DncType.EXCLUSION, paid, {"list_field": "id"}),
    )
    return {name: make_dnc_list(tenant, name, kind, keys, **extras) for name, kind, keys, extras in plan}


TEAMS = ("Agents Day", "Agents Night", "Supervisors")
NUMBERS = ("13055550100", "18135550100", "12125550100")


def _make_campaign(tenant: Tenant, plan: Plan, lists: dict[str, CallingList], guards: dict[str, DncList]) -> Campaign:
    made = Campaign(
        tenant.new_id(),
        plan.name,
        kind=plan.kind,
        enabled=plan.enabled,
        is_running=plan.is_running,
        rate=plan.rate,
        ticked=tenant.clock.now(),
        custom_fields=plan.custom_fields,
    )
    tenant.campaigns[made.id] = made
    for use in plan.uses:
        instance = tenant.bind(made, lists[use.list_name])
        instance.name, instance.enabled, instance.sorting = use.name, use.enabled, use.sorting
        instance.order, instance.dialing_ratio = use.order, use.ratio
    _make_outbound(tenant, made)
    made.dnc = [DncBinding(guards[name].id, _disposition(guards[name])) for name in plan.dnc]
    return made


def _make_outbound(tenant: Tenant, campaign: Campaign) -> None:
    """Return a campaign teams, numbers and dispositions of its own, as newer tenants tell of them."""
    outbound = tenant.outbound
    for name in TEAMS:
        if name not in outbound.teams.values():
            outbound.teams[tenant.new_id()] = name
    outbound.numbers |= set(NUMBERS)
    profile = outbound.profile(campaign.id)
    profile.mode = "PROGRESSIVE" if campaign.is_running else "PREVIEW"
    profile.teams = dict.fromkeys(list(outbound.teams)[:2], 100)
    for number in NUMBERS[:2]:
        id_ = tenant.new_id()
        profile.caller_ids[id_] = {"id": id_, "number": number, "stateProvince": None}
    profile.default_number = NUMBERS[0]


def _disposition(guard: DncList) -> str:
    if guard.type is DncType.EXCLUSION:
        return "Already paid"
    return "Number matches DNC" if guard.type is DncType.INTERNAL else "Region matches DNC"


def _make_history(tenant: Tenant, campaign: Campaign, plan: Plan) -> None:
    """Let a campaign work the opening hours of the last days; a running one works up to now."""
    now = tenant.clock.now()
    today = now - now % DAY_MS
    if not plan.calls_a_day or not plan.enabled:
        return
    step = (CLOSES - OPENS) * HOUR_MS / plan.calls_a_day
    for days_ago in range(HISTORY_DAYS, -1, -1):
        begin = today - days_ago * DAY_MS + OPENS * HOUR_MS
        end = min(begin + (CLOSES - OPENS) * HOUR_MS, now) if days_ago or plan.is_running else begin
        if end > begin:
            make_calls(tenant, campaign, begin, step, int((end - begin) / step))
