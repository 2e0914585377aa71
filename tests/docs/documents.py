"""The commands that README.md and docs/*.md tell people to type, read out of their blocks of code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = (
    "docker compose",
    "docker volume",
    "make",
    "manage.py",
    "age",
    "git",
    "cat",
    "printf",
    "systemctl",
    "chown",
    "python",
)
STARTS = re.compile(r"^(?:\.venv/bin/)?(?:" + "|".join(map(re.escape, PROGRAMS)) + r")(?:\s|$)")


@dataclass(frozen=True)
class Command:
    """A command as a shell would take it, without its comment, and where it stands."""

    text: str
    place: str


def documents() -> list[Path]:
    """Return the files whose commands are meant."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("**/*.md"))]


def commands_of(path: Path) -> list[Command]:
    """Return the commands of a document's blocks, and those that stand in its sentences."""
    found: list[Command] = []
    lines = path.read_text().splitlines()
    number = 0
    while number < len(lines):
        line = lines[number]
        if not line.startswith("    ") or not STARTS.match(line.strip()):
            number += 1
            continue
        began = number
        text = line[4:]
        here = re.search(r"<<'?(\w+)'?", text)
        while text.endswith("\\") or (here and text.splitlines()[-1] != here[1]):
            number += 1
            text += "\n" + lines[number][4:]
        found.append(Command(re.sub(r"\s+# .*", "", text), f"{path.name}:{began + 1}"))
        number += 1
    sentences = re.sub(r"(?m)^(    .*|\|.*)$", "", path.read_text())
    for code in re.findall(r"`([^`]+)`", sentences):
        text = re.sub(r"\s+", " ", code)
        if STARTS.match(text) and " " in text and not text.endswith("COMMAND"):
            found.append(Command(text, path.name))
    return found


def blocks_not_read(path: Path) -> list[str]:
    """Return the first lines of indented blocks that begin with no program that is known here."""
    before = ""
    odd = []
    for line in path.read_text().splitlines():
        if line.startswith("    ") and not before.strip() and not STARTS.match(line.strip()):
            odd.append(line.strip())
        before = line
    return odd
