"""Read the sample answers: written anew after the vendor document's examples, with the oddities of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bpadmin.platforms.base import Answer
from bpadmin.platforms.brightpattern import decode, endpoints

FOLDER = Path(__file__).parent / "samples"
ANY = endpoints.GET_CAMPAIGNS


def sample(name: str) -> Answer:
    """Return the answer in samples/<name>.http: a status line, headers, an empty line, the body."""
    head, _, body = (FOLDER / f"{name}.http").read_bytes().partition(b"\n\n")
    status, *lines = head.decode().splitlines()
    headers = dict(line.split(": ", 1) for line in lines)
    return Answer(int(status.split()[1]), headers, body)


def shaped(name: str, shape: Callable[[Any], Any]) -> Any:
    """Return what the decoder makes of a sample."""
    return decode.read(sample(name), ANY, shape)


def said(body: str | bytes, **headers: str) -> Answer:
    """Return a successful answer with this body."""
    raw = body.encode() if isinstance(body, str) else body
    return Answer(200, {"content-length": str(len(raw)), **headers}, raw)
