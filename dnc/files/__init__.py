"""Files of keys on their way into Do Not Call lists and out of them."""
