"""Adding and deleting by hand: a number or a pasted block, in one list or in all that hold numbers, in seconds."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import LASTS, action_perform
from bpadmin.dialler.types import ACT_TIMEOUT, Act, Actor, Target
from bpadmin.jobs.reasons import reason_of
from bpadmin.platforms.errors import PlatformError, Reason
from dnc.key_action import SAMPLES, Sent, keys_wanted
from dnc.ledger import NO_DATES, Dates
from dnc.models import DncKind, DncList, EntryState
from dnc.normalising import COMMENT_LENGTH, KeyRules
from dnc.posting import body_of, parcel_know, parcel_of, parcel_post
from dnc.reading import DncRefused
from lists.parcel import ADDED, ALREADY_THERE, DUPLICATE, UNACCOUNTED, UPDATED, Parcel

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

MOST_PASTED = 5000
TRIES = 3
TRY_SECONDS = 0.5
TAKEN = (ADDED, UPDATED, DUPLICATE, ALREADY_THERE)
_NUMBER_ENDS = re.compile(r"[\n\r,;\t]+")
_LINE_ENDS = re.compile(r"[\n\r]+")


@dataclass(frozen=True, slots=True)
class RefusedKey:
    """A value that did not get in (or out): the code, and why in words; `fix` may be empty."""

    value: str
    code: str
    words: str
    fix: str = ""


@dataclass(slots=True)
class ListOutcome:
    """What became of an act on one list. `n_already`: there before, or gone before when deleting."""

    dnc_list: DncList
    is_delete: bool
    outcome: Outcome = Outcome.DONE
    sentence: str = ""
    n_asked: int = 0
    n_done: int = 0
    n_already: int = 0
    n_unknown: int = 0
    refused: list[RefusedKey] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Tell whether every key is now where it was asked to be."""
        return self.outcome == Outcome.DONE and not self.refused and not self.n_unknown


def dnc_add(
    *,
    tenant: Tenant,
    text: str,
    actor: Actor,
    lists: Sequence[DncList] | None = None,
    comment: str = "",
    dates: Dates = NO_DATES,
) -> tuple[ListOutcome, ...]:
    """Add what was typed or pasted to the lists, None for all INTERNAL ones; gives the outcome per list. DncRefused.

    One value a line; numbers and area codes may also stand behind commas, semicolons and tabs.
    """
    comment = " ".join(comment.split())[:COMMENT_LENGTH]
    return tuple(_act(each, text, actor, False, comment, dates) for each in _targets(tenant, lists, text))


def dnc_delete(
    *, tenant: Tenant, text: str, actor: Actor, lists: Sequence[DncList] | None = None, comment: str = ""
) -> tuple[ListOutcome, ...]:
    """Take what was typed or pasted out of the lists; like `dnc_add`. The numbers may be dialled again."""
    return tuple(_act(each, text, actor, True, comment, NO_DATES) for each in _targets(tenant, lists, text))


def values_of(text: str, kind: DncKind) -> list[str]:
    """Cut a pasted text into values, each once. Exclusion values and postal codes may hold commas."""
    ends = _NUMBER_ENDS if kind in (DncKind.INTERNAL, DncKind.GEOGRAPHIC_AREACODE) else _LINE_ENDS
    return list(dict.fromkeys(value.strip() for value in ends.split(text) if value.strip()))


def _targets(tenant: Tenant, lists: Sequence[DncList] | None, text: str) -> Sequence[DncList]:
    if not text.strip():
        raise DncRefused("Enter at least one number.")
    if len(_NUMBER_ENDS.split(text)) > MOST_PASTED:
        raise DncRefused(f"That is more than {MOST_PASTED:,} values: put them into a file and send the file.")
    if lists is None:
        lists = list(DncList.objects.filter(tenant=tenant, type=DncKind.INTERNAL))
        if not lists:
            raise DncRefused(
                "No Do Not Call list of phone numbers is known for this tenant. Bind one to a campaign, or type in its "
                "id."
            )
    if any(each.tenant_id != tenant.pk for each in lists):
        raise DncRefused("That list belongs to another tenant.")
    return lists


def _act(dnc_list: DncList, text: str, actor: Actor, is_delete: bool, comment: str, dates: Dates) -> ListOutcome:
    found = ListOutcome(dnc_list, is_delete)
    rules = KeyRules.of(dnc_list, is_adding=not is_delete)
    values = values_of(text, rules.kind)
    found.n_asked = len(values)
    for value, key in zip(values, rules.normal(values), strict=True):
        if key:
            found.keys.append(key)
        else:
            found.refused.append(RefusedKey(value, "invalid", *rules.fault(value)))
    found.keys = list(dict.fromkeys(found.keys))
    found.n_asked = len(found.keys) + len(found.refused)
    wanted = keys_wanted(dnc_list, found.keys, is_delete=is_delete, comment=comment, dates=dates)

    def ask(client: PlatformClient) -> Act:
        error, parcels = _send(client, found, comment)
        present = {key for key, state in wanted["before"].items() if state == EntryState.PRESENT}
        for parcel in parcels:
            parcel_know(dnc_list.pk, parcel, present)
        return _sum_up(found, parcels, error)

    act = action_perform(
        verb=Verb.DNC_DELETE if is_delete else Verb.DNC_ADD,
        tenant=dnc_list.tenant,
        actor=actor,
        target=Target("dnc", dnc_list.remote_id, dnc_list.name),
        asked=_asked_words(found),
        ask=ask,
        what="",
        refusal=lambda error: _sum_up(found, [], error),
        wanted=wanted,
        details={"comment": comment, "keys": found.keys[:SAMPLES]},
        lasts=LASTS + TRIES * ACT_TIMEOUT * (len(found.keys) // _size(dnc_list)),
    )
    found.outcome, found.sentence = act.outcome, act.sentence
    return found


def _asked_words(found: ListOutcome) -> str:
    count, name = len(found.keys), found.dnc_list.name
    what = found.keys[0] if count == 1 else f"{count:,} entries"
    return f"take {what} out of “{name}”" if found.is_delete else f"put {what} into “{name}”"


def _size(dnc_list: DncList) -> int:
    return max(1, dnc_list.tenant.chunk_size)


def _send(client: PlatformClient, found: ListOutcome, comment: str) -> tuple[PlatformError | None, list[Parcel]]:
    """Send all keys; gives the error that ended it and the parcels whose answer came, or may have been applied."""
    dnc_list, size = found.dnc_list, _size(found.dnc_list)
    parcels: list[Parcel] = []
    has_comments = dnc_list.type != DncKind.EXCLUSION and not found.is_delete
    for start in range(0, len(found.keys), size):
        pairs = [(key, comment) for key in found.keys[start : start + size]]
        parcel = parcel_of(body_of(pairs, has_comments=has_comments), len(pairs))
        if error := _post(client, found, parcel):
            return error, [*parcels, parcel] if error.maybe_applied else parcels
        parcels.append(parcel)
    return None, parcels


def _post(client: PlatformClient, found: ListOutcome, parcel: Parcel) -> PlatformError | None:
    """Send a parcel, and again when its answer is lost, which does no harm; gives the error that remains."""
    was_lost = False
    for left in reversed(range(TRIES)):
        try:
            parcel_post(client, found.dnc_list.remote_id, parcel, is_delete=found.is_delete)
        except PlatformError as error:
            was_lost = was_lost or error.maybe_applied
            error.maybe_applied = was_lost
            if not (error.maybe_applied and left):
                return error
            parcel.settle(range(parcel.count), "")
            time.sleep(TRY_SECONDS)
        else:
            return None
    return None


def _sum_up(found: ListOutcome, parcels: Sequence[Parcel], error: PlatformError | None) -> Act:
    lost = parcels[-1] if error is not None and error.maybe_applied else None
    for parcel in parcels:
        if parcel is lost:
            found.n_unknown += parcel.count
            continue
        counts = parcel.counts
        found.n_done += counts[ADDED] + counts[UPDATED]
        found.n_already += counts[DUPLICATE] + counts[ALREADY_THERE]
        for record, fate in zip(parcel.records, parcel.fates, strict=True):
            if fate in ("", UNACCOUNTED):
                found.n_unknown += 1
            elif fate not in TAKEN:
                reason = reason_of(fate)
                found.refused.append(RefusedKey(record["key"], fate, reason.label, reason.fix))
        found.refused += [RefusedKey("", code, reason_of(code).label) for code in parcel.loose if code not in TAKEN]
    if error is not None and not error.maybe_applied:
        sent = sum(parcel.count for parcel in parcels)
        found.refused += [RefusedKey(key, error.reason, error.message) for key in found.keys[sent:]]
    is_in = found.n_done or found.n_already
    outcome = Outcome.UNKNOWN if found.n_unknown else Outcome.DONE if is_in else Outcome.REFUSED
    told = {
        "n_asked": found.n_asked,
        "n_done": found.n_done,
        "n_already": found.n_already,
        "n_refused": len(found.refused),
        "n_unknown": found.n_unknown,
    }
    details = {
        "keys": found.keys[:SAMPLES],
        "refused": [[each.value, each.code] for each in found.refused[:SAMPLES]],
        "platform": {"status": error.status, "code": error.code} if error else {},
    }
    return Act(outcome, _sentence(found, error), found=Sent(parcels, error, told, details))


def _sentence(found: ListOutcome, error: PlatformError | None) -> str:
    there = "gone" if found.is_delete else "there"
    parts = [
        (found.n_done, "removed" if found.is_delete else "added"),
        (found.n_already, f"{there} before"),
        (len(found.refused), "refused"),
        (found.n_unknown, "sent without an answer: it may have worked, so do it again, which does no harm"),
    ]
    words = ", ".join(f"{count:,} {word}" for count, word in parts if count) or "nothing to do"
    sentence = f"“{found.dnc_list.name}”: {words}."
    if error is not None and error.reason is Reason.DNC_TYPE_NOT_EDITABLE:
        return f"{sentence} {error.message} Lists of states and provinces are of this type."
    if error is not None:
        return f"{sentence} {error.message}"
    if len(found.refused) == 1:
        return f"{sentence} {found.refused[0].value}: {found.refused[0].words}.".replace("..", ".")
    return sentence
