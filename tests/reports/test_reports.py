"""Reports by page and command, against the sandbox: the file, its manifest, and what became of each delivery."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from bpadmin.audit.models import AuditEntry
from bpadmin.dialler.types import Actor
from bpadmin.installation.hold import hold_begin, hold_end
from bpadmin.jobs.models import Job
from bpadmin.jobs.services import job_drive
from bpadmin.plans.models import RunState
from bpadmin.plans.services import plan_find
from bpadmin.records.services import sources_read
from bpadmin.reports.deliveries import CLAIM, deliveries_send
from bpadmin.reports.delivery.types import DestinationRefused, Parcel
from bpadmin.reports.destinations import destination_add, parcel_send
from bpadmin.reports.making import editions_look, editions_tidy
from bpadmin.reports.models import Delivery, DeliveryState, Destination, Edition, EditionState, Report
from bpadmin.results.services import settings_change
from bpadmin.tenants.models import Membership, Role
from tests.fixtures_tenants import browser_of, connect
from tests.plans.planning import turn
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)


def url(name: str, tenant, *arguments) -> str:
    return reverse(f"reports:{name}", args=[tenant.slug, *arguments])


def text_of(client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def placed(tenant, name: str = "Office", folder: str = "daily") -> None:
    assert run("report_destination", tenant.slug, name, "--folder", folder)[0] == 0


def test_figures_are_made_on_a_page_and_arrive_in_the_folder_with_their_manifest(
    tenant, dialled, folder, names, supervisor_client
):
    placed(tenant)
    office = Destination.objects.get()
    said = {"name": "Calls", "period": "today", "format": "csv", "tables": ["dispositions"]}
    said |= {"file_name": "{report} {period}", "destinations": [office.pk]}
    page = f"{url('new', tenant)}?campaign={dialled}"
    assert f'value="{dialled}" selected>Renewals' in text_of(supervisor_client, page)
    answer = supervisor_client.post(page, said)
    report = Report.objects.get()
    assert answer.headers["Location"] == url("detail", tenant, report.pk)
    supervisor_client.post(url("run", tenant, report.pk))
    assert deliveries_send() == 1
    edition, delivery = Edition.objects.get(), Delivery.objects.get()
    assert (edition.state, delivery.state) == (EditionState.READY, DeliveryState.SENT)
    today = edition.begin.astimezone(ZoneInfo(tenant.time_zone)).date()
    assert names(folder) == [f"Calls {today}.csv", f"Calls {today}.csv.manifest.json"]
    content = (folder / "daily" / edition.file_name).read_bytes()
    manifest = json.loads((folder / "daily" / f"{edition.file_name}.manifest.json").read_text())
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0][0] == "Disposition"
    assert manifest["rows"] == len(rows) - 1 > 0
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    assert manifest["bytes"] == len(content)
    assert sum(int(row[2]) for row in rows[1:]) > 0
    shown = text_of(supervisor_client, url("detail", tenant, report.pk))
    assert edition.file_name in shown
    assert "Written as" in shown
    fetched = supervisor_client.get(url("file", tenant, edition.pk))
    assert b"".join(fetched.streaming_content) == content
    assert AuditEntry.objects.filter(verb="report.download").count() == 1


def test_a_report_shows_the_campaign_that_its_form_names_and_is_called_after_it(tenant, dialled, supervisor_client):
    said = {"campaign": dialled, "name": "", "period": "yesterday", "format": "xlsx", "file_name": "{report}"}
    supervisor_client.post(url("new", tenant), said)
    report = Report.objects.get()
    assert (report.name, report.content["campaign_id"]) == ("Results of Renewals", dialled)
    assert supervisor_client.post(url("new", tenant), {**said, "campaign": "nowhere"}).status_code == 404


def test_a_form_offers_only_what_figures_of_its_tenant_can_have(tenant, jtel_tenant, dialled, supervisor_client):
    named = 'name="tables" value="endings"'
    form = text_of(supervisor_client, url("new", tenant))
    assert named not in form
    # Nor days that figures cannot have.
    assert "Whatever their time" not in form
    code, told = run("report_add", tenant.slug, "Calls", "--table", "endings")
    assert (code, "no table “endings” here" in told["error"]) == (1, True)
    assert named in text_of(browser_of(jtel_tenant, Role.SUPERVISOR, name="jo"), url("new", jtel_tenant))


def test_agents_stand_in_a_report_only_where_their_logins_are_kept_and_it_names_them(
    tenant, dialled, folder, supervisor_client
):
    placed(tenant)
    named = 'name="tables" value="agents"'
    assert named not in text_of(supervisor_client, url("new", tenant))
    assert run("report_add", tenant.slug, "Calls", "--table", "agents")[0] == 1
    settings_change(tenant=tenant, actor=Actor(name="test"), keeps_agents=True)
    assert named in text_of(supervisor_client, url("new", tenant))
    sheets = {}
    for name, tables in (("All", []), ("Agents", ["--table", "agents"])):
        code, told = run("report_add", tenant.slug, name, "--period", "today", "--to", "Office", *tables)
        assert code == 0, told
        code, told = run("report_run", tenant.slug, name)
        assert code == 0, told
        sheets[name] = openpyxl.load_workbook(folder / "daily" / told["file_name"]).sheetnames
    assert ("Calls by agent" in sheets["All"], sheets["Agents"]) == (False, ["Calls by agent", "Summary"])


def test_a_workbook_has_a_sheet_for_each_table_and_says_of_itself_what_it_is(tenant, dialled, folder):
    placed(tenant)
    assert (
        run("report_add", tenant.slug, "All", "--campaign", "Renewals", "--period", "today", "--to", "Office")[0] == 0
    )
    code, told = run("report_run", tenant.slug, "All")
    assert code == 0, told
    book = openpyxl.load_workbook(folder / "daily" / told["file_name"])
    assert book.sheetnames == [
        "Records by where they stand",
        "Calls by hour",
        "Attempts by disposition",
        "By list",
        "Summary",
    ]
    assert {row[0].value: row[1].value for row in book["Summary"].rows}["of"] == "Renewals"


def test_a_plan_makes_yesterdays_report_and_mails_it(tenant, dialled, days, mailbox, supervisor, supervisor_client):
    supervisor.email = "sue@example.com"
    supervisor.save()
    answer = supervisor_client.post(url("destination_add", tenant, "mail"), {"name": "Sue", "to": "sue@example.com"})
    assert answer.status_code == 302
    refused = supervisor_client.post(url("destination_add", tenant, "mail"), {"name": "X", "to": "x@elsewhere.com"})
    assert "is no address of the people of this tenant" in refused.content.decode()
    run("report_add", tenant.slug, "Daily", "--table", "lists", "--format", "csv", "--to", "Sue")
    form = reverse("plans:new", args=[tenant.slug]) + "?kind=report.make&report=Daily"
    assert 'value="Daily"' in text_of(supervisor_client, form)
    said = {"name": "Each morning", "option_report": "Daily", "times": "06:00", "time_zone": "Europe/Berlin"}
    said |= {"repeats": "daily", "first_day": date.today().isoformat(), "late_rule": "skip"}
    assert supervisor_client.post(form, said).status_code == 302
    plan = plan_find(tenant=tenant, name_or_number="Each morning")
    assert plan.next_at is not None
    days.until(plan.next_at + timedelta(seconds=5))
    days.read()
    (waiting,) = turn(timezone.now())
    assert waiting.state == RunState.WAITING, waiting.sentence
    assert deliveries_send() == 1
    days.on(timedelta(seconds=20))
    (done,) = turn(timezone.now())
    assert done.state == RunState.DONE, done.sentence
    assert "sent to 1 place" in done.sentence
    (mail,) = mailbox.mails
    edition = Edition.objects.get()
    attached = {part.get_filename() for part in mail.iter_attachments()}
    assert attached == {edition.file_name, f"{edition.file_name}.manifest.json"}
    assert mail["To"] == "sue@example.com"
    # The day before the planned moment, on the tenant's clock.
    assert edition.end <= plan.next_at < edition.end + timedelta(days=1)
    assert supervisor.username in edition.asked_by_name


def test_records_are_read_by_an_export_and_delivered_when_it_has_ended(
    tenant, dialled, folder, names, supervisor_client
):
    placed(tenant)
    source = sources_read(tenant).value[0]
    office = Destination.objects.get()
    page = reverse("records:export", args=[tenant.slug, source.id])
    asked = {"format": "csv", "columns": "all", "rows": "record", "time_zone": "UTC", "keep": "1"}
    edit = supervisor_client.post(f"{page}?f1=kind&v1=updated", asked).headers["Location"]
    report = Report.objects.get()
    assert edit == url("edit", tenant, report.pk)
    assert "Records of Spring" in text_of(supervisor_client, edit)
    said = {"name": "Tried", "period": "today", "format": "csv", "file_name": "{title} {from}"}
    said |= {"destinations": [str(office.pk)]}
    assert supervisor_client.post(edit, said).status_code == 302
    report.refresh_from_db()
    supervisor_client.post(url("run", tenant, report.pk))
    assert (editions_look(), deliveries_send(), names(folder)) == (0, 0, [])
    job_drive(job_id=Job.objects.get().pk, seconds=None, worker="test")
    assert (editions_look(), deliveries_send()) == (1, 1)
    edition = Edition.objects.get()
    assert edition.begin is not None
    rows = list(csv.DictReader(io.StringIO((folder / "daily" / edition.file_name).read_text("utf-8-sig"))))
    assert len(rows) == edition.rows > 0
    assert edition.manifest["from"] == edition.begin.isoformat()
    # Its conditions go with the period; all records have no time, and that is said when it is made.
    everything = supervisor_client.post(page, asked).headers["Location"]
    refused = supervisor_client.post(everything, said | {"name": "All"})
    assert "whatever their time" in refused.content.decode()


def test_what_is_not_complete_is_made_and_not_sent_until_somebody_says_so(
    tenant, dialled, days, folder, names, supervisor_client
):
    placed(tenant)
    run("report_add", tenant.slug, "Daily", "--table", "lists", "--format", "csv", "--to", "Office")
    days.on(timedelta(days=2))  # nothing was read since
    code, told = run("report_run", tenant.slug, "Daily")
    assert code == 3
    assert "NOT COMPLETE" in told["sentence"]
    assert (deliveries_send(), names(folder)) == (0, [])
    report, edition = Report.objects.get(), Edition.objects.get()
    assert "Send all the same" in text_of(supervisor_client, url("detail", tenant, report.pk))
    supervisor_client.post(url("send", tenant, edition.pk))
    assert deliveries_send() == 1
    assert json.loads((folder / "daily" / f"{edition.file_name}.manifest.json").read_text())["complete"] is False


def test_a_failed_delivery_says_why_is_tried_again_and_can_be_sent_again(tenant, dialled, folder, names):
    placed(tenant, folder="here")
    (folder / "here").write_text("a file where the folder should be")
    run("report_add", tenant.slug, "Today", "--period", "today", "--to", "Office")
    code, told = run("report_run", tenant.slug, "Today")
    assert code == 3
    (failed,) = told["deliveries"]
    assert "cannot be written" in failed["sentence"]
    assert failed["state"] == "queued"
    assert deliveries_send() == 0, "not before its time"
    (folder / "here").unlink()
    assert deliveries_send(now=timezone.now() + timedelta(minutes=2)) == 1
    assert len(names(folder)) == 2
    code, told = run("report_send", tenant.slug, str(told["file"]), "--to", "Office")
    assert (code, len(told["deliveries"])) == (0, 2)
    assert len(names(folder)) == 2, "the same period, the same name"


def test_a_folder_that_leads_out_of_the_one_allowed_is_refused(tenant, folder, tmp_path):
    for name in ("../elsewhere", "a/../../elsewhere"):
        code, told = run("report_destination", tenant.slug, "Out", "--folder", name)
        assert code == 1
        assert "beneath the one that is allowed" in told["error"]
    (folder / "link").symlink_to(tmp_path)
    assert run("report_destination", tenant.slug, "Out", "--folder", "link")[0] == 1


def test_a_tenant_writes_over_no_file_of_another_one(tenant, sandbox, folder):
    other = connect(sandbox, "brightpattern", slug="other")
    for each in (tenant, other):
        said = {"folder": "daily"}
        place = destination_add(tenant=each, name="Office", way="folder", said=said, actor=Actor(name="shell"))
        data = each.slug.encode()
        parcel = Parcel("Calls", "", "Calls.csv", io.BytesIO(data), len(data), "Calls.csv.manifest.json", b"{}")
        parcel_send(place, parcel)
    assert (folder / "daily" / "Calls.csv").read_text() == "acme"
    assert (folder.parent / "other" / "daily" / "Calls.csv").read_text() == "other"
    leading = {"folder": "../other/daily"}
    with pytest.raises(DestinationRefused):
        destination_add(tenant=tenant, name="Theirs", way="folder", said=leading, actor=Actor(name="shell"))


def test_a_mail_that_was_interrupted_is_not_sent_twice_on_a_guess(tenant, dialled, mailbox, supervisor):
    supervisor.email = "sue@example.com"
    supervisor.save()
    run("report_destination", tenant.slug, "Sue", "--mail", "sue@example.com")
    run("report_add", tenant.slug, "Today", "--period", "today", "--to", "Sue")
    run("report_run", tenant.slug, "Today")
    assert len(mailbox.mails) == 1
    # As it is when the process dies between the server's yes and ours.
    Delivery.objects.update(state=DeliveryState.SENDING, due_at=timezone.now() + CLAIM)
    assert deliveries_send() == 0
    assert deliveries_send(now=timezone.now() + 2 * CLAIM) == 0
    delivery = Delivery.objects.get()
    assert delivery.state == DeliveryState.FAILED
    assert "may have arrived" in delivery.sentence
    assert len(mailbox.mails) == 1


def test_who_has_left_gets_no_report_any_more(tenant, dialled, mailbox, supervisor, viewer):
    for user, address in ((supervisor, "sue@example.com"), (viewer, "vic@example.com")):
        user.email = address
        user.save()
    run("report_destination", tenant.slug, "Both", "--mail", "sue@example.com,vic@example.com")
    run("report_add", tenant.slug, "Today", "--period", "today", "--to", "Both")
    Membership.objects.filter(user=supervisor).delete()
    run("report_run", tenant.slug, "Today")
    (mail,) = mailbox.mails
    assert mail["To"] == "vic@example.com"
    delivery = Delivery.objects.get()
    assert delivery.state == DeliveryState.SENT
    assert "sue@example.com" in delivery.sentence
    Membership.objects.filter(user=viewer).delete()
    run("report_run", tenant.slug, "Today")
    assert len(mailbox.mails) == 1
    assert Delivery.objects.latest("pk").state == DeliveryState.FAILED


def test_nothing_goes_out_while_the_installation_is_held(tenant, dialled, folder, names, supervisor_client):
    placed(tenant)
    run("report_add", tenant.slug, "Today", "--period", "today", "--to", "Office")
    supervisor_client.post(url("run", tenant, Report.objects.get().pk))
    hold_begin(reason="restored")
    assert (deliveries_send(), names(folder)) == (0, [])
    hold_end()
    assert deliveries_send() == 1


def test_files_go_when_their_time_has_come_and_say_so(tenant, dialled, settings, supervisor_client):
    run("report_add", tenant.slug, "Today", "--period", "today")
    run("report_run", tenant.slug, "Today")
    edition = Edition.objects.get()
    assert editions_tidy(now=timezone.now() + timedelta(days=settings.EXPORT_KEEP_DAYS, hours=1)) == 1
    assert supervisor_client.get(url("file", tenant, edition.pk)).status_code == 410
    code, told = run("report_send", tenant.slug, str(edition.pk))
    assert code == 1
    assert "no longer kept" in told["error"]


def test_a_report_that_a_plan_makes_is_not_removed_under_it(tenant, dialled, supervisor_client):
    run("report_add", tenant.slug, "Today", "--period", "today")
    run("plan_add", tenant.slug, "report.make", "--set", "report=Today", "--at", "06:00", "--name", "Mornings")
    report = Report.objects.get()
    supervisor_client.post(url("remove", tenant, report.pk))
    assert Report.objects.exists()
    assert run("report_show", tenant.slug, "Today")[1]["plans"][0]["plan"] == "Mornings"
    run("plan_remove", tenant.slug, "Mornings")
    assert run("report_remove", tenant.slug, "Today")[0] == 0
    assert run("report_list", tenant.slug)[1]["reports"] == []


def test_a_report_that_makes_no_sense_is_refused_in_words(tenant, dialled):
    for arguments, words in (
        (["--format", "csv"], "holds one table"),
        (["--file-name", "{nothing}"], "but not {nothing}"),
        (["--campaign", "Nobody"], "No results of a campaign"),
        (["--to", "Nowhere"], "no destination"),
        (["--zone", "America/New_York"], "clock"),
    ):
        code, told = run("report_add", tenant.slug, "Odd", "--period", "today", *arguments)
        assert code == 1, arguments
        assert words in told["error"], arguments


def test_the_name_of_a_file_says_its_period_and_holds_nothing_that_a_file_system_refuses(tenant, dialled):
    run("report_add", tenant.slug, "Week", "--period", "last-7-days", "--file-name", "{tenant}/{report}: {period}")
    code, told = run("report_run", tenant.slug, "Week", "--at", datetime(2026, 6, 8, 6, tzinfo=UTC).isoformat())
    assert told["file_name"] == f"{tenant.slug}-Week- 2026-06-01 to 2026-06-07.xlsx"
    assert code == 0, told
