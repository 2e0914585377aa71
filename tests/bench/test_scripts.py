"""Code that stands in texts, for processes of its own, names what there is: no checker looks into a text."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IMPORT = re.compile(
    r"\bfrom ((?:bpadmin|campaigns|lists|dnc|bench|tests)[\w.]*) import ([a-zA-Z_]\w*(?:, [a-zA-Z_]\w*)*)"
)


def imported() -> Iterator[tuple[str, str, str]]:
    """Yield (file, module, name) of each import that stands in a text of benchmarks and tests."""
    for path in (*(ROOT / "bench").rglob("*.py"), *(ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for found in IMPORT.finditer(node.value):
                    for name in found[2].split(", "):
                        yield str(path.relative_to(ROOT)), found[1], name


def is_there(module: str, name: str) -> bool:
    try:
        if hasattr(importlib.import_module(module), name):
            return True
        importlib.import_module(f"{module}.{name}")
    except ImportError:
        return False
    return True


def test_what_scripts_import_is_there() -> None:
    found = list(imported())
    assert len(found) > 10
    assert [each for each in found if not is_there(each[1], each[2])] == []
