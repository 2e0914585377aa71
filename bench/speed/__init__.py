"""`make bench`: what each part of the product costs, beside a yardstick that runs in the same turn."""
