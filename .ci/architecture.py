"""Draw which part of the project imports which, in docs/architecture.md: `python .ci/architecture.py`.

With `--check` it writes nothing and its exit code is 1 when the picture is not that of today's imports. An arrow that
follows from two others is left out.
"""

from __future__ import annotations

import re
import sys
from itertools import product
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/architecture.md"
PARTS = (
    *("campaigns", "lists", "dnc", "bpadmin.api"),
    *(
        f"bpadmin.{name}"
        for name in (
            *("finding", "reports", "notifications", "feeds", "uploads", "results", "records", "operations", "plans"),
            *("jobs", "approvals"),
            *("activity", "dialler", "web", "tenants", "audit", "installation", "storage"),
            *("platforms", "tabular", "sandbox", "embedded"),
        )
    ),
)
BLOCK = re.compile(r"```mermaid\n.*?```", re.DOTALL)


def arrows() -> set[tuple[str, str]]:
    """Return the pairs of parts of which the first imports the second, without those that follow from others."""
    sys.path.insert(0, str(ROOT))
    graph = grimp.build_graph("bpadmin", "campaigns", "lists", "dnc", exclude_type_checking_imports=True)
    found = {
        (one, other)
        for one, other in product(PARTS, PARTS)
        if one != other and graph.direct_import_exists(importer=one, imported=other, as_packages=True)
    }
    return {(one, other) for one, other in found if not follows(one, other, found - {(one, other)})}


def follows(one: str, other: str, among: set[tuple[str, str]]) -> bool:
    """Return whether a way leads from one part to the other."""
    seen, waiting = {one}, [one]
    while waiting:
        here = waiting.pop()
        for start, end in among:
            if start == here and end not in seen:
                if end == other:
                    return True
                seen.add(end)
                waiting.append(end)
    return False


def picture() -> str:
    """Return the picture as Mermaid, which the hosts of repositories draw."""
    name = {part: part.removeprefix("bpadmin.") for part in PARTS}
    lines = [f"    {name[one]} --> {name[other]}" for one, other in sorted(arrows())]
    return "\n".join(("```mermaid", "graph TD", *lines, "```"))


def main() -> None:
    """Write the picture, or check it."""
    page = PAGE.read_text()
    now = BLOCK.sub(lambda _: picture(), page, count=1)
    if "--check" in sys.argv and now != page:
        sys.exit("The picture in docs/architecture.md is not that of today's imports: python .ci/architecture.py")
    PAGE.write_text(now)


if __name__ == "__main__":
    main()
