"""The end of a secret and of a server's certificate is told before it comes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.tenants import endings
from bpadmin.tenants.endings import What, certificates_forget, endings_of, endings_read
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.routes import RouteWanted
from bpadmin.tenants.services import tenant_client, tenant_create
from tests.conftest import signed_in
from tests.platforms.http.tunnel import Authority, Dialler
from tests.shell import run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_met() -> None:
    certificates_forget()


@pytest.mark.parametrize(
    ("days", "words"),
    [(31, None), (30, "in 30 days"), (1, "in 1 day."), (0, "ends today"), (-3, "ended on")],
)
def test_a_secret_is_told_from_thirty_days_before(tenant: Tenant, days: int, words: str | None) -> None:
    tenant.secret_ends_on = timezone.now().date() + timedelta(days=days)
    found = endings_of(tenant)
    assert [each.what for each in found] == ([What.SECRET] if words else [])
    assert words is None or words in found[0].words


@pytest.mark.parametrize(("days", "is_told"), [(15, False), (13, True), (-1, True)])
def test_a_certificate_is_told_from_fourteen_days_before(tenant: Tenant, days: int, is_told: bool) -> None:
    tenant.certificate_ends_at = timezone.now() + timedelta(days=days, hours=1)
    assert [each.what for each in endings_of(tenant)] == ([What.CERTIFICATE] if is_told else [])


def test_the_certificate_met_in_a_handshake_is_kept_once_a_day_and_a_later_one_at_once(
    tmp_path: Path, django_assert_num_queries: Any
) -> None:
    authority = Authority()
    with Dialler(tls=authority.server(tmp_path, days=10)[0]) as server:
        tenant = tenant_create(
            slug="own",
            name="Own",
            platform="brightpattern",
            base_url=server.url,
            credentials={"client_id": "id", "client_secret": "s"},
            route=RouteWanted(certificates=authority.pem),
        )
        with tenant_client(tenant) as client:
            client.get_lists()
    tenant.refresh_from_db()
    assert tenant.certificate_ends_at is not None
    assert [each.days for each in endings_of(tenant)] == [10]
    with django_assert_num_queries(0):
        endings.certificate_note(tenant.pk, tenant.certificate_ends_at)
    later = tenant.certificate_ends_at + timedelta(days=90)
    endings.certificate_note(tenant.pk, later)
    # Another server of the same name still has the old one.
    endings.certificate_note(tenant.pk, tenant.certificate_ends_at)
    tenant.refresh_from_db()
    assert tenant.certificate_ends_at == later
    assert endings_of(tenant) == []


def test_every_face_tells_it(
    tenant: Tenant, administrator_client: Client, viewer_client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    day = timezone.now().date() + timedelta(days=7)
    Tenant.objects.filter(pk=tenant.pk).update(secret_ends_on=day)
    words = "The API secret of Acme Support ends on"
    settings = reverse("tenants:settings", args=[tenant.slug])
    assert words in administrator_client.get(settings).content.decode()
    assert words not in viewer_client.get(reverse("jobs:index", args=[tenant.slug])).content.decode()
    operator = signed_in(User.objects.create_superuser("root"))
    assert words in operator.get(reverse("operations:index")).content.decode()
    with pytest.raises(SystemExit):
        call_command("status")
    assert words in capsys.readouterr().out
    assert 'bpadmin_secret_end_timestamp_seconds{tenant="acme"} 1.' in Client().get("/metrics").content.decode()
    assert [each.days for each in endings_read()] == [7]


def test_the_day_is_said_and_taken_back_by_command_and_in_the_form(
    tenant: Tenant, administrator_client: Client
) -> None:
    assert run("tenant_change", "acme", "--secret-ends-on", "2031-02-28", "--no-test")[0] == 0
    page = administrator_client.get(reverse("tenants:settings", args=[tenant.slug])).content.decode()
    assert 'value="2031-02-28"' in page
    assert run("tenant_change", "acme", "--lanes", "2", "--no-test")[0] == 0
    assert str(Tenant.objects.get().secret_ends_on) == "2031-02-28"
    code, said = run("tenant_change", "acme", "--secret-ends-on", "soon", "--no-test")
    assert (code, "Write it like 2027-03-31" in said["error"]) == (1, True)
    assert run("tenant_change", "acme", "--secret-ends-on", "", "--no-test")[0] == 0
    assert Tenant.objects.get().secret_ends_on is None
