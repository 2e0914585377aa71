"""Who tells the home page what needs a person, without being imported by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpadmin.extensions import ExtensionPoint
from bpadmin.tenants.models import Role

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person: what and why, and where it is seen to. `tone` is bad, warn or info.

    `kind` is what it is of all its like ("idle"); by kind and address it is known again.
    """

    tone: str
    title: str
    words: str
    url: str
    button: str
    role: Role = Role.SUPERVISOR
    kind: str = ""


need_finders: ExtensionPoint[Callable[[Tenant], Iterable[Need]]] = ExtensionPoint()
"""What needs a person on screens that the home page does not import. They ask nobody but our own database and cache."""
