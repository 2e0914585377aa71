"""One person cannot use up a dialler for all others."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.logs import log_with
from bpadmin.platforms.errors import Reason, Unreachable
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_asks_too_often_waits_and_others_do_not(tenant: Tenant, settings: Any) -> None:
    settings.PERSON_PER_MINUTE = 3
    with log_with(user="sam"):
        for _ in range(3):
            tenant_client(tenant).close()
        with pytest.raises(Unreachable, match="more than 3 times in a minute") as caught:
            tenant_client(tenant)
    assert caught.value.reason == Reason.RATE_LIMITED
    with log_with(user="viola"):
        tenant_client(tenant).close()
    # Jobs of the same person go on, and so do commands.
    with log_with(user="sam", job=1):
        tenant_client(tenant).close()
    tenant_client(tenant).close()
