"""The pages of reports and of the places that they go to."""
