"""The modules that are mutated, in one place. Patterns, since a module may be split or given another name."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PATTERNS = (
    "bpadmin/jobs/services.py",
    "bpadmin/jobs/engine/*.py",
    "bpadmin/jobs/queue/*.py",
    "bpadmin/jobs/options.py",
    "bpadmin/jobs/choices.py",
    "bpadmin/jobs/files/spool.py",
    "bpadmin/uploads/batch*.py",
    *(f"lists/uploads/{name}.py" for name in ("counting", "handler", "read_back", "verdicts")),
    *(f"dnc/entries/{name}.py" for name in ("batch", "expiry", "ledger", "manual")),
    *(f"dnc/files/{name}.py" for name in ("handler", "replace")),
    "bpadmin/dialler/**/*.py",
)
LEFT_OUT = {"__init__.py", "apps.py", "models.py", "admin.py", "urls.py"}

# What is measured to find the tests of a line, and where those tests are.
SOURCES = ("bpadmin/jobs", "bpadmin/dialler", "bpadmin/uploads", "lists", "dnc")
TESTS = (
    "tests/jobs",
    "tests/lists",
    "tests/dnc",
    "tests/campaigns",
    "tests/records",
    "tests/dialler",
    "tests/operations",
)


def modules(root: Path = ROOT, *, only: str = "") -> list[Path]:
    """Return the modules to mutate, relative to the root; only those whose path begins so."""
    found = {path.relative_to(root) for pattern in PATTERNS for path in root.glob(pattern)}
    return sorted(
        path
        for path in found
        if path.name not in LEFT_OUT
        and not {"migrations", "management"} & {*path.parts}
        and path.as_posix().startswith(only)
    )
