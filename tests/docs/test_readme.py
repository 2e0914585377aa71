"""README.md and the tables in docs/: what they list is what there is."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README, CONFIGURATION, COMMANDS = (
    (ROOT / name).read_text() for name in ("README.md", "docs/configuration.md", "docs/commands.md")
)
READS = re.compile(r'env\.(?:text|address|web_address|flag|number|days|words|kept_secret)\(\s*"([A-Z_]+)"')


def test_every_environment_variable_is_in_the_table() -> None:
    sources = [path for folder in ("bpadmin", "campaigns", "lists", "dnc") for path in (ROOT / folder).rglob("*.py")]
    read = {name for path in sources for name in READS.findall(path.read_text())}
    assert "BPADMIN_DATA" in read
    assert sorted(name for name in read if f"`{name}`" not in CONFIGURATION) == []


def test_every_command_is_in_the_table() -> None:
    commands = {path.stem for path in ROOT.glob("*/**/management/commands/[a-z]*.py") if ".venv" not in path.parts}
    assert "list_upload" in commands
    assert sorted(name for name in commands if not re.search(rf"`{name}\b", COMMANDS)) == []


def test_the_two_commands_come_first() -> None:
    assert README.index("make run") < README.index("make test") < README.index("\n## ")
