"""What platforms accept in a record: telephone numbers, dates, lengths, keys. `RecordRules` are Bright Pattern's."""
