"""Plans: what happens in a tenant at a time, again and again, or when a list runs low, while nobody looks."""
