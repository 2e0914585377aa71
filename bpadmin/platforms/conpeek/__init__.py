"""Conpeek: the requests of voice campaigns, API v1.3."""
