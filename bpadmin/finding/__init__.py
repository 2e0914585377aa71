"""Finding anything of a tenant by what somebody typed: by name, by id, or a number over everything that is held."""
