"""Find a thing by what a person typed: its id or its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar


class Named(Protocol):
    """Anything a platform knows by an id and a name."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


class LookupRefused(Exception):
    """Nothing, or more than one thing, answers to what was typed; the message says which and what to type instead."""


def find_one(items: Sequence[N], wanted: str, *, noun: str, where: str) -> N:
    """Return the one item whose id, or else name, is `wanted`; exact spelling wins over spelling in another case.

    Raises LookupRefused, with the ids of the candidates when a name is not enough.
    """
    typed = wanted.strip()
    ways: tuple[Callable[[N], bool], ...] = (
        lambda item: item.id == typed,
        lambda item: item.id.casefold() == typed.casefold(),
        lambda item: item.name == typed,
        lambda item: item.name.strip().casefold() == typed.casefold(),
    )
    for is_match in ways:
        found = [item for item in items if is_match(item)]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(item.id for item in found)
            raise LookupRefused(f"{len(found)} {noun}s are named “{typed}”. Say which one by its id: {ids}.")
    near = [item.name for item in items if typed and typed.casefold() in item.name.casefold()][:5]
    hint = f" Did you mean {' or '.join(f'“{name}”' for name in near)}?" if near else ""
    raise LookupRefused(f"There is no {noun} “{typed}” in {where}.{hint}")
