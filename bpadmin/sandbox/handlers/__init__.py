"""What each method checks and answers. A handler takes a `Call` and gives what becomes the JSON body; None is empty."""
