"""A tenant taken out of the installation with everything that is kept of it, after an export of it."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any, cast

from django.apps import apps
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from bpadmin.activity.export import log_json
from bpadmin.approvals.kinds import ApprovalKind
from bpadmin.approvals.services import approval_first
from bpadmin.audit.models import AuditEntry, Outcome, PersonalValues
from bpadmin.audit.sealing import entries_seal
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.models import Action
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.jobs.files.cleanup import files_remove
from bpadmin.jobs.models import Job
from bpadmin.records.exports.parts import files_delete
from bpadmin.records.kinds import RESULTS_EXPORT
from bpadmin.reports.files import files_forget
from bpadmin.reports.models import Edition
from bpadmin.storage.troubles import StorageAway
from bpadmin.tenants.models import Role, Tenant
from bpadmin.typed_names import is_typed
from dnc.evidence.chain import chain_close

if TYPE_CHECKING:
    from bpadmin.approvals.models import Approval

# An export counts for as long: what was done since is not in it.
EXPORT_COUNTS = timedelta(days=1)
SECRET = frozenset({"secret", "secrets", "secret_hash", "proxy_secret", "token_hash", "password"})
# Columns of a table that are secret by another name.
SECRET_IN = {"notifications.Webhook": {"url", "key", "key_before"}, "results.ResultsSettings": {"key"}}
OURS = (
    *("approvals", "audit", "dialler", "dnc", "feeds", "jobs", "lists", "notifications", "plans", "records", "reports"),
    *("results", "tenants", "uploads"),
)


class RemovalRefused(Exception):
    """A tenant cannot be removed now; the message says what to do first."""


class RowEncoder(DjangoJSONEncoder):
    """JSON of a row: what is kept as bytes in hexadecimal."""

    def default(self, o: Any) -> Any:
        """Return what a value is written as."""
        return bytes(o).hex() if isinstance(o, bytes | bytearray | memoryview) else super().default(o)


def tenant_export(*, tenant: Tenant, actor: Actor) -> IO[bytes]:
    """Write everything that is kept of a tenant into a ZIP file and return it, at its beginning.

    A file of JSON lines for each table, the activity log with its signatures, and the uploaded files that are still
    kept. Secrets are not in it.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever gets it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for model, rows in _tables(tenant):
            with archive.open(f"{model._meta.label}.jsonl", "w", force_zip64=True) as member:
                for row in rows:
                    member.write(json.dumps(row, cls=RowEncoder, ensure_ascii=False).encode() + b"\n")
        entries_seal(tenant.pk)
        with archive.open("audit.AuditEntry.jsonl", "w", force_zip64=True) as member:
            for line in log_json(AuditEntry.every.filter(tenant=tenant).select_related("personal")):
                member.write(line)
        for job in Job.objects.filter(tenant=tenant).exclude(upload_path=""):
            try:
                with (
                    default_storage.open(job.upload_path, "rb") as source,
                    archive.open(f"uploads/{job.pk}", "w", force_zip64=True) as member,
                ):
                    while part := source.read(1 << 20):
                        member.write(cast(bytes, part))
            except (OSError, StorageAway):
                continue
    _record(Verb.TENANT_EXPORT, tenant, actor, tenant)
    file.seek(0)
    return file


def removal_refusal(tenant: Tenant) -> str:
    """Return what must be done before a tenant can be removed, in a sentence; "" where nothing must."""
    if Job.objects.filter(tenant=tenant, state__in=Job.ACTIVE).exists():
        return "Jobs of this tenant are at work. Cancel them, or wait until they have ended."
    if Action.objects.filter(tenant=tenant, open_from__isnull=False).exists():
        return "Acts of this tenant have no outcome yet. Settle them first, under Activity."
    since = timezone.now() - EXPORT_COUNTS
    if not AuditEntry.every.filter(tenant=tenant, verb=Verb.TENANT_EXPORT, at__gte=since).exists():
        return "Export everything first: after the removal nothing of it is left here."
    return ""


def tenant_remove(*, tenant: Tenant, typed: str, actor: Actor, approval: Approval | None = None) -> dict[str, int]:
    """Remove a tenant with everything kept of it; returns how many rows went, by table. Raises RemovalRefused.

    The dialler is not touched. The activity log stays until its age, without what it tells of people: names and ids in
    it prove who did what, the removal included.
    """
    if not is_typed(typed, tenant.name):
        raise RemovalRefused("Nothing was removed: that is not its name.")
    if words := removal_refusal(tenant) or _approval(tenant, actor, approval):
        raise RemovalRefused(words)
    number = tenant.pk
    files_forget(Edition.objects.filter(tenant=tenant))
    for job in Job.objects.filter(tenant=tenant).exclude(upload_path="", spool_path=""):
        if job.kind == RESULTS_EXPORT:
            files_delete(job.pk)
        elif not files_remove(job):
            raise RemovalRefused("Files of this tenant could not be removed. Try again when the storage answers.")
    with transaction.atomic():
        locked = Tenant.objects.select_for_update().get(pk=number)
        if words := removal_refusal(locked):
            raise RemovalRefused(words)
        chain_close(tenant=locked)
        gone = Counter(_protecting_delete(locked))
        gone.update(locked.delete()[1])
        _record(Verb.TENANT_REMOVE, tenant, actor, None, {"rows": sum(gone.values())})
    entries_seal(number)
    kept = PersonalValues.objects.filter(entry__tenant_id=number, erased_at=None)
    kept.update(values={}, salt="", erased_at=timezone.now())
    return {label: count for label, count in gone.items() if count}


def _approval(tenant: Tenant, actor: Actor, approval: Approval | None) -> str:
    return approval_first(
        kind="tenant.remove",
        tenant=tenant,
        target=Target("tenant", tenant.slug, tenant.name),
        wanted={"tenant": tenant.slug},
        sentence=f"Remove {tenant.name} from here, with everything that is kept of it.",
        actor=actor,
        approval=approval,
    )


class TenantRemoval(ApprovalKind):
    """Removing a tenant: two of its administrators."""

    role = Role.ADMINISTRATOR

    def facts(self, tenant: Tenant, target_id: str) -> dict[str, str]:
        """Return its name, and what stands in the way now."""
        return {"Name": tenant.name, "In the way": removal_refusal(tenant) or "nothing"}

    def carry_out(self, approval: Approval, actor: Actor) -> Act:
        """Remove it; whoever asked has typed its name."""
        tenant = approval.tenant
        try:
            tenant_remove(tenant=tenant, typed=tenant.name, actor=actor, approval=approval)
        except RemovalRefused as refused:
            return Act(Outcome.REFUSED, str(refused))
        return Act(Outcome.DONE, f"{tenant.name} was removed with everything that was kept of it here.")


def _protecting_delete(tenant: Tenant) -> dict[str, int]:
    """Delete the rows of a tenant that protect others of it, such as attempts their dispositions; return the counts."""
    gone: Counter[str] = Counter()
    for model in apps.get_models():
        links = [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]
        if any(link.remote_field.on_delete is models.PROTECT for link in links):
            which = _of_tenant(model, tenant)
            if which is not None:
                gone.update(model._base_manager.filter(which).delete()[1])
    return gone


def _tables(tenant: Tenant) -> Iterator[tuple[type[models.Model], Iterator[dict[str, Any]]]]:
    """Yield each table that holds rows of the tenant, by itself or through what they belong to, with those rows."""
    for model in apps.get_models():
        if model._meta.app_label not in OURS or model in (AuditEntry, PersonalValues):
            continue
        if (which := _of_tenant(model, tenant)) is not None:
            secret = SECRET | SECRET_IN.get(model._meta.label, set())
            names = [field.attname for field in model._meta.concrete_fields if field.name not in secret]
            yield model, model._base_manager.filter(which).order_by("pk").values(*names).iterator(chunk_size=1000)


def _of_tenant(model: type[models.Model], tenant: Tenant) -> Q | None:
    if model is Tenant:
        return Q(pk=tenant.pk)
    links = [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]
    if any(link.related_model is Tenant for link in links):
        return Q(**{next(link.name for link in links if link.related_model is Tenant): tenant})
    for link in links:
        target = link.related_model
        if any(getattr(field, "related_model", None) is Tenant for field in target._meta.concrete_fields):
            return Q(**{f"{link.name}__tenant": tenant})
    return None


def _record(
    verb: Verb, tenant: Tenant, actor: Actor, owner: Tenant | None, details: dict[str, Any] | None = None
) -> None:
    audit_record(
        verb=verb,
        tenant=owner,
        actor=actor.user,
        actor_name=actor.name,
        target_kind="tenant",
        target_id=tenant.slug,
        target_name=tenant.name,
        details=details,
    )
