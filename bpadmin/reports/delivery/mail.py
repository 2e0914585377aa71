"""Delivery by e-mail, with file and manifest attached."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Mapping
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPServerDisconnected
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email

from bpadmin.notifications.delivery.mail import is_mail_set
from bpadmin.reports.delivery.types import DeliveryFailed, DestinationRefused, Parcel, server_words

MOST_BYTES = 15 * 1024 * 1024
MOST_PEOPLE = 50


def check(said: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """Return the settings as they are kept. Raises DestinationRefused.

    Addresses of people of the tenant are always taken (`members`), others only of the domains that the operator allows.
    """
    found = list(dict.fromkeys(filter(None, re.split(r"[\s,;]+", str(said.get("to", ""))))))
    if not found:
        raise DestinationRefused("Name at least one address.", "to")
    if len(found) > MOST_PEOPLE:
        raise DestinationRefused(f"At most {MOST_PEOPLE} addresses. Use a mailing list for more.", "to")
    taken = addresses_open(found, said.get("members", ()))
    for address in found:
        try:
            validate_email(address)
        except ValidationError as error:
            raise DestinationRefused(f"“{address}” is no e-mail address.", "to") from error
        if address not in taken:
            raise DestinationRefused(
                f"{address} is no address of the people of this tenant. The operator allows others by their domain, "
                "with BPADMIN_REPORT_MAIL_DOMAINS.",
                "to",
            )
    return {"to": found}


def addresses_open(addresses: Iterable[str], members: Iterable[str]) -> list[str]:
    """Return of some addresses those of the tenant's people (`members`) and of domains that the operator allows."""
    people = {each.casefold() for each in members}
    domains = {each.casefold() for each in settings.REPORT_MAIL_DOMAINS}
    return [each for each in addresses if each.casefold() in people or each.rpartition("@")[2].casefold() in domains]


def place(kept: Mapping[str, Any]) -> str:
    """Say who gets it."""
    return ", ".join(kept["to"])


def send(kept: Mapping[str, Any], secret: str, parcel: Parcel) -> str:
    """Send it; returns what the server said. Raises DeliveryFailed: tried again only where nothing can have gone."""
    if not is_mail_set():
        raise DeliveryFailed("There is no mail server: the operator names one with BPADMIN_EMAIL_HOST.")
    if parcel.size > MOST_BYTES:
        raise DeliveryFailed(
            f"The file has {parcel.size / 2**20:,.0f} MB, and mail takes {MOST_BYTES >> 20}. "
            "Have it put into a folder or a bucket, or onto a server."
        )
    message = EmailMessage(
        subject=" ".join(parcel.title.split()),
        body=parcel.words,
        to=list(kept["to"]),
        headers={"Auto-Submitted": "auto-generated"},
    )
    kind = mimetypes.guess_type(parcel.name)[0] or "application/octet-stream"
    message.attach(parcel.name, b"".join(parcel.pieces()), kind)
    message.attach(parcel.manifest_name, parcel.manifest, "application/json")
    connection = get_connection()
    try:
        connection.open()
    except (SMTPException, OSError) as error:
        raise DeliveryFailed(f"The mail server cannot be reached: {_words(error)}.", may_retry=True) from error
    message.connection = connection
    try:
        message.send()
        refused = dict(getattr(_wire(connection), "refused", {}))
    except SMTPRecipientsRefused as error:
        # It answered for each of them, before anything of the file was sent.
        is_later = all(400 <= code < 500 for code, _ in error.recipients.values())
        words = f"The mail server takes nothing for {_refusals(error.recipients)}"
        raise DeliveryFailed(words, may_retry=is_later) from error
    except SMTPResponseException as error:
        if error.smtp_code < 400 or "Line too long" in str(error.smtp_error):
            raise _broken(connection, "it answered what no mail server answers") from error
        # It answered: so it did not take it. What begins with 4 it may take later.
        is_later = 400 <= error.smtp_code < 500
        raise DeliveryFailed(f"The mail server did not take it: {_words(error)}.", may_retry=is_later) from error
    except (SMTPServerDisconnected, ConnectionError, TimeoutError) as error:
        raise _broken(connection, _words(error)) from error
    except (SMTPException, ValueError) as error:
        raise DeliveryFailed(f"The mail server did not take it: {_words(error)}.") from error
    finally:
        connection.close()
    if refused:
        raise DeliveryFailed(
            f"The mail server took it for {len(kept['to']) - len(refused)} of {len(kept['to'])} addresses, and takes "
            f"nothing for {_refusals(refused)}"
        )
    return f"The mail server took it for {len(kept['to'])} address{'es' if len(kept['to']) > 1 else ''}."


def _wire(connection: Any) -> Any:
    """Return the connection to the server itself."""
    return getattr(connection, "connection", None)


def _broken(connection: Any, words: str) -> DeliveryFailed:
    """Return how a connection that broke is told: it is tried again where the server never asked for the message."""
    if not getattr(_wire(connection), "has_begun", True):
        return DeliveryFailed(
            f"The connection to the mail server broke before anything went out ({words}).", may_retry=True
        )
    return DeliveryFailed(
        f"The connection to the mail server broke ({words}): it may have gone out. Ask somebody who gets it, then send "
        "it again."
    )


def _refusals(refused: Mapping[str, tuple[int, bytes]]) -> str:
    told = [
        f"{address} ({code} {' '.join(words.decode('utf-8', 'replace').split())[:100]})"
        for address, (code, words) in list(refused.items())[:5]
    ]
    more = f" and {len(refused) - 5} others" if len(refused) > 5 else ""
    return f"{', '.join(told)}{more}."


def _words(error: Exception) -> str:
    if not isinstance(error, SMTPResponseException):
        return server_words(error)
    said = error.smtp_error
    return server_words(f"{error.smtp_code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}")
