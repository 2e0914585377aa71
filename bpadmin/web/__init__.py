"""What every page is made of: its frame, HTMX fragments, tables, messages, redirects and headers."""
