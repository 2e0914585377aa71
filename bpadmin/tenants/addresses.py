"""Which addresses a tenant may have: the server calls them, so they must not lead into its own network."""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from django.conf import settings

# A name of labels (one is enough in a private network), or an address; urlsplit has taken the brackets off the latter.
HOST = re.compile(r"(?!-)[\w-]{1,63}(\.(?!-)[\w-]{1,63})*\.?|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]+(%\w+)?")


class AddressRefused(Exception):
    """The address may not be called; the message says why and what to write instead."""


def address_check(url: str) -> None:
    """Refuse an address that may not be called, resolving its name now. Raises AddressRefused.

    Called when a tenant is saved and again at every new connection, since a name may come to point elsewhere. A name
    that cannot be resolved is let through: nothing can be reached by it, and the connection test says so.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise AddressRefused("This is not a web address. Write it like https://acme.brightpattern.com") from exc
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise AddressRefused("This is not a web address. Write it like https://acme.brightpattern.com")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise AddressRefused("Write the plain address, without a user name, question mark or number sign.")
    if not HOST.fullmatch(parts.hostname):
        raise AddressRefused(f"“{parts.hostname}” is no host name. Write it like https://acme.brightpattern.com")
    if settings.ALLOW_PRIVATE_TENANTS:
        return
    if parts.scheme != "https":
        raise AddressRefused(
            "The address must begin with https:// because the secret travels over it. For a tenant on this machine or "
            "in a private network, such as the demo's, set BPADMIN_ALLOW_PRIVATE_TENANTS=1."
        )
    if "." not in parts.hostname and ":" not in parts.hostname:
        raise AddressRefused(
            f"“{parts.hostname}” is a name of a private network, which is not allowed here. Write the whole name, like "
            "acme.brightpattern.com; the operator can allow it by setting BPADMIN_ALLOW_PRIVATE_TENANTS=1."
        )
    for ip in _resolve(parts.hostname, port or 443):
        if not ip.is_global or ip.is_multicast:
            raise AddressRefused(
                f"{parts.hostname} points into a private network ({ip}), which is not allowed here. "
                "The operator can allow it by setting BPADMIN_ALLOW_PRIVATE_TENANTS=1."
            )


def _resolve(host: str, port: int) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    addresses = []
    for *_, socket_address in found:
        ip = ipaddress.ip_address(str(socket_address[0]).split("%")[0])
        # ::ffff:127.0.0.1 is as private as what it maps.
        mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
        addresses.append(mapped or ip)
    return addresses
