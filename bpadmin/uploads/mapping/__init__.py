"""Which column of a file goes into which field, and how that is suggested."""
