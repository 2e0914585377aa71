"""What comes from a platform, a file or a form fits its column, on PostgreSQL as on SQLite."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import reverse

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.jobs.models import Job
from bpadmin.platforms.names import id_of
from bpadmin.platforms.sources import Condition
from bpadmin.records.columns import ColumnPlace, columns_choose
from bpadmin.records.models import SavedView
from bpadmin.records.saved import view_save
from bpadmin.texts import ExactText, LongText, PlainData, ShortText, TextRefused, json_clean, text_fit
from bpadmin.uploads.files import upload_create
from dnc.entries.read_back import ledger_read_back
from dnc.evidence.chain import change_record
from dnc.evidence.export import chain_prove
from dnc.lists.sync import FoundList, lists_store
from dnc.models import ChangeKind, DncEntry, DncKind, DncList
from lists.kinds import LIST_DELETE, LIST_UPLOAD
from tests.dnc.files.filing import TESTER, known_list, numbers

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_text_is_cut_with_a_mark_and_cleaned() -> None:
    assert text_fit("n" * 301, 300) == "n" * 299 + "…"
    assert text_fit("a\0b\udc80", 300) == "ab\ufffd"
    assert text_fit("Späte Liste", 300) == "Späte Liste"


def test_plain_data_without_zero_bytes_is_left_as_it_is() -> None:
    data = {"rows": [1, 2], "detail": {"1": "plain"}, "pair": ["a", None, True, 1.5]}
    assert json_clean(data) is data
    assert json_clean({"a\0": ["b\0", {"c": "d\0"}]}) == {"a": ["b", {"c": "d"}]}


def test_names_of_files_and_lists_of_any_length_are_taken(tenant: Any) -> None:
    job = upload_create(
        kind=LIST_UPLOAD,
        tenant=tenant,
        list_id="x" * 400,
        list_name="n\0" + "n" * 301,
        file_name="f\0" * 301,
        owner_name="o" * 151,
        stream=io.BytesIO(b"a,b\n1,2\n"),
    )
    assert (len(job.target_name), len(job.owner_name), "\0" in job.file_name) == (300, 150, False)
    shown = (job.target_name, job.owner_name, job.file_name)
    job.refresh_from_db()
    assert (job.target_name, job.owner_name, job.file_name) == shown
    assert job.target_name.endswith("…")


def test_words_and_data_of_a_job_may_hold_anything(tenant: Any) -> None:
    job = Job.objects.create(tenant=tenant, kind=LIST_DELETE, options={"file": "a\0b"}, message="x\0y")
    Job.objects.filter(pk=job.pk).update(message="p\0q" * 1000, remote={"k\0": ["v\0"]}, target_name="n" * 500)
    job.refresh_from_db()
    assert (job.options, job.remote, len(job.target_name)) == ({"file": "ab"}, {"k": ["v"]}, 300)
    assert "\0" not in job.message
    assert not Job.objects.filter(target_id="a\0b").exists()


def test_an_id_is_never_cut(tenant: Any) -> None:
    job = Job.objects.create(tenant=tenant, kind=LIST_DELETE)
    with pytest.raises(TextRefused, match="more than can be kept"):
        Job.objects.filter(pk=job.pk).update(remote_job_id="r" * 121)


def test_one_list_with_a_long_name_stops_no_other(tenant: Any) -> None:
    found = [("a", "n" * 301), ("b" * 401, "unusable"), ("c", "Spam")]
    lists_store(tenant=tenant, found=[FoundList(id_, name, DncKind.INTERNAL) for id_, name in found])
    assert list(DncList.objects.order_by("remote_id").values_list("remote_id", flat=True)) == ["a", "c"]


def test_a_key_that_is_too_long_is_told_and_the_rest_is_read(tenant: Any, sandbox: Any) -> None:
    dnc_list = known_list(tenant, sandbox)
    pairs = [(numbers(1)[0], "c\0" * 400), ("x" * 201, ""), ("y\0", "")]
    found = ledger_read_back(dnc_list=dnc_list, pairs=pairs, actor=TESTER)
    dnc_list.refresh_from_db()
    assert (found.total, DncEntry.objects.count(), dnc_list.is_complete) == (3, 1, False)
    change = dnc_list.changes.get()
    assert "2 have more than 200 signs" in change.message
    assert (change.n_asked, change.n_done, change.n_refused) == (3, 1, 2)


def test_what_was_cut_is_what_was_signed(tenant: Any, sandbox: Any) -> None:
    change_record(
        tenant=tenant,
        kind=ChangeKind.SETTINGS,
        actor=Actor(name="a\0" * 200),
        dnc_list=known_list(tenant, sandbox, name="n" * 200),
        message="m\0",
        comment="c" * 400,
        file_name="f" * 400,
        details={"d\0": "e\0"},
    )
    assert chain_prove(tenant=tenant).is_good


def test_the_log_takes_any_words(tenant: Any) -> None:
    entry = audit_record(
        verb=Verb.JOB_FINISH,
        tenant=tenant,
        actor=None,
        actor_name="a" * 151,
        target_id="t" * 401,
        target_name="n\0" * 301,
        message="m\0",
        details={"answer": "x\0y"},
    )
    entry.refresh_from_db()
    assert (len(entry.actor_name), len(entry.target_id), entry.details) == (150, 400, {"answer": "xy"})


def test_saved_views_and_columns_take_zero_bytes_out(tenant: Any, supervisor: Any) -> None:
    said = {"tenant": tenant, "user": supervisor, "source_id": "s", "is_shared": False}
    conditions = [Condition("kind", "comp\0leted")]
    view = view_save(name="a\0b", conditions=conditions, **said)
    assert view_save(name="a\0b", conditions=conditions, **said).pk == view.pk
    assert SavedView.objects.get().name == "ab"
    columns_choose(user=supervisor, tenant=tenant, place=ColumnPlace.of_list("l"), keys=["field:a\0b"])


@pytest.mark.parametrize("path", ["jobs/?list=%00&q=%00", "lists/?q=%00", "activity/?target=%00", "dnc/?q=a%00"])
def test_an_address_with_zero_bytes_is_refused_in_words(tenant: Any, viewer_client: Client, path: str) -> None:
    response = viewer_client.get(f"/t/acme/{path}")
    assert response.status_code == 400


def test_a_view_named_with_a_zero_byte_is_saved_over_http(tenant: Any, sandbox: Any, supervisor_client: Client) -> None:
    source = id_of(sandbox.create_campaign("C"), "i")
    url = reverse("records:view_save", args=[tenant.slug, source]) + "?f1=kind&v1=completed"
    assert supervisor_client.post(url, {"name": "a\0b"}).status_code == 302


def test_every_text_of_ours_that_holds_foreign_words_is_bounded() -> None:
    """A new column gets one of the fields of `bpadmin.texts`, or is named here as one that only we write."""
    written_by_us = {
        "jobs.Job": {"kind", "file_sha256", "upload_path", "spool_path", "lease_owner", "failing_reason"},
        "jobs.Chunk": {"blocks", "checksum", "owner", "whole"},
        "jobs.WriteLock": {"target_id"},  # a copy of the job's
        "jobs.TenantTurn": {"queue"},
        "jobs.WorkerBeat": {"name", "queues", "version"},
        "installation.Installation": {"database", "files_mark"},
        "audit.AuditEntry": {"verb", "personal_hash", "prev_hash", "hash"},
        "audit.PersonalValues": {"salt"},
        "audit.LogChain": {"hash", "signature"},
        "audit.DroppedSegment": {"first_prev_hash", "last_hash", "hash"},
        "audit.SigningKey": {"mark", "secret"},
        "dialler.Action": {"verb", "target_kind", "mark"},
        "dialler.CatalogueState": {"claim"},
        "dialler.CatalogueCampaign": {"state", "digest"},
        "results.ResultsSettings": {"key", "reader"},
        "results.ResultHook": {"secret", "secret_hash"},
        "feeds.Feed": {"source", "secret", "target", "time_zone", "times", "rule"},
        "feeds.FeedRun": {"remote_key", "seen_key", "file_sha256"},
        "plans.Plan": {"kind", "target_key", "time_zone", "times", "rule"},
        "reports.Destination": {"secret"},
        "reports.Report": {"period", "time_zone"},
        "reports.Edition": {"path", "sha256"},
        "notifications.Event": {"kind", "mark"},
        "notifications.Webhook": {"url", "key", "key_before"},
        "notifications.Message": {"public_id", "event_kind"},
        "tenants.Tenant": {
            "slug",
            "name",
            "base_url",
            "time_zone",
            "platform",
            "credentials",
            "secrets",
            "capabilities",
            "resends_after_quiet_by",
            "proxy",
            "proxy_secret",
            "certificates",
        },
        "tenants.Invitation": {"token_hash"},
        "tenants.ApiToken": {"token_hash", "hint"},
        "lists.SavedMapping": {"header_hash"},
        "dnc.DncSource": {"file_sha256"},
        "dnc.DncStaged": set(),
        "dnc.ClosedChain": {"last_hash"},
        "approvals.Approval": {"kind", "target_kind"},
        "dnc.DncChange": {"file_sha256", "hash", "prev_hash", "outcome"},
        "installation.Tally": {"tenant", "name", "outcome"},
    }
    loose = []
    for config in apps.get_app_configs():
        if config.name.startswith(("django", "allauth")):
            continue
        for model in config.get_models():
            for field in model._meta.concrete_fields:
                is_text = isinstance(field, models.CharField | models.TextField | models.JSONField)
                if not is_text or field.choices or isinstance(field, ShortText | ExactText | LongText | PlainData):
                    continue
                if field.name not in written_by_us.get(model._meta.label, set()):
                    loose.append(f"{model._meta.label}.{field.name}")
    assert not loose, "\n".join(loose)
