"""What became of the rows of a list's uploads: how many were dialled since, and how many reached a person."""
