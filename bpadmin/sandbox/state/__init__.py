"""What the tenant holds: users, formats, lists and their records, campaigns and their results, DNC lists, jobs."""
