"""Adding and removing by hand as an act: its entries are unknown from before the request until the outcome is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.registry import ActionKind
from bpadmin.dialler.types import Act, Actor
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError, Reason
from bpadmin.tenants.connections.capabilities import capabilities_known
from dnc.entries.batch import parcel_note, parcel_note_lost
from dnc.entries.ledger import NO_DATES, Dates, entries_added, entries_removed, entries_there, entries_unknown
from dnc.entries.sources import SETTLED, source_witness
from dnc.evidence.intents import intent_record, keys_in_doubt, list_of, outcome_record
from dnc.models import ChangeKind, DncEntry, DncKind, DncList, DncSource, EntryState

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.uploads.batch import Parcel

AT_ONCE = 500
SAMPLES = 20
# A list of more entries is not read for one act; reading all of it back is a person's order.
MOST_READ = 20_000


@dataclass(slots=True)
class Sent:
    """What the platform answered: the parcels that were sent, the error that ended it, and what it comes to."""

    parcels: Sequence[Parcel]
    error: PlatformError | None
    counts: Mapping[str, int]
    details: Mapping[str, Any] = field(default_factory=dict)


def keys_wanted(
    dnc_list: DncList, keys: Sequence[str], *, is_delete: bool, comment: str, dates: Dates
) -> dict[str, Any]:
    """Return what an act on keys must know to be followed up later, as plain JSON."""
    days = (dates.received_on, dates.due_on, dates.expires_on)
    return {
        "list": dnc_list.pk,
        "keys": list(keys),
        "is_delete": is_delete,
        "comment": comment,
        "dates": [day.isoformat() if day else None for day in days],
    }


class KeysAction(ActionKind):
    """Keys put into a list or taken out of it by hand."""

    def asked(self, action: Action) -> None:
        """Put the entries in doubt, remembering what was known of them."""
        dnc_list, keys = _list(action), action.want("keys")
        source = DncSource.objects.create(
            tenant=action.tenant, actor=action.actor, by_name=action.actor_name, text="typed in"
        )
        action.wanted["source"] = source.pk
        action.wanted["before"] = _states(dnc_list, keys, is_locked=True)
        entries_unknown(dnc_list.pk, _pairs(action, keys), source, is_delete=action.want("is_delete"))
        counts = {"n_asked": len(keys), "n_unknown": len(keys)}
        details = {"keys": keys[:SAMPLES]}
        intent_record(action, _kind(action), counts=counts, comment=action.want("comment"), details=details)

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Take what was found out since, else read the list, where the tenant's version tells and it is not long."""
        dnc_list, keys = _list(action), action.want("keys")
        states = _states(dnc_list, keys)
        if EntryState.UNKNOWN not in states.values():
            inside = [key for key in keys if states.get(key) == EntryState.PRESENT]
            return _found(action, inside, "as was found out since")
        if Capability.DNC_READ not in capabilities_known(action.tenant):
            return None
        total = client.get_dnc_list(dnc_list.remote_id).total_records
        if total is None or total > MOST_READ:
            return None
        wanted = set(keys)
        held = {each.key for page in client.walk_dnc_records(dnc_list.remote_id) for each in page.items}
        return _found(action, sorted(wanted & held), "the answer was lost, so the list was read", is_read=True)

    def ended(self, action: Action, act: Act, by: Actor) -> None:
        """Settle what is still in doubt, as far as it is known now."""
        dnc_list, keys = _list(action), action.want("keys")
        source = DncSource.objects.get(pk=action.want("source"))
        counts, details = {"n_asked": len(keys)}, {"keys": keys[:SAMPLES]}
        if isinstance(act.found, Sent):
            _restore(action, keys)
            _note(action, act.found, source)
            counts, details = dict(act.found.counts), {**act.found.details, "source": source.pk}
        elif act.outcome == Outcome.UNKNOWN:
            counts["n_unknown"] = len(_unsure(dnc_list, keys))
        else:
            unsure = _unsure(dnc_list, keys)
            done = _settle(action, act, source, unsure)
            counts |= {"n_done": done, "n_refused": len(keys) - done if act.outcome == Outcome.REFUSED else 0}
        for some in _parts(keys_in_doubt(action, keys)):
            DncEntry.objects.filter(dnc_list=dnc_list, key__in=some).update(state=EntryState.UNKNOWN)
        change = outcome_record(
            action, act, _kind(action), by, counts=counts, comment=action.want("comment"), details=details
        )
        if "source" in details:
            action.undo = {"change": change.number, "added": len(details.get("added", ()))}


def _list(action: Action) -> DncList:
    dnc_list = list_of(action)
    if dnc_list is None:
        raise LookupError(f"The Do Not Call list of act {action.pk} is not known any more.")
    return dnc_list


def _kind(action: Action) -> ChangeKind:
    return ChangeKind.DELETE if action.verb == Verb.DNC_DELETE else ChangeKind.ADD


def _pairs(action: Action, keys: Iterable[str]) -> list[tuple[str, str]]:
    comment = "" if action.want("is_delete") else action.want("comment")
    return [(key, comment) for key in keys]


def _dates(action: Action) -> Dates:
    days = [date.fromisoformat(day) if day else None for day in action.want("dates", ())]
    return Dates(*days) if days else NO_DATES


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]


def _states(dnc_list: DncList, keys: Sequence[str], *, is_locked: bool = False) -> dict[str, int]:
    entries = DncEntry.objects.select_for_update() if is_locked else DncEntry.objects.all()
    found: dict[str, int] = {}
    for some in _parts(keys):
        rows = entries.filter(dnc_list=dnc_list, key__in=some).order_by("key")
        found.update(rows.values_list("key", "state"))
    return found


def _unsure(dnc_list: DncList, keys: Sequence[str]) -> list[str]:
    return [key for key, state in _states(dnc_list, keys).items() if state == EntryState.UNKNOWN]


def _restore(action: Action, keys: Sequence[str]) -> None:
    """Let entries that are still in doubt be as they were before the act; those that it made go."""
    before: Mapping[str, int] = action.want("before", {})
    entries = DncEntry.objects.filter(dnc_list=action.want("list"), state=EntryState.UNKNOWN)
    for some in _parts([key for key in keys if key not in before]):
        entries.filter(key__in=some, source=action.want("source")).delete()
    for state in EntryState:
        for some in _parts([key for key in keys if before.get(key) == state]):
            entries.filter(key__in=some).update(state=state)


def _note(action: Action, sent: Sent, source: DncSource) -> None:
    """Write what the platform answered into the ledger."""
    dnc_list, is_delete = _list(action), action.want("is_delete")
    for parcel in sent.parcels:
        if sent.error is not None and sent.error.maybe_applied and parcel is sent.parcels[-1]:
            parcel_note_lost(dnc_list.pk, parcel, source, is_delete=is_delete)
        else:
            comment, dates = action.want("comment"), _dates(action)
            parcel_note(dnc_list.pk, parcel, source, is_delete=is_delete, dates=dates, comment=comment)
    if sent.error is not None and sent.error.reason is Reason.DNC_TYPE_NOT_EDITABLE:
        DncList.every.filter(pk=dnc_list.pk, type=DncKind.UNKNOWN).update(type=DncKind.GEOGRAPHIC_STATE)


def _settle(action: Action, act: Act, source: DncSource, unsure: Sequence[str]) -> int:
    """Settle entries in doubt by a reading (`act.found` holds the keys in the list) or by a person's word.

    Returns how many are now as they were asked to be.
    """
    pk, is_delete = action.want("list"), action.want("is_delete")
    if act.found is None:
        inside = set(unsure) if (act.outcome == Outcome.DONE) != is_delete else set()
    else:
        inside = set(act.found)
    there, gone = [key for key in unsure if key in inside], [key for key in unsure if key not in inside]
    if not is_delete:
        entries_added(pk, _pairs(action, there), source_witness(source, SETTLED), _dates(action))
        _restore(action, gone)
        return len(there)
    entries_removed(pk, gone, source)
    _restore(action, there)
    # Of a key that was not known here it is known now that the list holds it.
    entries_there(pk, _pairs(action, [key for key in there if key not in action.want("before")]), source, is_read=True)
    return len(gone)


def _found(action: Action, inside: Sequence[str], how: str, *, is_read: bool = False) -> Act:
    """Put into words how many of the keys are in the list."""
    count, is_delete = len(action.want("keys")), action.want("is_delete")
    done = count - len(inside) if is_delete else len(inside)
    name, where = action.target_name, "not in the list" if is_delete else "in the list"
    sentence = f"“{name}”: {done:,} of {count:,} {'is' if done == 1 else 'are'} {where}, {how}."
    found = frozenset(inside)
    if done == count:
        return Act(Outcome.DONE, sentence, found=found)
    so_far = "" if not is_read else f"{sentence} What was asked may yet take effect; asking again does no harm."
    return Act(Outcome.REFUSED, sentence, found=found, so_far=so_far)
