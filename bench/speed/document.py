"""The table of figures in docs/performance.md: between two marks, so that what is around it stays."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def table(figures: Sequence[Mapping[str, Any]], *, is_short: bool) -> str:
    """Write the figures as a table, with where and when they were taken."""
    lines = [
        f"Taken {datetime.now(UTC):%Y-%m-%d} at commit {_commit()} on {machine()}"
        f"{', with the amounts of a short run' if is_short else ''}.",
        "",
        "| what | beside | turns | ours | beside | ratio (least to most) | by CPU | goal |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for each in figures:
        amount = f", {each['amount']:,} {each['unit']}" if each["amount"] else ""
        goal = f"{each['goal']:.2f}" if each["goal"] else ""
        if each["goal_cpu"]:
            goal += f" / CPU {each['goal_cpu']:.2f}"
        lines.append(
            f"| {each['what']}{amount} | {each['beside']} | {each['turns']} | {told(each, 'ours')} "
            f"| {told(each, 'yardstick')} "
            f"| {each['ratio']:.2f} ({each['ratio_least']:.2f} to {each['ratio_most']:.2f}) "
            f"| {each['ratio_cpu']:.2f} | {goal}{'' if each['is_good'] else ' **missed**'} |"
        )
    return "\n".join(lines)


def told(each: Mapping[str, Any], side: str) -> str:
    """Say how fast one side was: rows a second and CPU seconds per million, or the seconds themselves."""
    seconds, cpu = each[side], each[f"{side}_cpu"]
    if not each["amount"]:
        return f"{seconds:.2f} s, CPU {cpu:.2f} s"
    per_million = cpu / each["amount"] * 1_000_000
    return f"{each['amount'] / max(seconds, 1e-9):,.0f}/s, CPU {per_million:.1f} s per million"


def document_write(figures: Sequence[Mapping[str, Any]], *, is_short: bool, path: Path = DOCUMENT) -> None:
    """Put the table into the document, in the place of the one before."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n{table(figures, is_short=is_short)}\n{END}{after}", encoding="utf-8")


def machine() -> str:
    """Say what this machine is."""
    words = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            words = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} × {words}, {memory:.0f} GiB, Python {platform.python_version()}"


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=False)
    words = found.stdout.strip() or "unknown"
    return f"{words} with changes" if changed.stdout.strip() else words
