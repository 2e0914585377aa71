"""The modules that are mutated, in one place. Patterns, since a module may be split or given another name."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PATTERNS = (
    *(
        f"bpadmin/jobs/{name}*.py"
        for name in (
            *("lease", "ledger", "chunk", "statement", "lane", "engine", "driver", "check", "ending", "completion"),
            *("trouble", "retry", "sweep", "doorbell", "dispatch", "service", "spool", "durab", "options"),
        )
    ),
    "bpadmin/jobs/engine/*.py",
    "bpadmin/jobs/files/spool*.py",
    *(f"lists/{name}*.py" for name in ("counting", "count_", "sending", "posting", "parcel", "reconcil", "findings")),
    *(f"lists/uploads/{name}*.py" for name in ("count", "handler", "reconcil", "verdict")),
    *(f"bpadmin/uploads/{name}*.py" for name in ("batch", "parcel", "posting")),
    *(f"dnc/{name}*.py" for name in ("sending", "ledger", "posting", "acting", "replac", "expir")),
    *("dnc/entries/ledger.py", "dnc/entries/manual.py", "dnc/entries/posting.py"),
    *("dnc/files/handler.py", "dnc/files/replac*.py", "dnc/files/expir*.py"),
    "bpadmin/dialler/**/*.py",
)
LEFT_OUT = {"__init__.py", "apps.py", "models.py", "admin.py", "urls.py"}

# What is measured to find the tests of a line, and where those tests are.
SOURCES = ("bpadmin/jobs", "bpadmin/dialler", "bpadmin/uploads", "lists", "dnc")
TESTS = ("tests/jobs", "tests/lists", "tests/dnc", "tests/campaigns", "tests/records", "tests/dialler", "tests/uploads")


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
