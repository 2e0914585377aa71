"""API clients of the platforms that bpadmin drives. Importable in a plain Python shell: no Django in here."""
