"""The pages of jobs, and what they say in numbers and words."""
