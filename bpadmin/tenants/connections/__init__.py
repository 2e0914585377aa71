"""What it takes to reach a tenant's platform: addresses, secrets, tokens, capabilities."""
