"""Who belongs to a tenant."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import Membership, OneTimePassword, Role, Tenant
from bpadmin.tenants.people.services import (
    PeopleRefused,
    membership_add,
    membership_remove,
    membership_set,
    password_make,
    password_reset,
    person_create,
)
from bpadmin.tenants.services import tenant_create

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(administrator: User) -> Tenant:
    """A second tenant, which the first one's administrator has nothing to do with."""
    return tenant_create(
        slug="other",
        name="Other",
        platform="brightpattern",
        base_url="http://127.0.0.1:1",
        credentials={"client_id": "a", "client_secret": "b"},
    )


def membership(tenant: Tenant, user: User) -> Membership:
    return Membership.objects.get(tenant=tenant, user=user)


def test_somebody_who_signs_in_already_is_added(tenant: Tenant, administrator: User, stranger: User) -> None:
    added = membership_add(tenant=tenant, username=" Stranger ", role=Role.VIEWER, actor=administrator)
    assert added.user == stranger
    assert AuditEntry.objects.get(verb=Verb.MEMBER_ADD).target_name == "stranger"


def test_nobody_is_added_twice(tenant: Tenant, administrator: User, viewer: User) -> None:
    with pytest.raises(PeopleRefused, match="already"):
        membership_add(tenant=tenant, username=viewer.username, role=Role.ADMINISTRATOR, actor=administrator)
    assert membership(tenant, viewer).role == Role.VIEWER


def test_an_unknown_name_is_not_added(tenant: Tenant, administrator: User) -> None:
    with pytest.raises(PeopleRefused, match="Nobody signs in"):
        membership_add(tenant=tenant, username="nobody", role=Role.VIEWER, actor=administrator)


def test_a_new_person_gets_a_password_that_must_be_replaced(tenant: Tenant, administrator: User) -> None:
    created, password = person_create(
        tenant=tenant, username="nina", full_name="Nina van Dijk", role=Role.SUPERVISOR, actor=administrator
    )
    assert created.user.check_password(password)
    assert (created.user.first_name, created.user.last_name) == ("Nina", "van Dijk")
    assert OneTimePassword.objects.filter(user=created.user).exists()
    assert password not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("username", ["VIOLA", "with space", ""])
def test_a_sign_in_needs_a_free_and_proper_name(
    tenant: Tenant, administrator: User, viewer: User, username: str
) -> None:
    with pytest.raises(PeopleRefused):
        person_create(tenant=tenant, username=username, full_name="", role=Role.VIEWER, actor=administrator)


def test_the_last_administrator_stays(tenant: Tenant, administrator: User, viewer: User) -> None:
    last = membership(tenant, administrator)
    with pytest.raises(PeopleRefused, match="last administrator"):
        membership_remove(membership=last, actor=administrator)
    with pytest.raises(PeopleRefused, match="last administrator"):
        membership_set(membership=last, role=Role.VIEWER, actor=administrator)
    membership_set(membership=membership(tenant, viewer), role=Role.ADMINISTRATOR, actor=administrator)
    membership_remove(membership=last, actor=administrator)
    assert not Membership.objects.filter(user=administrator).exists()


def test_an_administrator_of_another_tenant_does_not_count(
    tenant: Tenant, other: Tenant, administrator: User, viewer: User
) -> None:
    membership_add(tenant=other, username=viewer.username, role=Role.ADMINISTRATOR, actor=None)
    with pytest.raises(PeopleRefused, match="last administrator"):
        membership_remove(membership=membership(tenant, administrator), actor=administrator)


def test_a_change_of_role_is_logged_once(tenant: Tenant, administrator: User, viewer: User) -> None:
    member = membership(tenant, viewer)
    membership_set(membership=member, role=Role.SUPERVISOR, actor=administrator)
    membership_set(membership=member, role=Role.SUPERVISOR, actor=administrator)
    assert AuditEntry.objects.get(verb=Verb.MEMBER_CHANGE).details == {
        "role": {"before": "viewer", "after": "supervisor"}
    }


def test_an_administrator_gives_a_new_password(tenant: Tenant, administrator: User, viewer: User) -> None:
    password = password_reset(membership=membership(tenant, viewer), actor=administrator)
    viewer.refresh_from_db()
    assert viewer.check_password(password)


def test_nobody_takes_over_a_person_of_a_tenant_they_do_not_administer(
    tenant: Tenant, other: Tenant, administrator: User, viewer: User
) -> None:
    membership_add(tenant=other, username=viewer.username, role=Role.VIEWER, actor=None)
    with pytest.raises(PeopleRefused, match="do not administer"):
        password_reset(membership=membership(tenant, viewer), actor=administrator)


def test_nobody_takes_over_a_superuser(tenant: Tenant, administrator: User, viewer: User) -> None:
    User.objects.filter(pk=viewer.pk).update(is_superuser=True)
    with pytest.raises(PeopleRefused):
        password_reset(membership=membership(tenant, viewer), actor=administrator)


def test_made_passwords_differ() -> None:
    assert len({password_make() for _ in range(100)}) == 100
