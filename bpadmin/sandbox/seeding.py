"""Contents for a tenant: nothing, a small one for tests, a realistic contact centre for the demo."""

from __future__ import annotations

from bpadmin.sandbox.conpeek import seed as conpeek
from bpadmin.sandbox.errors import bad_request
from bpadmin.sandbox.jtel import seed as jtel
from bpadmin.sandbox.seeds.demo import seed_demo
from bpadmin.sandbox.seeds.small import seed_small
from bpadmin.sandbox.state.tenant import Tenant

SIZES = {
    "small": (seed_small, jtel.seed_small, conpeek.seed_small),
    "demo": (seed_demo, jtel.seed_demo, conpeek.seed_demo),
}


def seed_tenant(tenant: Tenant, size: str) -> None:
    """Fill an empty tenant; "" leaves it empty."""
    if not size:
        return
    if size not in SIZES:
        raise bad_request(f"'size' has unsupported value '{size}': one of {', '.join(SIZES)}")
    for fill in SIZES[size]:
        fill(tenant)
