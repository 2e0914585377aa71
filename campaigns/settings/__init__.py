"""What newer tenants tell of a campaign beyond its lists: read, shown, changed."""
