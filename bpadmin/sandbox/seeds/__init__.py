"""What the tenant is filled with: words, formats and lists for tests and for the demo."""
