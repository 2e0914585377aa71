"""The API for scripts: JSON over the same services as pages and commands, with tokens."""
