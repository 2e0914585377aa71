"""What the newest version of Bright Pattern's API has of campaigns beyond their lists: state and methods."""
