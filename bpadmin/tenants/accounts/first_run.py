"""The first person of an installation: made on a page that only whoever started it can open."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb

CODE_LENGTH = 24


def first_run_code() -> str:
    """Return what the address of the page carries: whoever started the installation sees it in the terminal."""
    return salted_hmac("bpadmin.first_run", "the first person", algorithm="sha256").hexdigest()[:CODE_LENGTH]


def is_first_run(code: str) -> bool:
    """Return whether nobody can sign in yet, and this is the code."""
    return constant_time_compare(code, first_run_code()) and not User.objects.exists()


def first_person_create(*, username: str, password: str) -> User | None:
    """Make the first person, who may do everything; None where somebody was quicker."""
    with transaction.atomic():
        if User.objects.exists():
            return None
        user = User.objects.create_superuser(username, password=password)
    words = "The first person of this installation."
    audit_record(
        verb=Verb.MEMBER_ADD, tenant=None, actor=user, target_kind="person", target_name=username, message=words
    )
    return user
