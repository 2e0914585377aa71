"""What the page of all tenants shows of each, told by an app that knows more of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bpadmin.extensions import ExtensionPoint
from bpadmin.tenants.models import Tenant

tenant_glances: ExtensionPoint[Callable[[Sequence[Tenant]], Mapping[int, Any]]] = ExtensionPoint()
"""Tenants at a glance, by primary key: `campaigns`, `calls`, `contact_rate`, `needs`, `worst`, `is_covered`."""
