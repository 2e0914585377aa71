"""Contacts deleted one by one, on platforms whose API offers that."""
