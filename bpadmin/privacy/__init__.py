"""A person's data, found and erased in everything that is kept here; and a tenant removed with all of its own."""
