"""People and a little history to try everything with: made once, however often this runs."""
