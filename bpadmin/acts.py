"""The former place of what `bpadmin.dialler` holds now; new code imports it from there."""

from bpadmin.dialler.types import ACT_TIMEOUT, Act, Actor, Target

__all__ = ["ACT_TIMEOUT", "Act", "Actor", "Target"]
