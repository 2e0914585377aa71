"""Files that come by themselves, into calling lists."""
