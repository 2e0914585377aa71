"""The pages of what people did: the activity log, and acts whose outcome nobody knows."""
