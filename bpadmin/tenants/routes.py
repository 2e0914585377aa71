"""How a tenant's server is reached: an outbound proxy and certificate authorities of its own, and what is met there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from django.utils import timezone

from bpadmin.installation.encryption import decrypt, encrypt
from bpadmin.installation.models import TallyKind
from bpadmin.installation.tallies import tally_add
from bpadmin.logs import request_id
from bpadmin.platforms.http.route import Call, Route
from bpadmin.tenants.connections.addresses import AddressRefused, proxy_check
from bpadmin.tenants.endings import certificate_note
from bpadmin.tenants.models import Tenant

MOST_CERTIFICATES = 200_000
_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


class RouteRefused(Exception):
    """A proxy or certificates cannot be taken like this; `field` names the input at fault."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class RouteWanted:
    """What somebody asks for: None leaves it as it is, "" removes it. A `proxy` may hold user and password."""

    proxy: str | None = None
    proxy_password: str | None = None
    certificates: str | None = None


AS_IT_IS = RouteWanted()


def route_of(tenant: Tenant) -> Route:
    """Return the way to a tenant's server, with who counts what is met on it. Raises SecretUnreadable."""
    slug, pk = tenant.slug, tenant.pk

    def called(call: Call) -> None:
        tally_add(TallyKind.CALL, tenant=slug, name=call.method, outcome=call.outcome, seconds=call.seconds)

    return Route(
        proxy=_with_password(tenant),
        certificates=tenant.certificates,
        check_proxy=proxy_check,
        called=called,
        certificate_seen=partial(certificate_note, pk),
        request_id=request_id,
    )


def route_fill(tenant: Tenant, wanted: RouteWanted) -> bool:
    """Put what is wanted into a tenant that is then saved; returns whether a password was set. Raises RouteRefused."""
    if wanted.certificates is not None:
        tenant.certificates = certificates_read(wanted.certificates)
    password = wanted.proxy_password or ""
    if wanted.proxy is not None:
        if wanted.proxy.strip():
            _checked(wanted.proxy.strip())
        proxy, inside = _split(wanted.proxy.strip())
        password = password or inside
        if proxy != tenant.proxy:
            tenant.proxy, tenant.proxy_secret = proxy, ""
    if password and not urlsplit(tenant.proxy).username:
        where = "like http://name@proxy.example.com:3128"
        raise RouteRefused(f"The password belongs to a user name: write it into the proxy's address, {where}.", "proxy")
    if password:
        tenant.proxy_secret = encrypt(password)
    return bool(password)


def route_trusts_others(tenant: Tenant, wanted: RouteWanted) -> bool:
    """Return whether a change would let somebody else than now see what is sent, as far as a proxy or authority can."""
    proxy = None if wanted.proxy is None else _split(wanted.proxy.strip())[0]
    certificates = None if wanted.certificates is None else _plain(wanted.certificates)
    return bool(proxy and proxy != tenant.proxy) or bool(certificates and certificates != tenant.certificates)


def certificates_read(text: str) -> str:
    """Return certificates in PEM as they are stored, "" for none. Raises RouteRefused with what is wrong."""
    plain = _plain(text)
    if not plain:
        return ""
    if len(plain) > MOST_CERTIFICATES:
        raise RouteRefused("This is too long: paste only the certificates of the authorities of this server.", _PEM)
    if _KEY.search(plain):
        raise RouteRefused("This holds a private key, which must stay where it is. Paste certificates alone.", _PEM)
    # Heavy, and needed here only.
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificates(plain.encode())
    except ValueError as error:
        raise RouteRefused(
            "These are no certificates in PEM. Paste one or more blocks from -----BEGIN CERTIFICATE----- to -----END "
            f"CERTIFICATE----- ({str(error)[:120]}).",
            _PEM,
        ) from error
    for certificate in found:
        if certificate.not_valid_after_utc < timezone.now():
            name = certificate.subject.rfc4514_string()
            raise RouteRefused(
                f"The certificate of {name} ended on {certificate.not_valid_after_utc:%d %B %Y}: paste its successor.",
                _PEM,
            )
    return plain


def certificates_said(tenant: Tenant) -> str:
    """Say how many certificates are trusted beside the usual ones, for the log; "" for none."""
    number = tenant.certificates.count("-----BEGIN CERTIFICATE-----")
    return f"{number} certificate{'' if number == 1 else 's'}" if number else ""


_PEM = "certificates"


def _checked(proxy: str) -> None:
    try:
        proxy_check(proxy)
    except AddressRefused as refused:
        raise RouteRefused(str(refused), "proxy") from refused


def _plain(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def _split(url: str) -> tuple[str, str]:
    """Return a proxy's URL without its password, and the password."""
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2]
    user = f"{parts.username}@" if parts.username else ""
    plain = urlunsplit(SplitResult(parts.scheme, f"{user}{address}", "", "", "")) if url else ""
    return plain, unquote(parts.password or "")


def _with_password(tenant: Tenant) -> str:
    if not tenant.proxy_secret:
        return tenant.proxy
    parts = urlsplit(tenant.proxy)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(
        parts._replace(netloc=f"{parts.username}:{quote(decrypt(tenant.proxy_secret), safe='')}@{address}")
    )
