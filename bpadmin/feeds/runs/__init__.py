"""Files of feeds, one run each: looked for, fetched, held against the ones before, sent or held back."""
