"""What the platform of a job calls that into which its rows go."""

from __future__ import annotations

import re
from typing import Protocol

from bpadmin.jobs.kinds import TargetKind
from bpadmin.platforms import REGISTRY
from bpadmin.tenants.models import Tenant


class Targeted(Protocol):
    """A job, as far as its words depend on what its rows go into."""

    @property
    def tenant(self) -> Tenant: ...

    @property
    def target_kind(self) -> str: ...


def noun_of(tenant: Tenant) -> str:
    """Return the word for what files go into on a tenant's platform: a list, or what it has in its place."""
    info = REGISTRY.get(tenant.platform)
    return "list" if info is None else info.uploads.noun


def target_noun(job: Targeted) -> str:
    """Return the word for what a job's rows go into."""
    return "list" if job.target_kind == TargetKind.DNC else noun_of(job.tenant)


# What is quoted is somebody's name or the dialler's own words, and stays; so does what a message was cut off in.
_QUOTED = re.compile(r"(“[^”]*(?:”|$))")
# Other lists than those that rows go into keep their name.
_LIST = re.compile(r"(?<!Do Not Call )(?<!DNC )(?<!Calling )(?<!calling )\b([Ll])ist(?=s?\b)(?! of)")


def in_words_of(text: str, noun: str) -> str:
    """Return a sentence of ours that speaks of a list with the word that a platform has in its place."""
    if noun == "list":
        return text
    parts = _QUOTED.split(text)
    return "".join(part if part.startswith("“") else _in_words(part, noun) for part in parts)


def _in_words(text: str, noun: str) -> str:
    return _LIST.sub(lambda found: noun.capitalize() if found[1] == "L" else noun, text)


def is_looked_up(job: Targeted) -> bool:
    """Return whether rows in doubt are looked up one by one, and not found by counting."""
    info = REGISTRY.get(job.tenant.platform)
    return info is not None and info.uploads.is_looked_up and job.target_kind != TargetKind.DNC
