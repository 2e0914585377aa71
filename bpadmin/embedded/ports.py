"""Which port to listen on, in words a person can act on."""

from __future__ import annotations

import socket


class PortRefused(Exception):
    """No port can be had; the message says what to do."""


def is_free(host: str, port: int) -> bool:
    """Return whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def port_choose(host: str, wanted: int, *, variable: str, is_asked_for: bool, tries: int = 20) -> int:
    """Return `wanted`, or the next free one unless somebody asked for exactly that one through `variable`."""
    if is_free(host, wanted):
        return wanted
    if is_asked_for:
        raise PortRefused(
            f"Port {wanted} on {host} is taken by another program. Stop it, or set {variable} to another port."
        )
    for port in range(wanted + 1, wanted + tries):
        if is_free(host, port):
            return port
    raise PortRefused(f"Ports {wanted} to {wanted + tries - 1} on {host} are all taken. Set {variable} to a free one.")
