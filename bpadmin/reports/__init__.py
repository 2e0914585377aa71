"""Reports: a page of results or records as a file, made at its time, delivered where it is wanted, each one told."""
