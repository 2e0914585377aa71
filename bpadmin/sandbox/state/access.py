"""The tenant's API users, what each may do, and their access tokens."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum

from bpadmin.sandbox.errors import forbidden, unauthorized

# Tokens live an hour; the tenant says a little less, so that a client renews in time.
TOKEN_LIFE_MS = 3600 * 1000
TOLD_LIFE = "3480"


class Privilege(StrEnum):
    """Privileges as the administration names them."""

    ALL_CAMPAIGNS = "Manage all services and campaigns"
    ASSIGNED_CAMPAIGNS = "Manage assigned services and campaigns"
    START_CAMPAIGNS = "Start campaigns and enable lists"
    ALL_TEAMS = "Manage all teams"
    CALLER_IDS = "Manage caller IDs within services and campaigns"
    MANAGE_LISTS = "Manage Lists"
    UPDATE_LISTS = "Update content of calling list"


@dataclass(slots=True)
class User:
    """An API user; `assigned` are the campaigns that "Manage assigned…" lets them manage."""

    name: str
    secret: str
    privileges: frozenset[Privilege]
    assigned: set[str] = field(default_factory=set)
    is_locked: bool = False

    def require(self, privilege: Privilege) -> None:
        """Refuse with 403 and name the privilege when the user lacks it."""
        held = self.privileges
        if privilege is Privilege.ALL_CAMPAIGNS and Privilege.ASSIGNED_CAMPAIGNS in held:
            return
        if privilege not in held:
            raise forbidden(
                f"User authenticated but does not have sufficient privileges: '{privilege.value}' is required"
            )

    def may_manage(self, campaign_id: str) -> bool:
        """Return whether this campaign is the user's to manage."""
        return Privilege.ALL_CAMPAIGNS in self.privileges or campaign_id in self.assigned


@dataclass(slots=True)
class Tokens:
    """Access tokens that were given out: token -> (user's name, end of life in milliseconds)."""

    seed: int = 1
    issued: dict[str, tuple[str, int]] = field(default_factory=dict)
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311

    def issue(self, user: User, now: int) -> str:
        """Return a new token; older ones of the user stay good."""
        token = f"{self._random.getrandbits(256):064X}"
        self.issued[token] = (user.name, now + TOKEN_LIFE_MS)
        return token

    def owner(self, header: str, now: int) -> str:
        """Return the name of the user whose token an Authorization header carries; refuses with 401."""
        kind, _, token = header.partition(" ")
        if kind.lower() != "bearer" or not token:
            raise unauthorized("Session is not authenticated: an access token is expected")
        known = self.issued.get(token.strip())
        if known is None:
            raise unauthorized("Session is not authenticated: the access token is not valid")
        name, end = known
        if end <= now:
            raise unauthorized("Session is not authenticated: the access token is expired")
        return name

    def revoke(self, header: str = "") -> None:
        """Forget the token in an Authorization header, or all tokens."""
        if header:
            self.issued.pop(header.partition(" ")[2].strip(), None)
        else:
            self.issued.clear()


SECRET = "sandbox-secret"  # noqa: S105


def standard_users() -> dict[str, User]:
    """Return the users that every sandbox tenant has, by name; all share one secret."""
    p = Privilege
    everything = frozenset(
        {p.ALL_CAMPAIGNS, p.START_CAMPAIGNS, p.MANAGE_LISTS, p.UPDATE_LISTS, p.ALL_TEAMS, p.CALLER_IDS}
    )
    users = [
        User("sandbox", SECRET, everything),
        User("viewer-only", SECRET, frozenset({p.ALL_CAMPAIGNS})),
        User("lists-only", SECRET, frozenset({p.MANAGE_LISTS})),
        User("assigned-only", SECRET, everything - {p.ALL_CAMPAIGNS} | {p.ASSIGNED_CAMPAIGNS}),
        User("no-privileges", SECRET, frozenset()),
        User("locked", SECRET, everything, is_locked=True),
    ]
    return {user.name: user for user in users}
