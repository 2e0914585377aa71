"""Every kind of act, ready to be asked: what is there before, what asks for it, and how the dialler shows it done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.utils import timezone

from bpadmin.dialler.catalogue import campaign_now
from bpadmin.dialler.models import Action
from bpadmin.dialler.types import Actor
from bpadmin.platforms.sources import Source
from bpadmin.platforms.types import FieldSpec, FieldType, ListBinding
from bpadmin.records.requests.services import request_add, request_recall
from bpadmin.tenants.connections.capabilities import capabilities_learn
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from campaigns.bindings.services import binding_change, list_bind, list_unbind
from campaigns.copying.services import campaign_clone, campaign_delete
from campaigns.services import campaign_start, campaign_stop
from dnc.entries.clear import dnc_clear
from dnc.entries.manual import dnc_add, dnc_delete
from dnc.lists.bindings import Guard, dnc_bind, dnc_unbind
from dnc.lists.delete import dnc_drop
from dnc.lists.properties import dnc_create, dnc_properties_change
from dnc.lists.property_rules import Properties
from dnc.models import DncKind
from lists.manage.create import list_create_like, list_create_with_format
from lists.manage.delete import list_delete
from lists.records.actions import record_add, record_erase, record_update
from lists.records.fields import RecordFields
from tests.dnc.files.filing import known_list
from tests.fixtures_tenants import connect

SAM = Actor(name="sam")
NUMBER = "16505550100"
FIELDS = [
    {"name": "id", "type": "OTHER", "key": True},
    {"name": "phone", "type": "PHONE", "phoneType": "US_CANADA"},
    {"name": "region", "type": "OTHER"},
]
SPECS = (FieldSpec("id", key=True), FieldSpec("phone", FieldType.PHONE, phone_type="US_CANADA"), FieldSpec("region"))
RECORDS = [{"id": "r1", "phone": "6505550101", "region": "north"}]


@dataclass(frozen=True, slots=True)
class Ready:
    """An act ready to be asked in a tenant; `is_done` asks the sandbox whether it was done."""

    tenant: Tenant
    ask: Callable[[], Any]
    is_done: Callable[[], bool]


def learnt(tenant: Tenant) -> Tenant:
    """Find out what a tenant offers."""
    with tenant_client(tenant) as client:
        capabilities_learn(tenant, client)
    return tenant


def newer(sandbox: Any, tenant: Tenant) -> Tenant:
    """Return the tenant the newer methods."""
    sandbox.options(newer_dnc=True)
    return learnt(tenant)


def overdue(action: Action, *, seconds: float = 0.0) -> None:
    """Let an act be asked so long ago that its process cannot be at it any more, and `seconds` longer."""
    back = action.latest_end - timezone.now() + timedelta(seconds=seconds + 1)
    then = {"asked_at": action.asked_at - back, "open_from": timezone.now(), "look_at": timezone.now()}
    Action.objects.filter(pk=action.pk).update(**then)


def _campaign(sandbox: Any, tenant: Tenant, *, running: bool) -> Ready:
    id_ = sandbox.create_campaign("Renewals", running=running)
    service = campaign_stop if running else campaign_start

    def state() -> str:
        with tenant_client(tenant) as client:
            return client.get_campaign_status(id_).state.value

    return Ready(
        tenant,
        lambda: service(tenant=tenant, campaign_id=id_, name="Renewals", actor=None, actor_name="sam"),
        lambda: state() == ("STOPPED" if running else "RUNNING"),
    )


def _binding(sandbox: Any, tenant: Tenant, what: str) -> Ready:
    id_ = sandbox.create_campaign("Renewals")
    list_id = sandbox.create_list("Spring", FIELDS, bind=[] if what == "bind" else [id_])
    campaign = campaign_now(tenant=tenant, campaign_id=id_)
    wish = ListBinding(list_id=list_id, list_name="Spring", instance_id="") if what == "bind" else campaign.lists[0]  # type: ignore[index]

    def there() -> tuple[ListBinding, ...]:
        return campaign_now(tenant=tenant, campaign_id=id_).lists or ()

    if what == "bind":
        return Ready(
            tenant,
            lambda: list_bind(tenant=tenant, campaign=campaign, wish=wish, actor=SAM),
            lambda: [each.list_id for each in there()] == [list_id],
        )
    if what == "change":
        other = replace(wish, order=4, dialing_ratio=7)
        return Ready(
            tenant,
            lambda: binding_change(tenant=tenant, campaign=campaign, wish=other, actor=SAM),
            lambda: there()[0].dialing_ratio == 7,
        )
    unbind = lambda: list_unbind(tenant=tenant, campaign=campaign, binding=wish, actor=SAM)  # noqa: E731
    return Ready(tenant, unbind, lambda: there() == ())


def _list(sandbox: Any, tenant: Tenant, what: str) -> Ready:
    like = sandbox.create_list("Spring", FIELDS, records=RECORDS)
    names = lambda: {each["name"] for each in sandbox.state()["lists"]}  # noqa: E731
    with tenant_client(tenant) as client:
        calling_list = client.get_list(like)
    fields = RecordFields(SPECS)
    key, one = {"id": "r1"}, {"tenant": tenant, "calling_list": calling_list, "fields": fields, "actor": SAM}
    acts: dict[str, tuple[Callable[[], Any], Callable[[], bool]]] = {
        "create": (
            lambda: list_create_like(tenant=tenant, name="Summer", like=calling_list, actor=SAM),
            lambda: "Summer" in names(),
        ),
        "build": (
            lambda: list_create_with_format(
                tenant=tenant, name="Autumn", format_name="autumn", fields=SPECS, actor=SAM
            ),
            lambda: "Autumn" in names(),
        ),
        "delete": (
            lambda: list_delete(tenant=tenant, list_id=like, list_name="Spring", actor=SAM),
            lambda: "Spring" not in names(),
        ),
        "record_add": (
            lambda: record_add(values={"id": "r2", "phone": "6505550102"}, **one),
            lambda: len(sandbox.dump(like)) == 2,
        ),
        "record_update": (
            lambda: record_update(key=key, changes={"region": "west"}, **one),
            lambda: sandbox.dump(like)[0]["region"] == "west",
        ),
        "record_erase": (lambda: record_erase(key=key, reason="asked", **one), lambda: sandbox.dump(like) == []),
    }
    return Ready(tenant, *acts[what])


def _dnc(sandbox: Any, tenant: Tenant, what: str) -> Ready:
    newer(sandbox, tenant)
    id_ = sandbox.create_campaign("Renewals")
    dnc_list = known_list(tenant, sandbox, [] if what == "add" else [NUMBER])
    if what == "unbind":
        with tenant_client(tenant) as client:
            client.bind_dnc_list(id_, dnc_list_id=dnc_list.remote_id, disposition="DNC")
    campaign = campaign_now(tenant=tenant, campaign_id=id_)
    held = lambda: {each["key"] for each in sandbox.dump_dnc(dnc_list.remote_id)}  # noqa: E731
    names = lambda: {each["name"] for each in sandbox.state()["dnc"]}  # noqa: E731

    def uses() -> int:
        with tenant_client(tenant) as client:
            return len(client.get_dnc_list(dnc_list.remote_id).campaigns or ())

    said = {"typed_name": "Company DNC", "reason": "moved", "actor": SAM}
    keys = {"tenant": tenant, "text": NUMBER, "lists": [dnc_list], "actor": SAM}
    now = Properties("Company DNC", DncKind.INTERNAL, expire_days=None)
    acts: dict[str, tuple[Callable[[], Any], Callable[[], bool]]] = {
        "add": (lambda: dnc_add(**keys), lambda: held() == {NUMBER}),
        "delete": (lambda: dnc_delete(**keys, comment="asked"), lambda: held() == set()),
        "clear": (lambda: dnc_clear(dnc_list=dnc_list, **said), lambda: held() == set()),
        "create": (
            lambda: dnc_create(tenant=tenant, wish=Properties("June", DncKind.INTERNAL), actor=SAM),
            lambda: "June" in names(),
        ),
        "change": (
            lambda: dnc_properties_change(dnc_list=dnc_list, now=now, wish=replace(now, name="House"), actor=SAM),
            lambda: "House" in names(),
        ),
        "drop": (lambda: dnc_drop(dnc_list=dnc_list, **said), lambda: names() == set()),
        "bind": (
            lambda: dnc_bind(dnc_list=dnc_list, campaign=campaign, guard=Guard("DNC"), actor=SAM),
            lambda: uses() == 1,
        ),
        "unbind": (
            lambda: dnc_unbind(dnc_list=dnc_list, campaign=campaign, reason="moved", actor=SAM),
            lambda: uses() == 0,
        ),
    }
    return Ready(tenant, *acts[what])


def _jtel(sandbox: Any, tenant: Tenant, what: str) -> Ready:
    tenant = connect(sandbox, "jtel")
    id_ = str(sandbox.create_jtel_campaign("Spring"))
    with tenant_client(tenant) as client:
        campaign = client.get_campaign(id_)
    names = lambda: {each["name"] for each in sandbox.jtel_state()}  # noqa: E731
    if what == "clone":
        clone = lambda: campaign_clone(tenant=tenant, source=campaign, destination="Summer", actor=SAM)  # noqa: E731
        return Ready(tenant, clone, lambda: "Summer" in names())
    return Ready(tenant, lambda: campaign_delete(tenant=tenant, campaign=campaign, actor=SAM), lambda: names() == set())


def _request(sandbox: Any, tenant: Tenant, what: str) -> Ready:
    tenant = learnt(connect(sandbox, "conpeek"))
    closed = {"name": "Jan", "contact_number": "48111", "state": "CLOSED", "application_state": "CLOSED"}
    id_ = sandbox.create_voice_campaign("Faktury", requests=[closed])
    source = Source(id_, "Faktury")
    if what == "add":
        return Ready(
            tenant,
            lambda: request_add(tenant=tenant, source=source, name="Ewa", contact_number="48600", actor=SAM),
            lambda: len(sandbox.dump_requests(id_)) == 2,
        )
    request_id = sandbox.dump_requests(id_)[0]["id"]
    return Ready(
        tenant,
        lambda: request_recall(tenant=tenant, source=source, request_id=request_id, title="Jan", terms={}, actor=SAM),
        lambda: sandbox.dump_requests(id_)[0]["state"] == "OPEN",
    )


ACTS: dict[str, Callable[[Any, Tenant], Ready]] = {
    "campaign start": lambda sandbox, tenant: _campaign(sandbox, tenant, running=False),
    "campaign stop": lambda sandbox, tenant: _campaign(sandbox, tenant, running=True),
    "list bind": lambda sandbox, tenant: _binding(sandbox, tenant, "bind"),
    "list rebind": lambda sandbox, tenant: _binding(sandbox, tenant, "change"),
    "list unbind": lambda sandbox, tenant: _binding(sandbox, tenant, "unbind"),
    "list create": lambda sandbox, tenant: _list(sandbox, tenant, "create"),
    "list build": lambda sandbox, tenant: _list(sandbox, tenant, "build"),
    "list delete": lambda sandbox, tenant: _list(sandbox, tenant, "delete"),
    "record add": lambda sandbox, tenant: _list(sandbox, tenant, "record_add"),
    "record update": lambda sandbox, tenant: _list(sandbox, tenant, "record_update"),
    "record erase": lambda sandbox, tenant: _list(sandbox, tenant, "record_erase"),
    "dnc add": lambda sandbox, tenant: _dnc(sandbox, tenant, "add"),
    "dnc delete": lambda sandbox, tenant: _dnc(sandbox, tenant, "delete"),
    "dnc clear": lambda sandbox, tenant: _dnc(sandbox, tenant, "clear"),
    "dnc create": lambda sandbox, tenant: _dnc(sandbox, tenant, "create"),
    "dnc change": lambda sandbox, tenant: _dnc(sandbox, tenant, "change"),
    "dnc drop": lambda sandbox, tenant: _dnc(sandbox, tenant, "drop"),
    "dnc bind": lambda sandbox, tenant: _dnc(sandbox, tenant, "bind"),
    "dnc unbind": lambda sandbox, tenant: _dnc(sandbox, tenant, "unbind"),
    "campaign clone": lambda sandbox, tenant: _jtel(sandbox, tenant, "clone"),
    "campaign delete": lambda sandbox, tenant: _jtel(sandbox, tenant, "delete"),
    "request add": lambda sandbox, tenant: _request(sandbox, tenant, "add"),
    "request recall": lambda sandbox, tenant: _request(sandbox, tenant, "recall"),
}
# Their platform does not tell afterwards whether they were done.
UNREADABLE = {"request recall"}
