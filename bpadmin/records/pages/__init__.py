"""The pages that browse sources and their records."""
