"""Messages on their way out: e-mail, webhooks, and the ping that shows that the scheduler lives."""
