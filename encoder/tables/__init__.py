"""What was measured of a nested encoder and is shipped beside it: tables by shape, kept as JSON."""
