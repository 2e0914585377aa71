"""How the catalogue of a tenant is kept up to date: what is read next, by how many requests, and where it goes."""
