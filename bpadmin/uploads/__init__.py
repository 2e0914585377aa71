"""A file on its way into a list or a Do Not Call list: received, inspected, mapped, checked, sent in batches."""
