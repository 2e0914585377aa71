"""What can be approved: screens register how each is looked at and carried out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

from bpadmin.tenants.models import Role

if TYPE_CHECKING:
    from bpadmin.approvals.models import Approval
    from bpadmin.dialler.types import Act, Actor
    from bpadmin.tenants.models import Tenant


class ApprovalKind:
    """One kind of act that two people do; `role` is what both of them must have."""

    role = Role.SUPERVISOR

    def facts(self, tenant: Tenant, target_id: str) -> dict[str, str]:
        """Return what is so of the target now, in words by name: shown to both people, and compared. Never raises."""
        raise TypeError(f"{type(self).__name__} must implement facts()")

    def carry_out(self, approval: Approval, actor: Actor) -> Act:
        """Do what was asked, exactly, with the approval: the service of the page, asked once."""
        raise TypeError(f"{type(self).__name__} must implement carry_out()")


_paths: dict[str, str] = {}


def approval_kinds_register(paths: Mapping[str, str]) -> None:
    """Name ApprovalKinds by their keys, as "app.module.Class"; each is imported when it is first needed."""
    _paths.update(paths)


def approval_kind(key: str) -> ApprovalKind:
    """Return a kind. Raises LookupError where nobody offers it (any more)."""
    return _kind(_paths[key])


@cache
def _kind(path: str) -> ApprovalKind:
    kind: ApprovalKind = import_string(path)()
    return kind
