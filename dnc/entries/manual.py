"""Adding and deleting by hand: a number or a pasted block, in one list or in all that hold numbers, in seconds."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bpadmin.approvals.services import MANY, approval_first
from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.counts import counted
from bpadmin.dialler.actions import LASTS, action_perform
from bpadmin.dialler.types import ACT_TIMEOUT, Act, Actor, Target
from bpadmin.jobs.reasons import reason_of
from bpadmin.platforms.errors import PlatformError, Reason
from bpadmin.typed_names import is_typed
from bpadmin.uploads.batch import ADDED, ALREADY_THERE, DUPLICATE, UNACCOUNTED, UPDATED, Parcel
from dnc.entries.action import SAMPLES, Sent, keys_wanted
from dnc.entries.batch import body_of, parcel_know, parcel_of, parcel_post
from dnc.entries.clear import protection_words
from dnc.entries.everywhere import lists_for
from dnc.entries.ledger import NO_DATES, Dates
from dnc.keys.normalisation import COMMENT_LENGTH, KeyRules
from dnc.lists.sync import DncRefused
from dnc.models import ChangeKind, DncChange, DncKind, DncList, EntryState

if TYPE_CHECKING:
    from bpadmin.approvals.models import Approval
    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

MOST_PASTED = 5000
TRIES = 3
TRY_SECONDS = 0.5
FOUND_AGAIN = "found there after a lost answer"
GONE_ALREADY = "gone already when asked again after a lost answer"
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
    """What became of an act on one list. `n_already`: there before, or gone before when deleting.

    `n_again` of them were found so only when asked again after a lost answer: it may be this act that did it.

    `change` is the number in the evidence under which an addition can be taken back, `number` that of the act.
    """

    dnc_list: DncList
    is_delete: bool
    outcome: Outcome = Outcome.DONE
    sentence: str = ""
    n_asked: int = 0
    n_done: int = 0
    n_already: int = 0
    n_again: int = 0
    n_unknown: int = 0
    refused: list[RefusedKey] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    change: int | None = None
    number: int | None = None
    has_undo: bool = False

    @property
    def is_done(self) -> bool:
        """Return whether every key is now where it was asked to be."""
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
    """Add what was typed or pasted to the lists, None for the own opt-outs that it fits; returns the outcome per list.

    One value a line; numbers and area codes may also stand behind commas, semicolons and tabs. DncRefused.
    """
    comment = " ".join(comment.split())[:COMMENT_LENGTH]
    return tuple(_act(each, text, actor, False, comment, dates) for each in _targets(tenant, lists, text))


def dnc_delete(
    *,
    tenant: Tenant,
    text: str,
    actor: Actor,
    comment: str,
    lists: Sequence[DncList] | None = None,
    typed_name: str = "",
    is_sure: bool = False,
    undoes: Action | None = None,
    together: int | None = None,
    approval: Approval | None = None,
) -> tuple[ListOutcome, ...]:
    """Take what was typed or pasted out of the lists; like `dnc_add`. The numbers may be dialled again. DncRefused.

    `comment` is the reason, which there must be. More than one value needs the list's name, typed, as emptying does;
    `is_sure` stands for it in a script that has printed the question. Many values wait for the `approval` of another
    person where the tenant is under that rule: DncRefused says so.
    """
    comment = " ".join(comment.split())[:COMMENT_LENGTH]
    targets = _targets(tenant, lists, text)
    if not comment:
        raise DncRefused("Give the reason why it is taken out: it is kept in the evidence.")
    question = block_question(targets, text)
    if question and not is_sure and not any(is_typed(typed_name, each.name) for each in targets):
        raise DncRefused(f"{question} Type the list's name to go on.")
    if waits := [told for each in targets if (told := _approval(each, text, comment, undoes, actor, approval))]:
        raise DncRefused(" ".join(waits))
    way: dict[str, Any] = {"undoes": undoes, "together": together}
    return tuple(_act(each, text, actor, True, comment, NO_DATES, **way) for each in targets)


def _approval(
    dnc_list: DncList, text: str, comment: str, undoes: Action | None, actor: Actor, approval: Approval | None
) -> str:
    values = values_of(text, DncKind(dnc_list.type))
    if len(values) <= MANY:
        return ""
    return approval_first(
        kind="dnc.entries",
        tenant=dnc_list.tenant,
        target=Target("dnc", dnc_list.remote_id, dnc_list.name),
        wanted={"text": "\n".join(values), "comment": comment, "undoes": undoes.pk if undoes else None},
        sentence=f"Take {counted(len(values), 'entry')} out of the Do Not Call list “{dnc_list.name}”, "
        f"because: {comment}",
        actor=actor,
        approval=approval,
    )


def dnc_block(
    *, tenant: Tenant, number: str, actor: Actor, lists: Sequence[DncList], comment: str = ""
) -> tuple[ListOutcome, ...]:
    """Put a number into the lists that somebody has chosen after seeing what happens there. DncRefused."""
    if not lists:
        raise DncRefused("Tick at least one list.")
    return dnc_add(tenant=tenant, text=number, actor=actor, lists=lists, comment=comment)


def block_question(lists: Sequence[DncList], text: str) -> str:
    """Ask about a block that is to go out of lists; "" for a single value."""
    count = max((len(values_of(text, DncKind(each.type))) for each in lists), default=0)
    if count < 2:
        return ""
    names = ", ".join(f"“{each.name}”" for each in lists)
    return f"{counted(count, 'entry', 'is')} taken out of {names}. {' '.join(map(protection_words, lists))}"


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
        lists = lists_for(tenant, _NUMBER_ENDS.split(text))
    if any(each.tenant_id != tenant.pk for each in lists):
        raise DncRefused("That list belongs to another tenant.")
    return lists


def _act(
    dnc_list: DncList, text: str, actor: Actor, is_delete: bool, comment: str, dates: Dates, **way: Any
) -> ListOutcome:
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
        return _sum_up(found, parcels, error, present)

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
        **way,
    )
    found.outcome, found.sentence = act.outcome, act.sentence
    found.number, found.has_undo = act.number, act.has_undo
    last = DncChange.objects.filter(dnc_list=dnc_list, kind=ChangeKind.ADD).order_by("-number").first()
    if last is None or last.details.get("source") != wanted.get("source"):
        return found
    # Nothing can be taken back of an act of which the platform reported nothing as added.
    if last.details.get("added"):
        found.change = last.number
    return found


def _asked_words(found: ListOutcome) -> str:
    count, name = len(found.keys), found.dnc_list.name
    what = found.keys[0] if count == 1 else counted(count, "entry")
    return f"take {what} out of “{name}”" if found.is_delete else f"put {what} into “{name}”"


def _size(dnc_list: DncList) -> int:
    return max(1, dnc_list.tenant.chunk_size)


def _send(client: PlatformClient, found: ListOutcome, comment: str) -> tuple[PlatformError | None, list[Parcel]]:
    """Send all keys; returns the error that ended it and the parcels whose answer came, or may have been applied."""
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
    """Send a parcel, and again when its answer is lost, which does no harm; returns the error that remains."""
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
            parcel.is_again = True
            time.sleep(TRY_SECONDS)
        else:
            return None
    return None


def _again(found: ListOutcome, parcel: Parcel, present: Collection[str]) -> int:
    """Count what was found as it was asked to be only when asked again, and is not known to have been so before."""
    there = [
        record["key"]
        for record, fate in zip(parcel.records, parcel.fates, strict=True)
        if fate in (DUPLICATE, ALREADY_THERE)
    ]
    return sum(1 for key in there if (key in present) == found.is_delete)


def _sum_up(
    found: ListOutcome, parcels: Sequence[Parcel], error: PlatformError | None, present: Collection[str] = ()
) -> Act:
    lost = parcels[-1] if error is not None and error.maybe_applied else None
    for parcel in parcels:
        if parcel is lost:
            found.n_unknown += parcel.count
            continue
        counts = parcel.counts
        found.n_done += counts[ADDED] + counts[UPDATED]
        found.n_already += counts[DUPLICATE] + counts[ALREADY_THERE]
        if parcel.is_again:
            found.n_again += _again(found, parcel, present)
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
    again = {"found_again": found.n_again} if found.n_again else {}
    details = {
        "keys": found.keys[:SAMPLES],
        # All of them: an undo takes out these and no others.
        "added": [
            record["key"]
            for parcel in parcels
            for record, fate in zip(parcel.records, parcel.fates, strict=True)
            if fate == ADDED and parcel is not lost
        ],
        **again,
        "refused": [[each.value, each.code] for each in found.refused[:SAMPLES]],
        "platform": {"status": error.status, "code": error.code} if error else {},
    }
    return Act(outcome, _sentence(found, error), found=Sent(parcels, error, told, details))


def _sentence(found: ListOutcome, error: PlatformError | None) -> str:
    there = "gone" if found.is_delete else "there"
    parts = [
        (found.n_done, "removed" if found.is_delete else "added"),
        (found.n_already - found.n_again, f"{there} before"),
        (found.n_again, GONE_ALREADY if found.is_delete else FOUND_AGAIN),
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
