"""Who works next: dispatch, the order of jobs, the sweep, workers and their end."""
