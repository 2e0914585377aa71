"""jtel: the dialler's REST API v1.0."""
