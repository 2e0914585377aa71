"""The faults, one module a noun: what fails, when, and what must be true afterwards."""
