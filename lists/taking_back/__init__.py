"""Taking an import back: the rows that an upload added are deleted again, all but those that were attempted since."""
