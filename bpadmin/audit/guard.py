"""The database's own guard over the log: triggers that refuse to change a sealed entry, or to remove what may not go.

They are made anew after every migration, since SQLite drops them with a table that it makes anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import connection

ENTRIES, SEGMENTS = "audit_auditentry", "audit_droppedsegment"
# What sealing may not change either.
FIXED = (
    *("id", "at", "verb", "tenant_id", "tenant_name", "actor_id", "actor_name", "outcome", "target_kind"),
    *("duration_ms", "act", "address", "request"),
)
NAMES = ("audit_entry_kept", "audit_entry_stays", "audit_segment_kept", "audit_segment_stays")

_DROPPED = (
    f"EXISTS (SELECT 1 FROM {SEGMENTS} s WHERE s.tenant = COALESCE(OLD.tenant_id, 0) "  # noqa: S608 - names of ours
    "AND OLD.number BETWEEN s.first AND s.last AND OLD.at < s.before)"
)
_WORDS = "the activity log is only appended to"


# Name of a trigger, what it refuses, the table, and the condition under which it does.
Rule = tuple[str, str, str, str]


def guard_make() -> None:
    """Make the triggers of the log, in place of those that are there."""
    triggers_run(guard_statements())


def guard_lift() -> None:
    """Take the triggers of the log away; for tests that empty the database."""
    triggers_run(lift_statements())


def guard_missing() -> list[str]:
    """Name the triggers of the log that are not there."""
    return triggers_missing(NAMES)


def lift_statements() -> Iterator[str]:
    """Yield the SQL that takes the triggers of the log away."""
    yield from triggers_lift(guard_rules())


def guard_statements() -> Iterator[str]:
    """Yield the SQL that makes the triggers of the log."""
    yield from triggers_make(guard_rules(), _WORDS)


def guard_rules() -> tuple[Rule, ...]:
    """Return what the database refuses of the log."""
    changed = f"OLD.number IS NOT NULL OR NEW.number IS NULL OR {differs(FIXED)}"
    return (
        (NAMES[0], "UPDATE", ENTRIES, changed),
        (NAMES[1], "DELETE", ENTRIES, f"NOT {_DROPPED}"),
        (NAMES[2], "UPDATE", SEGMENTS, "1 = 1"),
        (NAMES[3], "DELETE", SEGMENTS, "1 = 1"),
    )


def differs(columns: Iterable[str]) -> str:
    """Return the condition that any of some columns is changed."""
    is_other = "IS NOT" if connection.vendor == "sqlite" else "IS DISTINCT FROM"
    return " OR ".join(f'NEW."{name}" {is_other} OLD."{name}"' for name in columns)


def triggers_run(statements: Iterable[str]) -> None:
    """Run SQL that makes triggers or takes them away."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def triggers_missing(names: Iterable[str]) -> list[str]:
    """Name the triggers that are not there."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = {name for (name,) in cursor.fetchall()}
    return [name for name in names if name not in found]


def triggers_lift(rules: Iterable[Rule]) -> Iterator[str]:
    """Yield the SQL that takes triggers away."""
    for name, _, table, _ in rules:
        on = "" if connection.vendor == "sqlite" else f" ON {table}"
        yield f"DROP TRIGGER IF EXISTS {name}{on}"


def triggers_make(rules: Iterable[Rule], words: str) -> Iterator[str]:
    """Yield the SQL that makes triggers, which refuse in these words."""
    rules = tuple(rules)
    yield from triggers_lift(rules)
    if connection.vendor == "sqlite":
        for name, act, table, when in rules:
            yield f"CREATE TRIGGER {name} BEFORE {act} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{words}'); END"
        return
    # A trigger's own WHEN must not hold a subquery, so the function asks.
    for name, act, table, when in rules:
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {when} THEN "
            f"RAISE EXCEPTION '{words}'; END IF; RETURN {'NEW' if act == 'UPDATE' else 'OLD'}; END $$"
        )
        yield f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
