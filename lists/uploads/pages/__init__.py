"""The pages of an upload: its steps, forms and recipes."""
