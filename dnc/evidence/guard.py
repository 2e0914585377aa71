"""The database's own guard over the evidence: triggers that refuse to change a signed row, or to take one out.

They are made anew after every migration, as those of the activity log are. A chain goes as a whole, with its tenant,
and only after that was written down (`ClosedChain`).
"""

from __future__ import annotations

from collections.abc import Iterator

from bpadmin.audit.guard import Rule, differs, triggers_lift, triggers_make, triggers_missing, triggers_run

CHANGES, CLOSED = "dnc_dncchange", "dnc_closedchain"
NAMES = ("dnc_change_kept", "dnc_change_stays", "dnc_closed_kept", "dnc_closed_stays")
# What a deletion elsewhere may let go: the person's account, and the list that is not there any more.
LOOSE = ("dnc_list_id", "actor_id")
WORDS = "the evidence of Do Not Call changes is only appended to"


def evidence_guard_make() -> None:
    """Make the triggers, in place of those that are there."""
    triggers_run(evidence_guard_statements())


def evidence_guard_lift() -> None:
    """Take the triggers away; for tests that empty the database, or do what a trespasser would."""
    triggers_run(evidence_lift_statements())


def evidence_guard_missing() -> list[str]:
    """Name the triggers that are not there."""
    return triggers_missing(NAMES)


def evidence_guard_statements() -> Iterator[str]:
    """Yield the SQL that makes the triggers."""
    yield from triggers_make(_rules(), WORDS)


def evidence_lift_statements() -> Iterator[str]:
    """Yield the SQL that takes the triggers away."""
    yield from triggers_lift(_rules())


def _rules() -> tuple[Rule, ...]:
    from dnc.models import DncChange

    columns = [str(field.column) for field in DncChange._meta.concrete_fields if field.column not in LOOSE]
    other = " OR ".join(f"(NEW.{name} IS NOT NULL AND ({differs([name])}))" for name in LOOSE)
    closed = f"EXISTS (SELECT 1 FROM {CLOSED} c WHERE c.tenant = OLD.tenant_id AND OLD.number <= c.last)"  # noqa: S608
    return (
        (NAMES[0], "UPDATE", CHANGES, f"{differs(columns)} OR {other}"),
        (NAMES[1], "DELETE", CHANGES, f"NOT {closed}"),
        (NAMES[2], "UPDATE", CLOSED, "1 = 1"),
        (NAMES[3], "DELETE", CLOSED, "1 = 1"),
    )
