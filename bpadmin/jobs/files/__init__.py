"""Files of jobs: the spool, the rejects file, clean-up."""
