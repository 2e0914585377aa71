"""Where a number goes that nobody is to call, how that is taken back, and what is said of what was there before."""

from __future__ import annotations

import pytest
from django.urls import reverse

from bpadmin.audit.models import AuditEntry
from bpadmin.dialler.undo import UndoRefused, undo_find, undo_plan
from dnc.entries.everywhere import lists_for, places_for
from dnc.entries.lookup import dnc_why
from dnc.entries.manual import dnc_add, dnc_delete
from dnc.entries.undo import dnc_undo, undo_of
from dnc.kinds import DNC_ADD, DNC_DELETE, DNC_REPLACE
from dnc.lists.sync import DncRefused
from dnc.models import DncChange, DncEntry, DncKind
from tests.dnc.files.filing import TESTER, held, known_list, numbers, sent_file

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "16505550100"


def test_everywhere_means_the_own_opt_outs_that_fit_the_number(tenant, sandbox):
    own = known_list(tenant, sandbox, name="Own")
    british = known_list(tenant, sandbox, name="UK", phone_rule="OTHER", country="GB")
    known_list(tenant, sandbox, name="Registry", purpose="registry")
    known_list(tenant, sandbox, name="Old registry", is_registry=True)
    known_list(tenant, sandbox, name="Litigators", purpose="litigators")
    assert lists_for(tenant, ["650-555-0100"]) == [own]
    assert lists_for(tenant, ["+44 20 7946 0958"]) == [own, british]
    places = {place.dnc_list.name: place for place in places_for(tenant, "650-555-0100")}
    assert [name for name, place in places.items() if place.is_usual] == ["Own"]
    assert not places["UK"].key
    assert places["Litigators"].words == "16505550100 is added."
    with pytest.raises(DncRefused, match="None of the lists"):
        lists_for(tenant, ["12"])


def test_an_undo_takes_out_what_this_act_has_added_and_is_a_removal_with_its_reason(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox, numbers(1))
    (found,) = dnc_add(tenant=tenant, text="\n".join(numbers(4)), actor=TESTER, lists=[dnc_list])
    assert (found.n_done, found.n_already) == (3, 1)
    dnc_delete(tenant=tenant, text=numbers(4)[3], actor=TESTER, lists=[dnc_list], comment="typed wrongly")
    dnc_add(tenant=tenant, text=numbers(4)[3], actor=TESTER, lists=[dnc_list])
    undo = undo_of(tenant=tenant, number=found.change)
    assert (undo.keys, undo.left) == (tuple(numbers(4)[1:3]), 2)
    with pytest.raises(DncRefused, match="Type the list's name"):
        dnc_undo(tenant=tenant, number=found.change, reason="wrong file", actor=TESTER)
    url = reverse("dnc:undo", args=[tenant.slug, found.change])
    assert numbers(4)[1] in supervisor_client.get(url).content.decode()
    supervisor_client.post(url, {"reason": "wrong file", "typed_name": "company dnc "})
    assert held(sandbox, dnc_list) == {numbers(4)[0], numbers(4)[3]}
    change = DncChange.objects.filter(kind="delete").first()
    assert (change.comment, change.n_done) == ("wrong file", 2)
    assert "Nothing that the dialler reported" in supervisor_client.post(url, {"reason": "again"}).content.decode()


def test_an_act_that_added_nothing_has_nothing_to_take_back(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, numbers(1))
    (found,) = dnc_add(tenant=tenant, text=numbers(1)[0], actor=TESTER, lists=[dnc_list])
    assert (found.n_already, found.change) == (1, None)
    states = known_list(tenant, sandbox, name="States", type=DncKind.GEOGRAPHIC_STATE)
    (found,) = dnc_add(tenant=tenant, text="CA", actor=TESTER, lists=[states])
    assert (found.n_done, found.change) == (0, None)


def test_what_was_found_after_a_lost_answer_is_not_called_there_before_and_no_undo_takes_it_out(
    tenant, sandbox, supervisor_client
):
    dnc_list = known_list(tenant, sandbox, numbers(1))
    dnc_add(tenant=tenant, text=numbers(1)[0], actor=TESTER, lists=[dnc_list])
    tenant.chunk_size = 2
    tenant.save()
    dnc_list.tenant.chunk_size = 2
    sandbox.faults([{"kind": "cut_after", "probability": 1, "times": 1, "paths": ["donotcalllist"]}])
    (found,) = dnc_add(tenant=tenant, text="\n".join(numbers(4)), actor=TESTER, lists=[dnc_list])
    assert (found.n_done, found.n_already, found.n_again) == (2, 2, 1)
    assert "2 added, 1 there before, 1 found there after a lost answer" in found.sentence
    undo = undo_of(tenant=tenant, number=found.change)
    assert (undo.keys, undo.left) == (tuple(numbers(4)[2:]), 2)
    said = "1 entry was found there after a lost answer, so that nobody knows whether this act added it."
    page = supervisor_client.get(reverse("dnc:undo", args=[tenant.slug, found.change])).content.decode()
    assert said in page
    told = DncEntry.objects.get(dnc_list=dnc_list, key=numbers(4)[1]).source.told
    assert "an answer was lost, and it was found in the list when asked again" in told
    sandbox.faults([{"kind": "cut_after", "probability": 1, "times": 1, "paths": ["donotcalllist"]}])
    (found,) = dnc_add(tenant=tenant, text=numbers(6)[5], actor=TESTER, lists=[dnc_list])
    assert found.change is None
    with pytest.raises(UndoRefused, match="nobody knows whether this act added it"):
        undo_plan(undo_find(tenant=tenant, number=found.number))


def test_what_was_there_already_was_put_in_by_nobody_here(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, numbers(2))
    dnc_add(tenant=tenant, text=NUMBER, actor=TESTER, lists=[dnc_list])
    dnc_add(tenant=tenant, text=numbers(1)[0], actor=TESTER, lists=[dnc_list])
    sent_file(dnc_list, DNC_ADD, numbers(3))
    told = {each.key: (each.source.told, each.added_by_name) for each in DncEntry.objects.all()}
    assert told[numbers(1)[0]] == ("was in the list already when tester asked for it (typed in)", "")
    assert told[numbers(2)[1]][0].startswith("was in the list already when tester asked for it (file numbers.csv")
    assert told[numbers(3)[2]][1] == "tester"
    assert (
        "was in the list already when tester asked for it"
        in dnc_why(tenant=tenant, number_or_value=numbers(1)[0]).matches[0].sentence
    )


def test_a_block_is_not_taken_out_more_easily_than_a_list_is_emptied(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox, numbers(2))
    url = reverse("dnc:remove", args=[tenant.slug, dnc_list.pk])
    said = {"text": "\n".join(numbers(2)), "reason": "old"}
    assert "2 entries are taken out of “Company DNC”" in supervisor_client.post(url, said, follow=True).content.decode()
    with pytest.raises(DncRefused, match="Give the reason"):
        dnc_delete(tenant=tenant, text=NUMBER, actor=TESTER, lists=[dnc_list], comment=" ")
    assert held(sandbox, dnc_list) == set(numbers(2))
    supervisor_client.post(url, {**said, "typed_name": "Company DNC"})
    assert held(sandbox, dnc_list) == set()


def test_evidence_is_for_supervisors_and_what_is_taken_along_is_logged(
    tenant, sandbox, viewer_client, supervisor_client
):
    dnc_list = known_list(tenant, sandbox)
    job = sent_file(dnc_list, DNC_ADD, [*numbers(2), "12"], comment="by letter")
    page, file = reverse("dnc:evidence", args=[tenant.slug]), reverse("dnc:evidence_file", args=[tenant.slug, "csv"])
    days = {"since": "2020-01-01", "until": "2099-01-01"}
    assert [viewer_client.get(url, days).status_code for url in (page, file)] == [403, 403]
    assert [supervisor_client.get(url, days).status_code for url in (page, file)] == [200, 200]
    supervisor_client.get(reverse("jobs:rejects", args=[tenant.slug, job.pk]))
    sent_file(dnc_list, DNC_DELETE, numbers(1), comment="asked")
    sent_file(dnc_list, DNC_REPLACE, numbers(2))
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    wanted = {"dnc.export", "job.rejects", "dnc.file.confirm", "dnc.file.remove", "dnc.file.replace"}
    assert wanted <= set(verbs)
    confirmed = AuditEntry.objects.get(verb="dnc.file.confirm").details
    assert (confirmed["reason"], confirmed["columns"]) == ("by letter", [["number", "key"]])
    assert confirmed["sha256"] == job.file_sha256
