"""E-mail: what is due for a person in one message, in plain text and HTML."""

from __future__ import annotations

from collections.abc import Sequence
from smtplib import SMTPException
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from bpadmin.notifications.delivery.links import absolute
from bpadmin.notifications.models import Message

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Tenant


def is_mail_set() -> bool:
    """Return whether there is a way for e-mail to go out."""
    return bool(settings.EMAIL_HOST)


def mail_refusal(user: User) -> str:
    """Say why nothing can be mailed to somebody, "" where it can."""
    if not is_mail_set():
        return "There is no mail server: the operator names one with BPADMIN_EMAIL_HOST."
    return "" if user.email else "This person has no e-mail address here."


def mail_send(*, user: User, tenant: Tenant | None, messages: Sequence[Message]) -> str:
    """Send messages as one e-mail; returns why it could not be, "" when the server took it."""
    if refusal := mail_refusal(user):
        return refusal
    rules = absolute(reverse("notifications:rules", kwargs={"slug": tenant.slug})) if tenant else ""
    rows = [(message, absolute(message.path)) for message in messages]
    context = {"rows": rows, "tenant": tenant, "rules": rules, "count": len(rows)}
    where = tenant.name if tenant else "bpadmin"
    title = messages[0].title if len(messages) == 1 else f"{len(messages)} messages"
    mail = EmailMultiAlternatives(
        subject=" ".join(f"[{where}] {title}".split()),
        body=render_to_string("notifications/mail.txt", context),
        to=[user.email],
        # No machine answers it.
        headers={"Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string("notifications/mail.html", context), "text/html")
    try:
        mail.send()
    except (SMTPException, OSError, ValueError) as error:
        return f"The mail server did not take it: {str(error)[:300] or type(error).__name__}"
    return ""
