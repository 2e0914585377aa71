"""Deleting records of a list by jobs that take time."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bpadmin.sandbox.errors import bad_request, conflict, not_found
from bpadmin.sandbox.handlers.call import Call
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.http.wire import Answer
from bpadmin.sandbox.state.deletions import DeletionJob
from bpadmin.sandbox.state.formats import as_texts
from bpadmin.sandbox.state.lists import CallingList
from bpadmin.sandbox.state.rows import Row, Value

POLICIES = ("ALL", "ONLY_COMPLETED", "ONLY_NEVER_ATTEMPTED")
# Tells whether the record at a position, with this row, is meant.
Criterion = Callable[[int, Row], bool]


def delete_many_records(call: Call) -> Any:
    """Delete the records that meet all criteria; without any criterion none is deleted."""
    held = call.calling_list()
    body = parameters.parse_object(call.body, ("fields", "byCampaignResult", "createdFrom", "createdTo"))
    criteria = [
        *_by_fields(held, body.get("fields")),
        *_by_result(call, held, body.get("byCampaignResult")),
        *_by_creation(held, body),
    ]
    found = (at for at, row in _candidates(held, body.get("fields")) if all(fits(at, row) for fits in criteria))
    return _delete(call, held, array("L", found if criteria else ()))


def delete_all_records(call: Call) -> Any:
    """Delete every record that the list holds now."""
    held = call.calling_list()
    victims = array("L", (at for at in range(len(held.alive)) if held.alive[at]))
    return _delete(call, held, victims)


def get_job_status(call: Call) -> Any:
    """Return how far a job is."""
    job = call.tenant.jobs.get(call.ids[0])
    if job is None:
        raise not_found("Specified job")
    return job.as_json()


def _delete(call: Call, held: CallingList, victims: array[int]) -> Any:
    """Begin a job, or on a tenant that answers the number at once delete and count."""
    if not call.tenant.options.deletes_at_once:
        return _started(call, call.tenant.deletion_start(held, victims))
    deleted = call.tenant.records_drop(held, victims)
    held.clear_aliases()
    return {"deleted": deleted}


def _started(call: Call, job: DeletionJob) -> Any:
    seconds = math.ceil(job.duration / 1000)
    if call.tenant.options.document_oddities:
        return Answer(body=f'{{\n"job": "{job.id}",\n"estimated_time": {seconds} // in seconds\n}}'.encode())
    return {"job": job.id, "estimated_time": seconds}


def _by_fields(held: CallingList, fields: Any) -> Iterable[Criterion]:
    if fields is None:
        return
    if not isinstance(fields, dict):
        raise bad_request("'fields' has unsupported value: object is expected")
    for name, wanted in fields.items():
        place = held.format.places.get(name)
        if place is None or not (held.format.stored[place].key or held.format.stored[place].searchable):
            raise bad_request(f"'fields.{name}' is not supported: the field must be searchable or key")
        yield _one_of(place, _values(held, place, name, wanted))


def _one_of(place: int, values: set[Value]) -> Criterion:
    return lambda at, row: row[place] in values


def _values(held: CallingList, place: int, name: str, wanted: Any) -> set[Value]:
    """Return the values to look for, as they were given and as the list would store them."""
    given = wanted if isinstance(wanted, list) else [wanted]
    bad: dict[int, str] = {}
    texts = as_texts(given, bad)
    if bad or not given or "" in texts:
        raise bad_request(f"'fields.{name}' has unsupported value: values are expected")
    stored = held.format.stored[place].normalise(texts, bad)
    return {*texts, *(value for value in stored if value != "")}


def _by_result(call: Call, held: CallingList, value: Any) -> Iterable[Criterion]:
    if value is None:
        return
    if not isinstance(value, Mapping):
        raise bad_request("'byCampaignResult' has unsupported value: object is expected")
    campaign = call.tenant.campaign_with(parameters.text(value, "campaignId", is_required=True))
    policy = parameters.text(value, "policy") or "ALL"
    if policy not in POLICIES:
        raise bad_request(f"'byCampaignResult.policy' has unsupported value '{policy}'")
    results = [instance.results for instance in campaign.instances.values() if instance.list is held]
    if not results:
        raise conflict("List is not bound to the specified campaign")
    if policy == "ONLY_COMPLETED":
        yield lambda at, row: any(one.is_completed(at) for one in results)
    elif policy == "ONLY_NEVER_ATTEMPTED":
        yield lambda at, row: not any(at in one.last for one in results)
    else:
        yield lambda at, row: True


def _by_creation(held: CallingList, body: Mapping[str, Any]) -> Iterable[Criterion]:
    begin, end = parameters.time_of(body, "createdFrom"), parameters.time_of(body, "createdTo")
    if begin is not None and end is not None and begin >= end:
        raise bad_request("'createdFrom' has unsupported value: must be less than 'createdTo'")
    born = held.born
    if begin is not None:
        yield lambda at, row: born[at] >= begin
    if end is not None:
        yield lambda at, row: born[at] < end


def _candidates(held: CallingList, fields: Any) -> Iterable[tuple[int, Row]]:
    """Return the records worth testing: those with the wanted keys when the filter names the only key field."""
    keys = held.format.keys
    name = held.format.stored[keys[0]].name if len(keys) == 1 else None
    if name is None or not isinstance(fields, dict) or name not in fields:
        return held.walk()
    values = _values(held, keys[0], name, fields[name])
    found = {at for value in values if (at := held.index.get(value)) is not None}
    return ((at, held.rows.get(at)) for at in sorted(found))
