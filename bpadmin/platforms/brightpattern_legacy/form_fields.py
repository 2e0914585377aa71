"""What a person is asked for: the version of the API that a tenant has, and the names of a source."""

from __future__ import annotations

API_VERSION, V1, V2 = "api_version", "v1", "v2"
LIST, CAMPAIGN = "list", "campaign"
