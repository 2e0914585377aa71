"""Driving a job: lease, lanes, chunks, retries, rows in doubt, completion."""
