"""What fields a list has: the API cannot tell, so it is learnt, said or remembered, and kept per list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from bpadmin.jobs.models import Job
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import NotFound, PlatformError
from bpadmin.platforms.record_rules.phone import US_CANADA, normal_phones
from bpadmin.platforms.types import FieldSpec, FieldType, Record
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.uploads.mapping.suggestions import looks_like_phones
from lists.kinds import LIST_UPLOAD
from lists.models import ListFormat

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

SAMPLE_RECORDS = 100
JOBS_LOOKED_AT = 20
ANY_CAMPAIGN = "none"
"""The document allows any text as campaign id when a record of a list bound nowhere is looked up."""


def format_get(*, tenant: Tenant, list_id: str, format_id: str = "") -> ListFormat | None:
    """Return what is known of a list's format; a list with the same `format_id` will do.

    Where all records of a platform have the same fields, it is those, and nothing is stored.
    """
    info = REGISTRY.get(tenant.platform)
    if info is not None and info.record_fields is not None:
        fields = [spec.as_json() for spec in info.record_fields(tenant.credentials)]
        return ListFormat(tenant=tenant, list_id=list_id, fields=fields, source=ListFormat.Source.CREATED)
    kept = ListFormat.objects.filter(tenant=tenant)
    found = kept.filter(list_id=list_id).first()
    if found is None and format_id:
        found = (
            kept.filter(format_id=format_id).exclude(source=ListFormat.Source.LEARNT).order_by("-updated_at").first()
        )
    return found


def format_fields(known: ListFormat | None) -> tuple[FieldSpec, ...]:
    """Return the fields of a kept format as FieldSpecs, () when nothing is known."""
    return tuple(FieldSpec.from_json(item) for item in known.fields) if known else ()


def names_searchable(known: ListFormat | None) -> tuple[str, ...] | None:
    """Return the fields by which records can be found, keys first; None where it is not known which they are.

    A list made here tells, and so does somebody who named any field searchable. Records read back do not tell, nor does
    the page of an upload, which asks for keys alone.
    """
    specs = format_fields(known)
    if known is None or not (known.source == ListFormat.Source.CREATED or any(spec.searchable for spec in specs)):
        return None
    usable = [spec for spec in specs if spec.key or spec.searchable]
    return tuple(spec.name for spec in sorted(usable, key=lambda spec: not spec.key))


def names_certain(*, tenant: Tenant, list_id: str, known: ListFormat | None) -> set[str]:
    """Return the names of a list's fields of which the spelling is certain, capitals included.

    It is where the platform showed them, where the list was made here, and where rows got in under them. What somebody
    said may be wrong, until then.
    """
    if known is not None and known.source != ListFormat.Source.SAID:
        return {spec.name for spec in format_fields(known)}
    uploads = Job.objects.filter(tenant=tenant, kind=LIST_UPLOAD, target_id=list_id)
    taken = uploads.filter(Q(n_added__gt=0) | Q(n_updated__gt=0)).order_by("-pk")
    kept = taken.values_list("options__mapping", flat=True)[:JOBS_LOOKED_AT]
    return {name for mapping in kept if isinstance(mapping, dict) for name in mapping.values()}


def field_names_known(*, tenant: Tenant) -> list[str]:
    """Return the names of the fields in all formats of a tenant that are known, by name."""
    kept = ListFormat.objects.filter(tenant=tenant).values_list("fields", flat=True)
    return sorted({item["name"] for fields in kept for item in fields}, key=str.casefold)


class StoredFormats:
    """The fields that this app has stored for calling lists, offered to other apps; see `bpadmin.extensions`."""

    def of_list(self, *, tenant: Tenant, list_id: str) -> tuple[FieldSpec, ...]:
        """Return the fields of one list, () where nothing is known."""
        return format_fields(format_get(tenant=tenant, list_id=list_id))

    def names(self, *, tenant: Tenant) -> list[str]:
        """Return the names of the fields of all lists of the tenant, each once."""
        return field_names_known(tenant=tenant)


stored_formats = StoredFormats()


def format_learn(
    *, tenant: Tenant, list_id: str, client: PlatformClient, probe: Mapping[str, str] | None = None
) -> ListFormat | None:
    """Learn a list's fields from records read back, keep and return them; None when the list shows no record.

    A list bound to a campaign is read through it, another by itself where the tenant gives it. Elsewhere `probe` (one
    row of the file, field -> value) is looked up. What a supervisor said, or what was created here, is never
    overwritten.
    """
    known = ListFormat.objects.filter(tenant=tenant, list_id=list_id).first()
    if known is not None and known.source != ListFormat.Source.LEARNT:
        return known
    calling_list = client.get_list(list_id)
    records: Sequence[Record] = ()
    for use in calling_list.campaigns or ():
        page = client.get_all_records(use.campaign_id, instance_id=use.instance_id, limit=SAMPLE_RECORDS)
        records = page.items
        if records:
            break
    if not calling_list.campaigns and Capability.LISTS_FETCH in capabilities_known(tenant):
        records = client.fetch_all_records(list_id, max_size=SAMPLE_RECORDS)
    if not records and probe:
        records = _looked_up(client, list_id, probe)
    if not records:
        return known
    return _keep(
        tenant=tenant,
        list_id=list_id,
        list_name=calling_list.name,
        format_id=calling_list.format_id,
        format_name=calling_list.format_name,
        fields=fields_of_records([record.entry for record in records]),
        source=ListFormat.Source.LEARNT,
    )


def format_say(*, tenant: Tenant, list_id: str, list_name: str, fields: Sequence[FieldSpec]) -> ListFormat:
    """Keep what a supervisor says about a list's fields. ValueError with a sentence when they cannot be right."""
    names = Counter(spec.name.casefold() for spec in fields)
    if not fields or "" in names:
        raise ValueError("Every field needs a name, and a list has at least one field.")
    if twice := [name for name, count in names.items() if count > 1]:
        raise ValueError(f"The field “{twice[0]}” is named twice. Field names are unique within a list.")
    if wrong := [spec.name for spec in fields if spec.skip and (spec.key or spec.required)]:
        raise ValueError(f"“{wrong[0]}” is skipped: a skipped field cannot be a key or required.")
    known = ListFormat.objects.filter(tenant=tenant, list_id=list_id).first()
    return _keep(
        tenant=tenant,
        list_id=list_id,
        list_name=list_name,
        format_id=known.format_id if known else "",
        format_name=known.format_name if known else "",
        fields=fields,
        source=ListFormat.Source.SAID,
    )


def format_remember(
    *, tenant: Tenant, list_id: str, list_name: str, format_id: str, format_name: str, fields: Sequence[FieldSpec]
) -> ListFormat:
    """Keep the format of a list created here."""
    return _keep(
        tenant=tenant,
        list_id=list_id,
        list_name=list_name,
        format_id=format_id,
        format_name=format_name,
        fields=fields,
        source=ListFormat.Source.CREATED,
    )


def fields_of_records(entries: Sequence[Mapping[str, Any]]) -> tuple[FieldSpec, ...]:
    """Guess fields from records as the platform gives them back: the names are sure, of types only PHONE is guessed."""
    names = list(dict.fromkeys(name for entry in entries for name in entry))
    fields = []
    for name in names:
        values = [str(entry[name]).strip() for entry in entries if entry.get(name) not in (None, "")]
        numbers = all(isinstance(entry[name], int) for entry in entries if entry.get(name) is not None)
        if numbers and values:
            fields.append(FieldSpec(name, FieldType.INTEGER))
        elif looks_like_phones(values):
            american = FieldSpec(name, FieldType.PHONE, phone_type=US_CANADA)
            # The list shows numbers after its own rule: only a US list gives nothing but what that rule keeps.
            is_american = list(normal_phones(values, american)) == values
            fields.append(american if is_american else FieldSpec(name, FieldType.PHONE))
        else:
            fields.append(FieldSpec(name))
    return tuple(fields)


def _looked_up(client: PlatformClient, list_id: str, probe: Mapping[str, str]) -> Sequence[Record]:
    try:
        return list(islice(client.query_record_deprecated(list_id, ANY_CAMPAIGN, fields=probe), SAMPLE_RECORDS))
    except NotFound:
        return ()
    except PlatformError as error:
        # Without knowing the key this is a shot in the dark, and being told so is no failure.
        if error.status == 400:
            return ()
        raise


def _keep(
    *,
    tenant: Tenant,
    list_id: str,
    list_name: str,
    format_id: str,
    format_name: str,
    fields: Sequence[FieldSpec],
    source: ListFormat.Source,
) -> ListFormat:
    kept, _ = ListFormat.objects.update_or_create(
        tenant=tenant,
        list_id=list_id,
        defaults={
            "list_name": list_name,
            "format_id": format_id,
            "format_name": format_name,
            "fields": [spec.as_json() for spec in fields],
            "source": source,
        },
    )
    return kept
