"""Binding, changing, ordering and unbinding lists, through pages and commands, against the sandbox."""

from __future__ import annotations

import pytest
from django.urls import reverse

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.platforms.types import ListBinding, Sorting, SortingType
from bpadmin.tenants.services import tenant_client
from campaigns.bindings.services import BindingRefused, binding_check
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [{"name": "id", "type": "OTHER", "key": True}, {"name": "phone", "type": "PHONE"}]
PLAIN = {"order": "1", "dialing_ratio": "1", "sorting": "NATURAL", "instance_name": ""}


@pytest.fixture
def campaign(sandbox):
    """A stopped campaign."""
    return sandbox.create_campaign("Renewals")


def bindings(tenant, campaign) -> list[ListBinding]:
    """Return the campaign's instances in dialling order, as the platform tells them."""
    with tenant_client(tenant) as client:
        return sorted(client.get_campaign(campaign).lists or (), key=lambda each: (each.order, each.list_name))


def url(name: str, tenant, *arguments: str) -> str:
    """Return an address of the campaign pages."""
    return reverse(f"campaigns:{name}", args=[tenant.slug, *arguments])


def test_a_list_is_bound_twice_and_told_apart_by_name(tenant, sandbox, campaign, supervisor_client):
    spring = sandbox.create_list("Spring", FIELDS)
    for name in ("first", "second"):
        said = PLAIN | {"list": spring, "enabled": "on", "order": "2", "dialing_ratio": "3", "instance_name": name}
        supervisor_client.post(url("bind", tenant, campaign), said)
    both = bindings(tenant, campaign)
    assert [each.instance_name for each in both] == ["first", "second"]
    assert {(each.enabled, each.order, each.dialing_ratio) for each in both} == {(True, 2, 3)}
    page = supervisor_client.get(url("detail", tenant, campaign)).content.decode()
    for name in ("first", "second"):
        assert f"Move Spring, {name}, up" in page
        assert f'Change<span class="visually-hidden"> Spring, {name}</span>' in page


def test_a_sorting_by_fields_names_them(tenant, sandbox, campaign, supervisor_client):
    spring = sandbox.create_list("Spring", FIELDS)
    said = PLAIN | {"list": spring, "sorting": "CUSTOM"}
    page = supervisor_client.post(url("bind", tenant, campaign), said).content.decode()
    assert "needs at least one field" in page
    supervisor_client.post(url("bind", tenant, campaign), said | {"sort_1": "id", "direction_1": "DESC"})
    (only,) = bindings(tenant, campaign)
    assert only.sorting.type == SortingType.CUSTOM
    assert [(each.field_name, each.sort_order.value) for each in only.sorting.fields] == [("id", "DESC")]


def test_every_change_sends_what_the_person_sees_so_that_nothing_falls_back(
    tenant, sandbox, campaign, supervisor_client
):
    sandbox.create_list("Spring", FIELDS, bind=[campaign])
    (before,) = bindings(tenant, campaign)
    assert before.enabled
    address = url("change", tenant, campaign, before.instance_id)
    page = supervisor_client.get(address).content.decode()
    assert 'name="enabled"' in page
    assert "checked" in page
    supervisor_client.post(address, PLAIN | {"enabled": "on", "dialing_ratio": "7"})
    (after,) = bindings(tenant, campaign)
    assert (after.enabled, after.dialing_ratio, after.order) == (True, 7, before.order)


def test_one_click_disables_and_enables_and_changes_nothing_else(tenant, sandbox, campaign, supervisor_client):
    sandbox.create_list("Spring", FIELDS, bind=[campaign])
    (before,) = bindings(tenant, campaign)
    said = PLAIN | {"enabled": "on", "order": "4", "dialing_ratio": "5", "instance_name": "vip", "sorting": "RANDOM"}
    supervisor_client.post(url("change", tenant, campaign, before.instance_id), said)
    for wanted in (False, True):
        address = url("toggle", tenant, campaign, before.instance_id)
        supervisor_client.post(address, {"enabled": "1" if wanted else "0"})
        (now,) = bindings(tenant, campaign)
        assert (now.enabled, now.order, now.dialing_ratio, now.instance_name) == (wanted, 4, 5, "vip")
        assert now.sorting.type == SortingType.RANDOM


def ordered(client, tenant, sandbox, campaign, **orders: int) -> dict[str, str]:
    """Bind lists of these names with these orders; returns their instances by name."""
    for name in orders:
        sandbox.create_list(name, FIELDS, bind=[campaign])
    ids = {each.list_name: each.instance_id for each in bindings(tenant, campaign)}
    for name, order in orders.items():
        client.post(url("change", tenant, campaign, ids[name]), PLAIN | {"enabled": "on", "order": str(order)})
    return ids


def orders(tenant, campaign) -> dict[str, int]:
    return {each.list_name: each.order for each in bindings(tenant, campaign)}


def test_lists_are_reordered_by_button_and_by_drag(tenant, sandbox, campaign, supervisor_client):
    ids = ordered(supervisor_client, tenant, sandbox, campaign, a=1, b=2, c=3)
    address = url("reorder", tenant, campaign)
    supervisor_client.post(address, {"instance": [ids["c"], ids["a"], ids["b"]], "dragged": ids["c"]})
    assert orders(tenant, campaign) == {"c": 1, "a": 2, "b": 3}
    supervisor_client.post(address, {"move": f"down:{ids['c']}"})
    assert orders(tenant, campaign) == {"a": 1, "c": 2, "b": 3}
    assert all(each.enabled for each in bindings(tenant, campaign))


def test_lists_that_share_calls_by_ratio_move_together(tenant, sandbox, campaign, supervisor_client):
    ids = ordered(supervisor_client, tenant, sandbox, campaign, a=1, b=1, c=2, d=2)
    address = url("reorder", tenant, campaign)
    supervisor_client.post(address, {"move": f"up:{ids['d']}"})
    assert orders(tenant, campaign) == {"c": 1, "d": 1, "a": 2, "b": 2}
    supervisor_client.post(address, {"instance": [ids[name] for name in "dcab"], "dragged": ids["d"]})
    assert orders(tenant, campaign) == {"c": 1, "d": 1, "a": 2, "b": 2}
    supervisor_client.post(address, {"instance": [ids[name] for name in "cadb"], "dragged": ids["d"]})
    assert orders(tenant, campaign) == {"c": 1, "a": 2, "b": 2, "d": 3}


def test_a_move_in_a_running_campaign_shows_the_new_order_first(tenant, sandbox, supervisor_client):
    running = sandbox.create_campaign("Renewals", running=True)
    ids = ordered(supervisor_client, tenant, sandbox, running, a=1, b=1, c=2)
    address = url("reorder", tenant, running)
    asked = supervisor_client.post(address, {"move": f"up:{ids['c']}"}, follow=True)
    words = " ".join(asked.content.decode().split())
    assert "is running.</strong> The new order holds for the calls that are dialled next" in words
    assert orders(tenant, running) == {"a": 1, "b": 1, "c": 2}
    sure = {"move": f"up:{ids['c']}", "seen": asked.context["seen"]}
    supervisor_client.post(address, sure)
    assert orders(tenant, running) == {"c": 1, "a": 2, "b": 2}
    again = supervisor_client.post(address, sure)  # made from an order that is no more: shown anew
    assert again.headers["Location"].startswith(address)
    assert orders(tenant, running) == {"c": 1, "a": 2, "b": 2}
    first = supervisor_client.post(address, {"move": f"up:{ids['c']}"}, follow=True)
    assert "Nothing would change" in first.content.decode()


def test_a_sorting_by_more_fields_than_the_form_has_rows_is_kept(tenant, sandbox, campaign, supervisor_client):
    names = [f"field {number}" for number in range(5)]
    spring = sandbox.create_list("Spring", [*FIELDS, *({"name": name, "type": "OTHER"} for name in names)])
    assert run("list_bind", tenant.slug, "Renewals", "Spring", *(f"--sort-by={name}:DESC" for name in names))[0] == 0
    (before,) = bindings(tenant, campaign)
    assert before.list_id == spring
    address = url("change", tenant, campaign, before.instance_id)
    form = supervisor_client.get(address).context["form"]
    seen = {field.html_name: field.value() or "" for row in form.sorting_rows for field in row}
    supervisor_client.post(address, PLAIN | seen | {"sorting": "CUSTOM", "order": "3"})
    (after,) = bindings(tenant, campaign)
    assert (after.order, after.sorting) == (3, before.sorting)


def test_what_the_platform_refuses_is_said_in_the_form_and_nothing_has_to_be_typed_again(
    tenant, sandbox, campaign, supervisor_client
):
    spring = sandbox.create_list("Spring", FIELDS)
    said = PLAIN | {"list": spring, "instance_name": "mornings", "sorting": "CUSTOM", "sort_1": "no such field"}
    page = supervisor_client.post(url("bind", tenant, campaign), said).content.decode()
    assert "was not bound" in page
    assert 'value="mornings"' in page
    assert 'value="no such field"' in page


def test_unbinding_says_what_happens_to_calls_and_offers_to_disable_first(tenant, sandbox, supervisor_client):
    campaign = sandbox.create_campaign("Renewals", running=True)
    sandbox.create_list("Spring", FIELDS, bind=[campaign])
    (only,) = bindings(tenant, campaign)
    address = url("unbind", tenant, campaign, only.instance_id)
    page = supervisor_client.get(address).content.decode()
    assert "calls will be dropped" in page
    assert "disable it instead" in page
    supervisor_client.post(address)
    assert bindings(tenant, campaign) == []
    assert AuditEntry.objects.get(verb="list.unbind").outcome == Outcome.DONE


def test_a_binding_whose_answer_is_lost_is_not_bound_twice(tenant, sandbox, campaign, supervisor_client):
    spring = sandbox.create_list("Spring", FIELDS)
    sandbox.faults([{"kind": "cut_after", "probability": 1, "times": 1, "methods": ["bind_list"]}])
    supervisor_client.post(url("bind", tenant, campaign), PLAIN | {"list": spring})
    assert len(bindings(tenant, campaign)) == 1
    assert AuditEntry.objects.get(verb="list.bind").outcome == Outcome.DONE


def test_what_was_unbound_meanwhile_is_said_in_words(tenant, sandbox, campaign, supervisor_client):
    sandbox.create_list("Spring", FIELDS, bind=[campaign])
    (only,) = bindings(tenant, campaign)
    address = url("unbind", tenant, campaign, only.instance_id)
    supervisor_client.post(address)
    page = supervisor_client.post(address, follow=True).content.decode()
    assert "no longer bound" in page


def test_a_viewer_changes_no_binding(tenant, sandbox, campaign, viewer_client):
    sandbox.create_list("Spring", FIELDS, bind=[campaign])
    (only,) = bindings(tenant, campaign)
    assert viewer_client.get(url("bind", tenant, campaign)).status_code == 403
    assert viewer_client.post(url("toggle", tenant, campaign, only.instance_id)).status_code == 403
    assert bindings(tenant, campaign) == [only]


def test_orders_below_one_are_refused():
    with pytest.raises(BindingRefused):
        binding_check(ListBinding(list_id="l", list_name="l", instance_id="i", order=0, sorting=Sorting()))


def test_the_commands_bind_change_and_unbind(tenant, sandbox, campaign):
    sandbox.create_list("Spring", FIELDS)
    code, said = run("list_bind", tenant.slug, "Renewals", "Spring", "--order", "2", "--enabled", "yes")
    (only,) = bindings(tenant, campaign)
    assert (code, said["instance"]) == (0, only.instance_id)
    assert run("list_rebind", tenant.slug, "Renewals", "Spring", "--ratio", "9", "--sort-by", "id:DESC")[0] == 0
    (now,) = bindings(tenant, campaign)
    assert (now.enabled, now.order, now.dialing_ratio, now.sorting.fields[0].field_name) == (True, 2, 9, "id")
    assert run("list_unbind", tenant.slug, "Renewals", only.instance_id)[0] == 1
    assert run("list_unbind", tenant.slug, "Renewals", only.instance_id, "--yes")[0] == 0
    assert bindings(tenant, campaign) == []


def test_the_list_to_bind_is_found_by_search(tenant, sandbox, campaign, supervisor_client):
    for name in ("Spring", "Summer"):
        sandbox.create_list(name, FIELDS)
    address = url("bind", tenant, campaign)
    found = supervisor_client.get(f"{address}?q=spr", headers={"HX-Request": "true", "HX-Target": "pick"})
    assert "Spring" in found.content.decode()
    assert "Summer" not in found.content.decode()
    assert "<html" not in found.content.decode()


def test_a_binding_is_changed_in_place_in_a_dialog(tenant, sandbox, campaign, supervisor_client):
    sandbox.create_list("Spring", FIELDS, bind=[campaign])
    (only,) = bindings(tenant, campaign)
    address = url("change", tenant, campaign, only.instance_id)
    assert address in supervisor_client.get(url("detail", tenant, campaign)).content.decode()
    dialog = supervisor_client.get(address, headers={"HX-Request": "true", "HX-Target": "act-body"}).content.decode()
    assert "<html" not in dialog
    assert f'action="{address}"' in dialog
