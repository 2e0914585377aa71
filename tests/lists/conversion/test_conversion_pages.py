"""Rules for cells on the mapping page: said, shown, confirmed, sent, and used for the next file. Without scripts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from bpadmin.jobs.choices import StaleForm
from bpadmin.jobs.models import Job, JobState
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.uploads.conversion.rules import Conversion
from bpadmin.uploads.files import UploadRefused, conversion_of
from bpadmin.uploads.wizard import rule_decide
from lists.formats.services import format_remember
from lists.models import Recipe
from lists.uploads.options import upload_options
from tests.lists.walking import check_url, csv_file, ended, map_url, post_file, said, shown

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [
    FieldSpec("Account", FieldType.ACCOUNT, key=True, required=True),
    FieldSpec("Phone", FieldType.PHONE, phone_type="OTHER"),
    FieldSpec("Due", FieldType.DATETIME, date_format="yyyy-MM-dd"),
    FieldSpec("Amount", FieldType.INTEGER),
    FieldSpec("Optin"),
    FieldSpec("Source"),
]
MESSY = (
    "Account;Vorwahl;Rufnummer;Due;Amount;Optin;ResultCode\n"
    "A1;0170;1234567;31.12.2026;1.234,00;ja;C\n"
    "A2;0171;7654321;1.3.2027;12,00;Nein;C\n"
    "A3;0172;1112223;2.3.2027;13,00;ja;X\n"
    "A4;0173;4445556;31.2.2027;5,00;ja;C\n"
)
WANTED = [
    {"Account": "A1", "Phone": "491701234567", "Due": "2026-12-31", "Amount": 1234, "Optin": "true", "Source": "fair"},
    {"Account": "A2", "Phone": "491717654321", "Due": "2027-03-01", "Amount": 12, "Optin": "false", "Source": "fair"},
]


@pytest.fixture
def spring(tenant: Any, sandbox: Any) -> str:
    fields = [
        {"name": "Account", "type": "ACCOUNT", "key": True, "required": True},
        {"name": "Phone", "type": "PHONE", "phoneType": "OTHER"},
        {"name": "Due", "type": "DATETIME", "format": "yyyy-MM-dd"},
        {"name": "Amount", "type": "INTEGER"},
        {"name": "Optin", "type": "OTHER"},
        {"name": "Source", "type": "OTHER"},
    ]
    list_id = sandbox.create_list("Spring", fields)
    format_remember(tenant=tenant, list_id=list_id, list_name="Spring", format_id="", format_name="", fields=FIELDS)
    return str(list_id)


def records(sandbox: Any, list_id: str) -> list[dict[str, Any]]:
    names = [field.name for field in FIELDS]
    return [{name: record.get(name) for name in names} for record in sandbox.dump(list_id)]


def test_a_messy_file_is_converted_sent_and_the_next_one_needs_no_word(
    supervisor_client: Client, spring: str, sandbox: Any
) -> None:
    client = supervisor_client
    post_file(client, spring, MESSY)
    job = Job.objects.latest("id")
    page = client.get(map_url(job))
    # Dates in the other form: one click.
    assert "Write them as yyyy-MM-dd" in page.content.decode()
    page = client.post(map_url(job), said(page, dates="3:dd.MM.yyyy"))
    text = page.content.decode()
    assert "dates written dd.MM.yyyy, into the list&#x27;s form" in text
    assert "<code>31.12.2026</code>" in text
    assert "<code>2026-12-31</code>" in text
    assert "refused: it is no date written dd.MM.yyyy" in text
    assert "Write them as" not in text
    # A rule that is opened, said wrongly, then rightly.
    page = client.post(map_url(job), said(page, rule_edit="4"))
    page = client.post(map_url(job), said(page, **{"c4-rule-country": "x", "rule_done": "4"}))
    assert "“country” is “x”" in page.content.decode()
    page = client.post(map_url(job), said(page, **{"c4-rule-country": "", "c4-rule-decimal": ",", "rule_done": "4"}))
    assert "numbers written 1.234,56" in page.content.decode()
    page = client.post(map_url(job), said(page, rule_edit="5"))
    page = client.post(map_url(job), said(page, **{"c5-rule-values": "Ja = true\nNein = false"}, rule_done="5"))
    # Columns that the file lacks: the number of which it has the parts is joined, and shown so.
    assert [each.title for each in page.context["step"].rules.made] == ["Vorwahl + Rufnummer"]
    assert page.context["step"].mapping.columns[7].form["name"].value() == "Phone"
    page = client.post(map_url(job), said(page, rule_edit="7"))
    page = client.post(map_url(job), said(page, **{"c7-rule-country": "49"}, rule_done="7"))
    page = client.post(map_url(job), said(page, made_add="part"))
    page = client.post(map_url(job), said(page, made_add="text"))
    page = client.post(map_url(job), said(page, made_remove="1"))
    assert [each.kind for each in page.context["step"].rules.made] == ["join", "text"]
    assert page.context["step"].mapping.columns[7].form["name"].value() == "Phone"
    data = said(page, **{"m1-text": "fair", "row0-column": "6", "row0-values": "c", "recipe-name": "CRM export"})
    response = client.post(map_url(job), data | {"c8-name": "Source"}, follow=True)

    job.refresh_from_db()
    assert response.redirect_chain, response.context["step"].problems
    assert response.redirect_chain[-1][0] == check_url(job)
    text = response.content.decode()
    assert (job.rows_total, job.n_not_sent, job.n_rejected_check) == (3, 2, 1)
    assert "Rows that are left out by the value of a column" in text
    assert "A cell that the rule of its column cannot convert" in text
    assert "it is no date written dd.MM.yyyy" in text.lower() or "It is no date written dd.MM.yyyy" in text
    client.post(check_url(job), shown(job))
    assert ended(job).state == JobState.PARTIAL
    assert records(sandbox, spring) == WANTED
    assert "numbers written 1.234,56" in client.get(f"/t/acme/jobs/{job.pk}/").content.decode()

    # The refused row, corrected in its own form, goes through the same rules.
    rejects = b"".join(client.get(f"/t/acme/jobs/{job.pk}/rejects.csv").streaming_content).decode("utf-8-sig")
    assert "A4;0173;4445556;31.2.2027;5,00;ja;C;5;not_converted" in rejects
    fixed = csv_file(rejects.replace("31.2.2027", "28.2.2027"), "fixed.csv")
    response = client.post(f"/t/acme/uploads/{job.pk}/again/", {"file": fixed}, follow=True)
    second = Job.objects.latest("id")
    assert response.redirect_chain[-1][0] == check_url(second)
    client.post(check_url(second), shown(second))
    assert ended(second).state == JobState.SUCCEEDED
    assert records(sandbox, spring)[2] == WANTED[0] | {
        "Account": "A4", "Phone": "491734445556", "Due": "2027-02-28", "Amount": 5,
    }  # fmt: skip

    # The next file with this header: nothing to say.
    post_file(client, spring, MESSY.replace("A", "B", 1).replace("B", "A", 1).replace(";31.2.", ";1.2."))
    third = Job.objects.latest("id")
    response = client.post(map_url(third), said(client.get(map_url(third))), follow=True)
    third.refresh_from_db()
    assert (third.n_not_sent, third.n_rejected_check) == (3, 0)
    assert third.options["conversion"] == job.options["conversion"]
    # A recipe by its name, for a file whose columns stand otherwise.
    recipe = Recipe.objects.get()
    assert (recipe.name, recipe.list_id) == ("CRM export", spring)
    lines = [line.split(";")[::-1] for line in MESSY.splitlines()]
    post_file(client, spring, "\n".join(";".join(cells) for cells in lines) + "\n")
    fourth = Job.objects.latest("id")
    page = client.get(map_url(fourth))
    page = client.post(map_url(fourth), said(page, recipe_use="1", recipe=str(recipe.pk)))
    client.post(map_url(fourth), said(page))
    fourth.refresh_from_db()
    assert (fourth.state, fourth.rows_total, fourth.n_not_sent) == (JobState.READY, 3, 2)


def test_before_and_after_are_shown_while_a_rule_is_typed_and_nothing_is_stored(
    supervisor_client: Client, spring: str
) -> None:
    client = supervisor_client
    post_file(client, spring, MESSY)
    job = Job.objects.latest("id")
    page = client.post(map_url(job), said(client.get(map_url(job)), rule_edit="3"))
    assert "What is done to the cells of Due" in page.content.decode()
    url = f"/t/acme/uploads/{job.pk}/columns/3/changes/"
    answer = client.post(url, said(page, **{"c3-rule-date": "dd.MM.yyyy"}))
    text = answer.content.decode()
    assert 'id="c3-rule-changes"' in text
    assert "<code>2026-12-31</code>" in text
    assert "31.2.2027" in text
    assert "<form" not in text
    job.refresh_from_db()
    assert not job.options.get("conversion")
    assert client.post(f"/t/acme/uploads/{job.pk}/columns/99/changes/", said(page)).status_code == 404


def test_what_blank_cells_do_is_said_beside_the_mode(supervisor_client: Client, spring: str, sandbox: Any) -> None:
    client = supervisor_client
    head = "Account;Phone;Due;Source\n"
    post_file(client, spring, head + "A1;491701234567;2026-12-31;fair\n")
    job = Job.objects.latest("id")
    client.post(map_url(job), said(client.get(map_url(job))))
    client.post(check_url(job), shown(job))
    assert ended(job).state == JobState.SUCCEEDED
    for blank, wanted in (("leave", ("2026-12-31", "fair")), ("clear", ("", ""))):
        post_file(client, spring, head + "A1;491701234567;;\n")
        job = Job.objects.latest("id")
        page = client.get(map_url(job))
        assert "leaves the field as it is" in page.content.decode()
        client.post(map_url(job), said(page, **{"send-mode": "update", "send-blank": blank, "again": "1"}))
        client.post(check_url(job), shown(job))
        assert ended(job).state == JobState.SUCCEEDED
        record = sandbox.dump(spring)[0]
        assert (record["Due"] or "", record["Source"] or "") == wanted
    assert Conversion.from_json(Job.objects.latest("id").options["conversion"]).blank == "clear"


def test_rubbish_in_the_form_is_refused_in_words_and_changes_nothing(supervisor_client: Client, spring: str) -> None:
    client = supervisor_client
    post_file(client, spring, MESSY.replace("Vorwahl", "Region"))
    job = Job.objects.latest("id")
    page = client.get(map_url(job))
    for said_badly, words in (
        ({"c3-rule": "{"}, "Due: "),
        ({"c3-rule": '{"dats": "x"}'}, "“dats”"),
        ({"made-count": "1", "m0-kind": "text"}, "Type the value that every row gets"),
        ({"made-count": "1", "m0-kind": "join"}, "Choose the columns that it is made of"),
        ({"row0-column": "6"}, "Type the value of the rows"),
        ({"made-count": "many", "row-count": "-1", "dates": "99:x", "rule_edit": "x"}, "Which column goes where"),
    ):
        response = client.post(map_url(job), said(page, **said_badly))
        assert response.status_code == 200
        assert words in response.content.decode(), said_badly
    job.refresh_from_db()
    assert job.state == JobState.DRAFT


def test_dates_in_another_form_are_one_act_after_the_check_as_well(
    supervisor_client: Client, spring: str, sandbox: Any
) -> None:
    client = supervisor_client
    post_file(client, spring, "Account;Phone;Due\nA1;491701234567;31.12.2026\nA2;491701234568;1.3.2027\n")
    job = Job.objects.latest("id")
    client.post(map_url(job), said(client.get(map_url(job))))
    job.refresh_from_db()
    assert (job.state, job.n_not_sent) == (JobState.READY, 0)
    options = upload_options(job)
    before = job.revision
    rule = replace(conversion_of(options).rule(2), date="dd.MM.yyyy")
    rule_decide(job=job, column=2, rule=rule, revision=before, actor_name="sam")
    job.refresh_from_db()
    assert (job.state, job.n_not_sent, job.n_rejected_check) == (JobState.READY, 2, 0)
    with pytest.raises(StaleForm):
        rule_decide(job=job, column=2, rule=rule, revision=before)
    with pytest.raises(UploadRefused, match="the file has 3 columns"):
        rule_decide(job=job, column=7, rule=rule)
    assert "Cells are converted by 1 rule" in client.get(check_url(job)).content.decode()
    client.post(check_url(job), shown(job))
    assert ended(job).state == JobState.SUCCEEDED
    assert [record["Due"] for record in sandbox.dump(spring)] == ["2026-12-31", "2027-03-01"]
    # It is kept: the next file of this header needs no act.
    post_file(client, spring, "Account;Phone;Due\nA3;491701234567;31.12.2026\n")
    job = Job.objects.latest("id")
    client.post(map_url(job), said(client.get(map_url(job))))
    job.refresh_from_db()
    assert (job.n_not_sent, job.n_rejected_check) == (1, 0)
