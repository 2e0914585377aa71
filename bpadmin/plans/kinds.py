"""The kinds of plans that there are; the screens register theirs when their apps are ready.

A kind says what it is about, looks whether what it expects is so, and acts through the same service as a person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.utils.module_loading import import_string

from bpadmin.audit.models import Outcome
from bpadmin.dialler.types import Act, Actor
from bpadmin.platforms.base import Capability
from bpadmin.tenants.models import Role

if TYPE_CHECKING:
    from bpadmin.plans.models import Plan, PlanRun
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant


class KindRefused(Exception):
    """A plan of this kind cannot be made so; the message is a sentence, `field` names the input."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Option:
    """What a kind asks besides: a "number" from `least` to `most`, a "time", the name of a "list", or a "text"."""

    name: str
    label: str
    form: str
    help: str = ""
    default: str = ""
    is_needed: bool = True
    least: int = 1
    most: int = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Aim:
    """What a plan is about, found on the platform by what a person typed, and the kind's options as they are kept."""

    campaign_id: str
    campaign_name: str
    list_id: str = ""
    list_name: str = ""
    instance_id: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return what two plans have in common that are about the same."""
        return hashlib.sha256("\0".join((self.campaign_id, self.list_id)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Look:
    """What a kind saw: whether it is as expected, and why not.

    With `is_quiet` there is nothing to tell: a watching plan whose hour has not come. `found` is for `act`, `memory`
    is what the plan keeps for its next look, None to keep what it has.
    """

    is_expected: bool
    sentence: str
    found: Any = None
    is_quiet: bool = False
    memory: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What came of an act; with `wait` (seconds) the run goes on later, and finds `memory` then."""

    outcome: Outcome
    sentence: str
    wait: float | None = None
    memory: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, act: Act) -> Step:
        """Return an act's outcome as the last step."""
        return cls(act.outcome, act.sentence)


class PlanKind:
    """One kind of plan. `is_dangerous`: it drops calls if it comes at the wrong time, and is never made up.

    `watches`: its times are the ends of a window in which it looks every `every` minutes (an option of that name).
    `is_once`: it changes what can be changed so one time only, so that the form begins with a single day.
    `needs_trial`: it acts only after a day in which it wrote down what it would have done. One that `takes_campaign`
    not is about something of our own, which its options name: `Aim.campaign_id` and `campaign_name` are that then.
    """

    key = ""
    label = ""
    help = ""
    icon = "clock"
    needs: Capability = Capability.CAMPAIGNS_READ
    role = Role.SUPERVISOR
    is_dangerous = False
    takes_campaign = True
    takes_list = True
    watches = False
    needs_trial = False
    is_once = False
    options: tuple[Option, ...] = ()

    def aim(self, tenant: Tenant, *, campaign: str, list_name: str, options: Mapping[str, str]) -> Aim:
        """Find what the plan is about. Raises KindRefused, LookupRefused and PlatformError."""
        raise TypeError(f"{type(self).__name__} must implement aim()")

    def words(self, aim: Any) -> str:
        """Say what is done, as it completes "to …"; takes an Aim or a Plan."""
        raise TypeError(f"{type(self).__name__} must implement words()")

    def is_cost_known(self, plan: Plan) -> bool:
        """Return whether `requests` rests on what was seen of the platform, where it depends on that."""
        return True

    def requests(self, plan: Plan) -> int:
        """Estimate how many requests a moment of the plan costs the tenant: a look, and at most as many for the act."""
        return 2

    def look(self, run: PlanRun, client: PlatformClient, now: datetime) -> Look:
        """Read the platform and compare with what is expected. Raises PlatformError."""
        raise TypeError(f"{type(self).__name__} must implement look()")

    def act(self, run: PlanRun, look: Look, actor: Actor, now: datetime) -> Step:
        """Act, once; called again after a step that waits, with what `look` saw then."""
        raise TypeError(f"{type(self).__name__} must implement act()")


_paths: dict[str, str] = {}


def plan_kinds_register(paths: Mapping[str, str]) -> None:
    """Name PlanKinds by their keys, as "app.module.Class"; each is imported when it is first needed."""
    _paths.update(paths)


def plan_kind(key: str) -> PlanKind | None:
    """Return a kind, None where nobody offers it (any more)."""
    return _kind(_paths[key]) if key in _paths else None


def plan_kinds() -> list[PlanKind]:
    """Return all kinds, in the order in which they were registered."""
    return [_kind(path) for path in _paths.values()]


@cache
def _kind(path: str) -> PlanKind:
    kind: PlanKind = import_string(path)()
    return kind
