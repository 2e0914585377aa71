"""Groups of dispositions: what a word of the dialler counts as."""
