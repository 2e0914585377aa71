"""Everything on one machine by one command: broker, sandbox, database, web, workers and beat under one supervisor."""
