"""Files that come by themselves, into Do Not Call lists."""
