"""What plans do with screens without knowing them: whom they tell what they did, and what else is in their file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bpadmin.extensions import ExtensionPoint
from bpadmin.plans.models import Plan

if TYPE_CHECKING:
    from bpadmin.dialler.types import Actor
    from bpadmin.tenants.models import Tenant


class PlanTold(Protocol):
    """Takes what a plan has to tell people."""

    def __call__(self, plan: Plan, sentence: str, *, needs_a_look: bool) -> None:
        """Take a sentence; `needs_a_look` says that what was planned was not done, or that the plan is held."""


plan_told: ExtensionPoint[PlanTold] = ExtensionPoint()
"""Who passes on what plans did; called once for every run that ended and every plan that was held by itself."""


@dataclass(frozen=True, slots=True)
class TransferPart:
    """One kind of thing in the file: how it is written, and how one item is taken in.

    `take` gets the tenant, the item, who does it, and whether one of that name is replaced; returns its name. Raises
    `plans.transfer.TransferRefused` with the reason. Parts are taken in by `rank`, since some need others.
    """

    name: str
    write: Callable[[Tenant], Sequence[Mapping[str, Any]]]
    take: Callable[[Tenant, Mapping[str, Any], Actor, bool], str]
    rank: int = 50


transfer_parts: ExtensionPoint[TransferPart] = ExtensionPoint()
"""Who adds to the file what acts by itself: feeds, recipes, rules, reports."""
