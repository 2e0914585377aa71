"""Counts of a span of time, shared by all processes through the cache."""

from __future__ import annotations

from django.core.cache import cache


def count(key: str, seconds: int, *, by: int = 1) -> int:
    """Count under a key that is forgotten `seconds` after its first count; atomic, and gives the new count."""
    cache.add(key, 0, timeout=seconds)
    try:
        return cache.incr(key, by)
    except ValueError:  # forgotten between the two lines
        cache.add(key, by, timeout=seconds)
        return by
