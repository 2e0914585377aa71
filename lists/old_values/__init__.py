"""The old values of records that a job is about to change: kept as a file beside the job, and put back."""
