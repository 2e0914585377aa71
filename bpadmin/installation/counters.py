"""Counts of a span of time, shared by all processes through the cache."""

from __future__ import annotations

import ipaddress

from django.core.cache import cache

# One line of IPv6 has as many addresses as it likes behind the first 64 bits; of IPv4 each is counted for itself.
NETWORK_BITS = 64


def count(key: str, seconds: int, *, by: int = 1) -> int:
    """Count under a key that is forgotten `seconds` after its first count; atomic, and gives the new count."""
    cache.add(key, 0, timeout=seconds)
    try:
        return cache.incr(key, by)
    except ValueError:  # forgotten between the two lines
        cache.add(key, by, timeout=seconds)
        return by


def address_counted(address: str) -> str:
    """Return what is counted of an address: all of one line of IPv6 as one; what is no address as it is."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), NETWORK_BITS), strict=False))
