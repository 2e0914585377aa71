"""Which addresses a tenant may have: the server calls them, so they must not lead into its own network."""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from django.conf import settings

# A name of labels (one is enough in a private network), or an address; urlsplit has taken the brackets off the latter.
HOST = re.compile(r"(?!-)[\w-]{1,63}(\.(?!-)[\w-]{1,63})*+\.?|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]+(%\w+)?")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")
# Written ::127.0.0.1, given up long ago, and still understood here and there.
COMPATIBLE = ipaddress.IPv6Network("::/96")
# Written ::ffff:0:127.0.0.1, what a gateway without state makes of an IPv4 address (RFC 7915).
TRANSLATED = ipaddress.IPv6Network("::ffff:0:0:0/96")
# Of protocols, not of hosts; some Pythons call parts of it public.
PROTOCOLS = ipaddress.IPv4Network("192.0.0.0/24")


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
        if is_private(ip):
            raise AddressRefused(
                f"{parts.hostname} points into a private network ({ip}), which is not allowed here. "
                "The operator can allow it by setting BPADMIN_ALLOW_PRIVATE_TENANTS=1."
            )


def proxy_check(url: str) -> None:
    """Refuse a proxy that may not be connected to, by the same rules as a tenant's address but for https.

    What goes through it to an https address is a tunnel that it cannot read. Raises AddressRefused.
    """
    write = "Write it like http://proxy.example.com:3128"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise AddressRefused(f"This is no address of a proxy. {write}") from exc
    if parts.scheme not in {"http", "https"}:
        raise AddressRefused(f"The proxy's address must begin with http:// or https://. {write}")
    if not parts.hostname or not HOST.fullmatch(parts.hostname):
        raise AddressRefused(f"This is no address of a proxy. {write}")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise AddressRefused(f"A proxy's address ends after its port. {write}")
    if settings.ALLOW_PRIVATE_TENANTS:
        return
    for ip in _resolve(parts.hostname, port or (443 if parts.scheme == "https" else 80)):
        if is_private(ip):
            raise AddressRefused(
                f"The proxy {parts.hostname} is in a private network ({ip}), which is not allowed here. The operator "
                "can allow it by setting BPADMIN_ALLOW_PRIVATE_TENANTS=1, or name it for all tenants in HTTPS_PROXY."
            )


def host_check(host: str, port: int) -> None:
    """Refuse a host that may not be reached, by the same rules as a tenant's address. Raises AddressRefused."""
    address_check(f"https://{f'[{host}]' if ':' in host else host}:{port}")


def host_connect(host: str, port: int, seconds: float) -> socket.socket:
    """Connect to the first address of a host that answers, each checked before. Raises AddressRefused and OSError.

    For libraries that would ask for the name themselves: it is asked here, once, so that it cannot lead elsewhere
    between the check and the connection. `seconds` are for each address, and stay set.
    """
    host_check(host, port)
    failure = OSError("its name leads nowhere")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise failure from error
    for family, kind, protocol, _, place in found:
        host_check(str(place[0]).partition("%")[0], port)
        made = socket.socket(family, kind, protocol)
        made.settimeout(seconds)
        try:
            made.connect(place)
        except OSError as error:
            made.close()
            failure = error
        else:
            return made
    raise failure


def is_private(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether an address is of no network that everybody reaches.

    A 6to4 address is what it stands for: newer Pythons call all of them private, older ones none.
    """
    if isinstance(ip, ipaddress.IPv6Address) and ip.sixtofour is not None:
        return is_private(ip.sixtofour)
    return not ip.is_global or ip.is_multicast or ip in NAT64_LOCAL or ip in PROTOCOLS


def _resolve(host: str, port: int) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    addresses = []
    for *_, socket_address in found:
        ip = ipaddress.ip_address(str(socket_address[0]).split("%")[0])
        # What an address stands for is as private as that.
        addresses += [ip, *_meant(ip)] if not _is_mapped(ip) else _meant(ip)
    return addresses


def _is_mapped(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether it is an IPv4 address and nothing else, in another spelling."""
    return isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None


def _meant(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Return the IPv4 addresses to which a gateway carries what is sent to an IPv6 address.

    Mapped ones, 6to4, Teredo, and NAT64 by the range for everybody (RFC 6052).
    """
    if not isinstance(ip, ipaddress.IPv6Address):
        return []
    found: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = []
    if ip.ipv4_mapped is not None:
        found.append(ip.ipv4_mapped)
    if ip.sixtofour is not None:
        found.append(ip.sixtofour)
    if ip.teredo is not None:
        found += ip.teredo
    if ip in NAT64 or ip in COMPATIBLE or ip in TRANSLATED:
        found.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return found
