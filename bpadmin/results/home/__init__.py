"""The first page of a tenant, and of all tenants of a person."""
