"""What happens when somebody comes in, or changes how they do: sessions stamped, the log written."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in as came_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed, authenticator_reset
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in

from bpadmin.audit.verbs import Verb
from bpadmin.installation.encryption import reencrypt, stored_secrets

KINDS = {"totp": "authenticator app", "webauthn": "passkey", "recovery_codes": "recovery codes"}


def connect() -> None:
    """Listen; called when the app is ready."""
    user_logged_in.connect(_begun, dispatch_uid="session_begun")
    came_in.connect(_came_in, dispatch_uid="came_in")
    authentication_failed.connect(_wrong_code, dispatch_uid="wrong_code")
    authenticator_added.connect(_factor_added, dispatch_uid="factor_added")
    authenticator_reset.connect(_factor_added, dispatch_uid="factor_reset")
    authenticator_removed.connect(_factor_removed, dispatch_uid="factor_removed")
    stored_secrets.add(factors_reencrypt)


# What is written then is imported then: a command that nobody comes in by needs none of it.


def _begun(sender: Any, **told: Any) -> None:
    from bpadmin.tenants.accounts.sessions import session_begun

    session_begun(sender=sender, **told)


def _told(verb: Verb, request: Any, *, user: User, message: str = "") -> None:
    from bpadmin.tenants.accounts.adapter import sign_in_told

    sign_in_told(verb, request, user=user, **({"message": message} if message else {}))


def _record(verb: Verb, user: User, authenticator: Authenticator) -> None:
    from bpadmin.tenants.people.records import person_record

    person_record(verb, user=user, actor=user, details={"kind": KINDS[authenticator.type]})


def _came_in(sender: Any, request: Any, user: User, **more: Any) -> None:
    _told(Verb.SIGN_IN, request, user=user, message=f"by {settings.OIDC_NAME}" if "sociallogin" in more else "")


def _wrong_code(sender: Any, request: Any, user: User, authenticator: Authenticator, **_: Any) -> None:
    _told(Verb.SIGN_IN_FAIL, request, user=user, message=f"wrong {KINDS[authenticator.type]}")


def _factor_added(sender: Any, user: User, authenticator: Authenticator, **_: Any) -> None:
    _record(Verb.FACTOR_ADD, user, authenticator)


def _factor_removed(sender: Any, request: Any, user: User, authenticator: Authenticator, **_: Any) -> None:
    from bpadmin.tenants.accounts.factors import HAS_FACTOR

    request.session.pop(HAS_FACTOR, None)
    _record(Verb.FACTOR_REMOVE, user, authenticator)


def factors_reencrypt() -> int:
    """Encrypt the secrets of second factors anew with the first key; give how many there were."""
    changed = 0
    for each in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN):
        for name in ("secret", "seed"):
            if name in each.data:
                each.data[name] = reencrypt(each.data[name])
                changed += 1
        if "migrated_codes" in each.data:
            each.data["migrated_codes"] = [reencrypt(code) for code in each.data["migrated_codes"]]
        each.save(update_fields=["data"])
    return changed
