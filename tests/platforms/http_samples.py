"""Read the sample answers: written anew after the vendor document's examples, with the oddities of each."""

from __future__ import annotations

from pathlib import Path

from bpadmin.platforms.base import Answer

FOLDER = Path(__file__).parent / "samples"


def sample(name: str) -> Answer:
    """Give the answer in samples/<name>.http: a status line, headers, an empty line, the body."""
    head, _, body = (FOLDER / f"{name}.http").read_bytes().partition(b"\n\n")
    status, *lines = head.decode().splitlines()
    headers = dict(line.split(": ", 1) for line in lines)
    return Answer(int(status.split()[1]), headers, body)
