"""Something asked of many records, one call each, as a job: contacts deleted, requests called again."""
